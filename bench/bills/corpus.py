"""Makes a folder of bills with their truth: ``files/`` and ``truth/``, as the scorer expects them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from bench.bills.distortion import variant_of
from bench.bills.families.catalogue import Family, chosen
from bench.bills.families.compose import Printed, print_bill
from bench.bills.families.perturbed import perturbed
from bench.bills.model.bill import Bill
from bench.bills.model.draw import draw_bill
from bench.bills.truth import truth_of


@dataclass(frozen=True, slots=True)
class Made:
    """One synthetic bill: what it says, what was printed, and its truth."""

    name: str
    family: Family
    bill: Bill
    printed: Printed
    truth: dict[str, Any]


def make_bill(family: Family, number: int, seed: int) -> Made:
    """Make one bill of a family; the same arguments give the same bytes."""
    drawn = [
        draw_bill(Random(seeds), family.economy, family.country, family.language, family.utility(), family.shapes())
        for seeds in (
            f"{seed}/{family.name}/{number}",
            *(f"{seed}/{family.name}/{number}/{i}" for i in range(1, family.statements)),
        )
    ]
    printed = print_bill(family, *drawn)
    name = f"{family.name}-{seed}-{number:03d}"
    truth = truth_of(name, family, drawn[0], printed)
    if printed.more:
        others = [replace(printed, marks=marks, more=()) for marks in printed.more]
        truth["more"] = [truth_of(name, family, bill, other) for bill, other in zip(drawn[1:], others, strict=True)]
    return Made(name, family, drawn[0], printed, truth)


def make_bills(which: str, per_family: int, seed: int, perturbations: int = 0) -> Iterator[Made]:
    """Yield bills of a split, of named families, or of all; with perturbations, of so many other layouts of each instead."""
    for family in chosen(which):
        layouts = [perturbed(family, index) for index in range(perturbations)] if perturbations else [family]
        for layout in layouts:
            for number in range(per_family):
                yield make_bill(layout, number, seed)


def write(
    folder: Path,
    which: str,
    per_family: int,
    seed: int,
    variants: Sequence[str] = ("text",),
    perturbations: int = 0,
) -> int:
    """Write bills in the wanted variants, each with its truth, and return how many files."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    count = 0
    for made in make_bills(which, per_family, seed, perturbations):
        for variant in variants:
            for file_name, content in variant_of(made.name, made.printed.pdf, variant):
                (folder / "files" / file_name).write_bytes(content)
                count += 1
        text = json.dumps(made.truth, indent=1, ensure_ascii=False) + "\n"
        (folder / "truth" / f"{made.name}.json").write_text(text, encoding="utf-8")
    return count
