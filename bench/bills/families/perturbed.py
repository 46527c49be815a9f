"""Families moved, renamed and rescaled: what a reader that learnt a layout by heart would fall over.

A perturbed family bills the same things in the same language; type, sizes, margins, colours, rulings, label words, widths of
columns and the order of blocks are others.
"""

import re
from dataclasses import replace
from random import Random

from bench.bills.families.catalogue import Family
from bench.bills.families.compose import BLOCK

TYPEFACES = ("helvetica", "helvetica-narrow", "times", "vera-narrow", "courier-narrow")
LOOKS = ("plain", "lines", "ruled", "zebra", "header")
SWAPS = {
    "identity.": ("lines", "apart", "columns", "strip", "header_table", "grid", "chips", "stacked"),
    "balance.": ("rows", "ruled", "panel", "equation"),
    "meters.": ("table", "lines", "cards"),
    "charges.": ("lines", "table", "short_table", "two_lines", "leaders"),
}
"""Blocks that may stand for each other. Histories and charts stay: another of them would print other months."""
FIRST = ("letterhead", "pagehead", "supplier")
SWAP_SHARE = 0.4


def perturbed(family: Family, number: int) -> Family:
    """Return the family with another layout; the same number gives the same one."""
    rng = Random(f"{family.name}/perturbed/{number}")
    style = replace(
        family.style,
        typeface=rng.choice(TYPEFACES),
        size=round(family.style.size * rng.uniform(0.88, 1.12), 1),
        margin=round(family.style.margin * rng.uniform(0.7, 1.2)),
        accent=rng.choice((0x000000, 0x7B2D26, 0x0B5563, 0x3C6E47, 0x5F4B8B)),
        look=rng.choice(LOOKS),
        colon=rng.random() < 0.3,
        inking=rng.choice(("run", "word", "glyph")),
    )
    pages = tuple(tuple(band_of(rng, band) for band in shuffled(rng, page)) for page in family.pages)
    return replace(family, name=f"{family.name}~{number}", style=style, pages=pages)


def shuffled(rng: Random, page: tuple[str, ...]) -> list[str]:
    """Return the bands of a page in another order; heads stay on top and feet at the bottom."""
    heads = [band for band in page if band.startswith(FIRST)]
    feet = [band for band in page if band.startswith("@bottom")]
    rest = [band for band in page if band not in heads and band not in feet]
    rng.shuffle(rest)
    return heads + rest + feet


def band_of(rng: Random, band: str) -> str:
    """Return a band with some blocks swapped for others of their kind, columns mirrored and their widths changed."""
    if band.startswith(FIRST) or band.startswith("@bottom"):
        return band
    columns = [BLOCK.sub(lambda match: swapped(rng, match), part) for part in band.split("|")]
    if len(columns) == 2:
        texts = [re.sub(r"^\s*\d*\s*", "", column).strip() for column in columns]
        if rng.random() < 0.5:
            texts.reverse()
        share = rng.choice((45, 50, 55))
        return f"{share} {texts[0]} | {100 - share} {texts[1]}"
    return "|".join(columns)


def swapped(rng: Random, match: re.Match[str]) -> str:
    """Return a block's name and fields, the name sometimes another of its kind."""
    name, fields = match[1], match[2]
    for prefix, others in SWAPS.items():
        if name.startswith(prefix) and name.removeprefix(prefix) in others and rng.random() < SWAP_SHARE:
            name = prefix + rng.choice(others)
    return f"{name}({fields})" if fields else name
