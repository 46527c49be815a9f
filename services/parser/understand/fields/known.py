"""Known issuers: what ``services/parser/issuers`` holds of utilities, and which of them a page names."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.lexicon import squeeze
from services.parser.understand.sight import Sight

HEAD_SHARE = 0.28
"""The issuer's name stands in this top share of the first page, where it is text at all."""
NAME_SHARE = 0.4
"""A line that is the name of an issuer holds little else."""


@dataclass(frozen=True, slots=True)
class Known:
    """One issuer's data: names as printed, web names, and how it prints periods (None where not known)."""

    issuer_id: str
    name: str
    names: tuple[str, ...]
    domains: tuple[str, ...]
    country: str
    period_end_inclusive: bool | None


@cache
def known_issuers() -> tuple[Known, ...]:
    """Return all issuers of ``services/parser/issuers``, by file name."""
    folder = files("services.parser").joinpath("issuers")
    if not folder.is_dir():
        return ()
    found = []
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml"):
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            found.append(
                Known(
                    issuer_id=path.name.removesuffix(".toml"),
                    name=table["name"],
                    names=tuple(table.get("names", ())),
                    domains=tuple(table.get("domains", ())),
                    country=table.get("country", ""),
                    period_end_inclusive=table.get("period_end_inclusive"),
                )
            )
    return tuple(found)


def known_in(sight: Sight, known: tuple[Known, ...]) -> tuple[Known, Segment, str, float, bool] | None:
    """Return the issuer that the page names most, where it is named, as printed, how surely, and whether it heads the bill.

    A retailer's bill names the wires that deliver and whom to call when these fail: such lines say nothing of who sent it.
    """
    votes: Counter[int] = Counter()
    headed: set[int] = set()
    first: dict[int, tuple[Segment, str]] = {}
    names, webs, by_name, by_web = _signs(known)
    for segment in sight.segments:
        squeezed, lowered = squeeze(segment.text), segment.text.lower()
        hits: dict[int, str] = {}
        for found in names.findall(squeezed):
            for index, name in by_name[found]:
                if index not in hits and _printed(name, segment.text, squeezed):
                    hits[index] = name
        carried = bool(hits) and _of_carrier(sight, segment, hits.values())
        for index, hit in hits.items():
            if carried:
                continue
            # A name in a longer line is a mention: of a programme, of whom a supplier delivers for.
            whole = len(squeeze(hit)) >= NAME_SHARE * len(squeezed)
            votes[index] += 2 if whole and not is_prose(segment) else 1
            if whole and _heads(sight, segment):
                headed.add(index)
            if index not in first or squeeze(first[index][1]) not in map(squeeze, known[index].names):
                first[index] = (segment, _as_printed(segment.text, hit))
        for found in webs.findall(lowered):
            index = by_web[found]
            if index not in hits:
                votes[index] += 2 if "www" in lowered else 1
                headed.add(index)
                first.setdefault(index, (segment, known[index].name))
    if not votes:
        return None
    index, count = votes.most_common(1)[0]
    if count < 2:
        return None
    return known[index], *first[index], min(0.75 + 0.05 * count, 1.0), index in headed


def _of_carrier(sight: Sight, segment: Segment, names: Iterable[str]) -> bool:
    """Tell whether a line names who delivers: beside words of delivery, or at a charge under the head of a page."""
    rest = segment.text
    for name in names:
        rest = re.sub(r"\s*".join(map(re.escape, name.split())), " ", rest, flags=re.IGNORECASE)
    if sight.lexicon.means(rest, "carrier"):
        return True
    sheet = sight.sheet(segment.page)
    charged = any(is_money(token) for token in sight.tokens.on(segment) if token.box.left >= segment.box.left)
    return charged and rest.strip(" :.()") != "" and segment.box.top > HEAD_SHARE * sheet.page.height


def _heads(sight: Sight, segment: Segment) -> bool:
    """Tell whether a line stands at the head of the first page."""
    sheet = sight.sheets[0]
    return segment.page == sheet.page.number and segment.box.top <= HEAD_SHARE * sheet.page.height


@cache
def _signs(
    known: tuple[Known, ...],
) -> tuple[re.Pattern[str], re.Pattern[str], dict[str, list[tuple[int, str]]], dict[str, int]]:
    """Return patterns of all issuers' names, squeezed, and of their web names, and whose each of them is."""
    by_name: dict[str, list[tuple[int, str]]] = {}
    by_web: dict[str, int] = {}
    for index, data in enumerate(known):
        for name in data.names:
            by_name.setdefault(squeeze(name), []).append((index, name))
        for domain in data.domains:
            by_web.setdefault(domain, index)

    return _any_of(by_name), _any_of(by_web, r"(?<![a-z0-9-])"), by_name, by_web


def _any_of(texts: Iterable[str], before: str = "") -> re.Pattern[str]:
    """Return a pattern of any of some texts, the longest of those that begin at a place.

    It asks for the first letter first: a list of hundreds, tried one by one at each place, took a tenth of a page's time.
    """
    by_first: dict[str, list[str]] = {}
    for text in sorted(texts, key=lambda text: -len(text)):
        by_first.setdefault(text[:1], []).append(re.escape(text[1:]))
    listed = "|".join(f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in by_first.items())
    return re.compile(f"{before}({listed})" if listed else r"(?!)")


def _printed(name: str, text: str, squeezed: str) -> bool:
    """Tell whether a name is printed in a text as a name, not as a part of a word or of a web address."""
    if squeeze(name) not in squeezed:
        return False
    found = re.search(r"\s*".join(map(re.escape, name.split())), text, re.IGNORECASE)
    if found is None:
        return len(name) > 5
    before, after = text[: found.start()][-1:], text[found.end() :]
    return not (
        before.isalpha() or before in ("@", ".") or re.match(r"[A-Za-z]|\.[a-z]{2,3}\b|[a-z]*\.[a-z]{2,3}\b", after)
    )


def _as_printed(text: str, name: str) -> str:
    found = re.search(r"\s*".join(map(re.escape, name.split())), text, re.IGNORECASE)
    return found.group() if found else name
