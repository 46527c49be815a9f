"""Says what to draw on the pages of a bill so that a person can check a reading: a labelled box for every value with a place.

Pure: readings in, marks out. The pages are drawn in the sandboxed child, by ``draw.labelled``.
"""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from domain.evidence import Box, Fact
from domain.reading import Charge, HistoryMonth, Meter, Reading, Usage

LABEL_CHARACTERS_MAX = 40
MARKS_MAX = 5000
"""No bill has more values; a reading of more is drawn in part."""

SHAPELESS_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (direction marks among them), surrogate, private, unassigned, line and paragraph breaks (Unicode 4.5)."""


class Mark(NamedTuple):
    """One value on its page: page (from 1), box [points], what it is, and how sure the reader is in [0, 1]."""

    page: int
    box: Box
    label: str
    confidence: float


def marks_of(readings: Sequence[Reading]) -> tuple[Mark, ...]:
    """Give the marks of all values that have a place; what only follows from others has none.

    Where a file holds several statements, the labels start with the statement's number.
    """
    marks: list[Mark] = []
    for number, reading in enumerate(readings, 1):
        prefix = f"#{number} " if len(readings) > 1 else ""
        for label, fact in _facts(reading):
            seen = fact.evidence
            if seen.box is not None and len(marks) < MARKS_MAX:
                marks.append(Mark(seen.page, seen.box, inert(prefix + label), seen.confidence))
    return tuple(marks)


def inert(text: str) -> str:
    """Give a text without characters that move, hide or reverse others, and no longer than a label may be."""
    plain = "".join(" " if sign.isspace() else sign for sign in text)
    shown = "".join(sign for sign in plain if unicodedata.category(sign) not in SHAPELESS_CATEGORIES)
    return " ".join(shown.split())[:LABEL_CHARACTERS_MAX]


def to_bytes(marks: Sequence[Mark]) -> bytes:
    """Write marks for the way to the child."""
    rows = [[mark.page, *(getattr(mark.box, side.name) for side in fields(Box)), *mark[2:]] for mark in marks]
    return json.dumps(rows, separators=(",", ":")).encode()


def from_bytes(written: bytes) -> tuple[Mark, ...]:
    """Read marks as ``to_bytes`` writes them."""
    rows: list[list[Any]] = json.loads(written)
    return tuple(Mark(row[0], Box(*row[1:5]), inert(row[5]), row[6]) for row in rows)


def _facts(reading: Reading) -> Iterator[tuple[str, Fact[Any]]]:
    if reading.issuer is not None:
        yield "issuer", reading.issuer.name
    yield from _own(reading, "")
    for meter in reading.meters:
        yield from _own(meter, f"meter {meter.meter_key} ")
    for usage in reading.usages:
        yield _usage_label(usage), usage.quantity
    for number, charge in enumerate(reading.charges, 1):
        yield from _of_charge(charge, f"charge {number}")
    for total in reading.commodity_totals:
        yield f"{total.commodity.value} total", total.cost
    for month in reading.history:
        yield from _of_month(month)


def _own(holder: Reading | Meter, prefix: str) -> Iterator[tuple[str, Fact[Any]]]:
    for one in fields(holder):
        value = getattr(holder, one.name)
        if isinstance(value, Fact):
            yield prefix + one.name.replace("_", " "), value


def _usage_label(usage: Usage) -> str:
    kind = "usage" if usage.kind.value == "total" else f"usage {usage.kind.value.replace('_', ' ')}"
    return f"{kind} (meter {usage.meter_key})" if usage.meter_key is not None and usage.meter_key != "1" else kind


def _of_charge(charge: Charge, label: str) -> Iterator[tuple[str, Fact[Any]]]:
    yield label, charge.amount
    if charge.quantity is not None:
        yield f"{label} quantity", charge.quantity
    if charge.rate is not None:
        yield f"{label} rate", charge.rate


def _of_month(month: HistoryMonth) -> Iterator[tuple[str, Fact[Any]]]:
    label = f"history {month.month:%Y-%m}"
    if month.quantity is not None:
        yield label, month.quantity
    if month.cost is not None:
        yield f"{label} cost", month.cost
