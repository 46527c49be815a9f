"""Meters in lines: reads that stand beside their labels, and lines of a day, a word for reading and the reading."""

import re
from collections.abc import Iterator
from decimal import Decimal

from domain.reading import UsageKind
from services.parser.understand.fields.guess import is_count
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import (
    MeterRead,
    Register,
    read_kind_of,
)
from services.parser.understand.sight import Sight


def of_labels(sight: Sight) -> Iterator[MeterRead]:
    """Yield meters whose reads stand in labelled lines."""
    previous = [
        f
        for label in sight.labels.of("previous_read")
        for f in values_for(sight, label, is_count)
        if label.weight > 0.5
    ]
    current = [
        f for label in sight.labels.of("current_read") for f in values_for(sight, label, is_count) if label.weight > 0.5
    ]
    used: set[int] = set()
    for old in previous:
        options = [new for new in current if _pair(old.token, new.token) and id(new.token) not in used]
        if not options:
            continue
        new = min(
            options, key=lambda one: (abs(one.token.row - old.token.row), abs(one.token.box.left - old.token.box.left))
        )
        if new.token.value < old.token.value or len(re.sub(r"\D", "", new.token.text)) < 2:
            continue
        used.add(id(new.token))
        multiplier = _labelled(sight, "multiplier", old.token)
        factor = _labelled(sight, "therm_factor", old.token)
        advance = new.token.value - old.token.value
        usage = _near_usage(sight, new.token, advance * (multiplier.value if multiplier else 1), "usage")
        difference = _near_usage(sight, new.token, advance, "difference")
        if factor is not None:
            usage = _near_usage(
                sight, new.token, advance * (multiplier.value if multiplier else 1) * factor.value, "usage"
            )
            difference = difference or _near_usage(sight, new.token, advance, "usage")
        elif usage is None:
            usage = _near_usage(sight, new.token, advance, "usage")
        words = new.label.segment.text
        yield MeterRead(
            None,
            (
                Register(
                    label="", kind=UsageKind.TOTAL, unit=usage.number.unit if usage and usage.number else None,
                    page=old.token.page, row=old.token.row, previous=old.token, current=new.token, multiplier=multiplier,
                    difference=difference, factor=factor, usage=usage, score=0.75,
                ),
            ),
            kind=read_kind_of(sight, words),
        )  # fmt: skip


def _pair(old: Token, new: Token) -> bool:
    near = old.page == new.page and abs(old.row - new.row) <= 4
    apart = old is not new and (old.row != new.row or old.start != new.start or old.segment is not new.segment)
    return near and apart


def _labelled(sight: Sight, concept: str, near: Token) -> Token | None:
    """Return the number that a label of the concept names on the same page, near another token."""
    found = [
        one
        for label in sight.labels.of(concept)
        if label.segment.page == near.page and abs(label.segment.row - near.row) <= 14 and label.weight > 0.5
        for one in values_for(
            sight, label, lambda t: t.number is not None and not t.number.currency and not t.number.percent
        )
    ]
    found.sort(key=lambda one: -one.score)
    return found[0].token if found else None


def _near_usage(sight: Sight, near: Token, advance: Decimal, *concepts: str) -> Token | None:
    """Return the labelled usage on the page that the reads make, or the one that stands nearest to them."""
    found = [
        one
        for label in sight.labels.of(*concepts)
        if label.segment.page == near.page and label.weight > 0.5
        for one in values_for(
            sight,
            label,
            lambda t: t.number is not None and not t.number.currency and not t.number.percent and not t.number.per,
        )
    ]
    slack = Decimal(0) if advance == advance.to_integral() else max(Decimal("0.51"), advance * Decimal("0.002"))
    exact = [one for one in found if abs(one.token.value - advance) <= slack]
    return exact[0].token if exact else None


def of_dated_lines(sight: Sight) -> Iterator[MeterRead]:
    """Yield a meter from lines that give a day, a word for reading and the reading."""
    lines: list[tuple[Token, Token, Segment]] = []
    for label in sight.labels.of("current_read"):
        if is_prose(label.segment):
            continue
        tokens = [t for t in sight.tokens.on(label.segment) if t.box.left < label.box.right + 200]
        days = [t for t in tokens if t.day and t.segment is label.segment]
        reads = [t for t in tokens if is_count(t) and t.box.left >= label.box.right]
        if len(days) == 1 and reads and not any(line[0] is days[0] for line in lines):
            lines.append((days[0], reads[0], label.segment))
    if len(lines) != 2 or lines[0][0].page != lines[1][0].page:
        return
    old, new = sorted(lines, key=lambda line: line[0].day or line[0].text)
    if new[1].value < old[1].value:
        return
    register = Register(
        label="", kind=UsageKind.TOTAL, unit=None, page=new[1].page, row=new[1].row, previous=old[1], current=new[1],
        multiplier=None, difference=_near_usage(sight, new[1], new[1].value - old[1].value, "usage", "difference"),
        factor=_labelled(sight, "therm_factor", new[1]), score=0.8,
    )  # fmt: skip
    yield MeterRead(None, (register,), (old[0], new[0]), kind=read_kind_of(sight, new[2].text))
