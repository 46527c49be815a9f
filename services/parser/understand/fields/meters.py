"""Meters: readings, multipliers and usage, from tables, from labelled lines and from dated readings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import ReadKind, UsageKind
from services.parser.understand.fields.guess import is_count
from services.parser.understand.fields.identity import Identifier, named, read_identifier
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF, ENERGY_UNITS, POWER_UNITS, UNIT_PATTERN, unit_of

LABEL_POINTS = 420.0
"""A register's words stand at most this far before its first number."""
_UNIT_WORD = re.compile(rf"(?<![A-Za-z0-9])({UNIT_PATTERN})(?![A-Za-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Register:
    """One line of a meter: its reads and what they make."""

    label: str
    kind: UsageKind
    unit: Unit | None
    page: int
    row: int
    previous: Token | None = None
    current: Token | None = None
    multiplier: Token | None = None
    difference: Token | None = None
    factor: Token | None = None
    usage: Token | None = None
    score: float = 0.8

    @property
    def advance(self) -> Decimal | None:
        """What the reads and the multiplier make, None without both reads."""
        if self.previous is None or self.current is None:
            return None
        difference = self.current.value - self.previous.value
        if difference < 0:
            digits = max(len(str(int(self.previous.value))), len(str(int(self.current.value))))
            if self.previous.value > Decimal(10) ** digits * Decimal("0.9"):
                difference += Decimal(10) ** digits
        return difference * (self.multiplier.value if self.multiplier else 1)


@dataclass(frozen=True, slots=True)
class MeterRead:
    """A meter and its registers. ``days`` and ``dates`` are tokens of its own line, where it has them."""

    number: Identifier | None
    registers: tuple[Register, ...]
    dates: tuple[Token, ...] = ()
    days: Token | None = None
    kind: ReadKind | None = None
    commodity: Commodity | None = None

    @property
    def page(self) -> int:
        """The page of its first register."""
        return self.registers[0].page


def unit_in(text: str) -> Unit | None:
    """Return the unit that stands as a word in a text, the last one where there are several."""
    found = _UNIT_WORD.findall(text)
    return unit_of(found[-1]) if found else None


def find_meters(sight: Sight, tables: list[Table]) -> list[MeterRead]:
    """Return the meters of the document in reading order, each once."""
    reads: list[MeterRead] = []
    for table in tables:
        if reads and (completed := _continuation(table, reads[-1])) is not None:
            reads[-1] = completed
            continue
        reads.extend(_of_table(sight, table))
    if not any(register.previous for read in reads for register in read.registers):
        reads.extend(_of_labels(sight))
    if not any(register.previous for read in reads for register in read.registers):
        reads.extend(_of_dated_lines(sight))
    return _merged(_numbered(sight, reads))


CONTINUATION_ROWS = 4
"""The second line of a meter's card stands at most this many lines under its first."""


def _continuation(table: Table, read: MeterRead) -> MeterRead | None:
    """Return a meter completed by a table that goes on with its line: the energy used, after the reads."""
    if not table.columns_of("usage") or table.columns_of(
        "previous_read", "meter_number", "quantity", "rate_column", "amount", "month_column"
    ):
        return None
    line, register = table.body[0], read.registers[-1]
    near = table.page == register.page and 0 < line.row.index - register.row <= CONTINUATION_ROWS
    if not near or register.unit is not None or register.advance is None or len(read.registers) != 1:
        return None
    billed = [
        t
        for i in table.columns_of("usage", "difference")
        for t in line.cells.get(i, ())
        if _is_measure(t) and t.number and t.number.unit
    ]
    factor = next(
        (t for i in table.columns_of("therm_factor") for t in line.cells.get(i, ()) if _is_measure(t)), register.factor
    )
    if not billed:
        return (
            None
            if factor is None or factor is register.factor
            else replace(read, registers=(replace(register, factor=factor),))
        )
    usage = next((t for t in billed if t.number and t.number.unit in ENERGY_UNITS), billed[-1])
    difference = next((t for t in billed if t is not usage), register.usage)
    unit = usage.number.unit if usage.number else None
    if factor is not None and unit not in ENERGY_UNITS:
        return replace(read, registers=(replace(register, factor=factor, difference=usage, usage=None),))
    return replace(read, registers=(replace(register, usage=usage, difference=difference, factor=factor, unit=unit),))


def _of_table(sight: Sight, table: Table) -> Iterator[MeterRead]:
    current, previous = table.columns_of("current_read"), table.columns_of("previous_read")
    usage = table.columns_of("usage")
    if current and not previous and table.columns_of("read_date") and len(table.body) >= 2:
        yield from _sequence(sight, table)
        return
    if (
        not (current and previous)
        and not (usage and table.columns_of("meter_number"))
        and not (usage and table.columns_of("multiplier"))
    ):
        return
    number: Identifier | None = None
    for line in table.body:
        register = _register(sight, table, line)
        own = _own_number(sight, table, line)
        if register is None:
            if own is not None and not any(line.cells.get(i) for i in (*current, *previous)):
                number = own
            continue
        number = own or number
        dates = tuple(
            t
            for i in table.columns_of("period", "period_start", "period_end", "read_date")
            for t in line.cells.get(i, ())
            if t.when and t.when.day
        )
        if len(dates) < 2:
            dates = tuple(t for cell in line.cells.values() for t in cell if t.when and t.when.day)
        days = next((t for i in table.columns_of("days") for t in line.cells.get(i, ()) if is_count(t)), None)
        registers = (register, *_demands(table, line))
        yield MeterRead(number, registers, dates[:2], days, _read_kind(sight, line))


def _demands(table: Table, line: TableRow) -> Iterator[Register]:
    """Yield the power that a demand column of the meter's line states."""
    for index in table.columns_of("demand"):
        for token in line.cells.get(index, ()):
            unit = (token.number.unit if token.number else None) or unit_in(table.columns[index].text)
            if _is_measure(token) and unit in POWER_UNITS:
                yield Register(
                    label=table.columns[index].text,
                    kind=UsageKind.DEMAND,
                    unit=unit,
                    page=table.page,
                    row=line.row.index,
                    usage=token,
                )


def _register(sight: Sight, table: Table, line: TableRow) -> Register | None:
    def cell(*concepts: str) -> Token | None:
        for index in table.columns_of(*concepts):
            for token in line.cells.get(index, ()):
                if token.number and not token.number.percent and not token.number.currency and not token.number.per:
                    return token
        return None

    previous, current, multiplier = cell("previous_read"), cell("current_read"), cell("multiplier")
    difference, factor, usage = cell("difference"), cell("therm_factor"), cell("usage")
    if previous is not None and previous is current:
        return None
    if usage is not None and (previous is None) != (current is None):
        previous, current, multiplier = _by_identity(line, previous or current, multiplier, usage)
    billed = [t for i in table.columns_of("usage") for t in line.cells.get(i, ()) if _is_measure(t)]
    if len(billed) > 1:
        usage = next((t for t in billed if t.number and t.number.unit in ENERGY_UNITS), billed[-1])
        if factor is not None:
            difference = next((t for t in billed if t is not usage), difference)
    if usage is None and difference is not None and factor is None:
        usage, difference = difference, None
    complete = previous is not None and current is not None
    if table.columns_of("previous_read") and table.columns_of("current_read") and previous is None and current is None:
        return None
    if not complete and not (usage and (multiplier or (current and not previous) or _own_number(sight, table, line))):
        return None
    if complete and usage is None and multiplier is None and not _whole(previous, current):
        return None
    if (
        not complete
        and usage is not None
        and usage.number
        and usage.number.decimals == 2
        and not usage.number.unit
        and not multiplier
    ):
        return None
    label = _own_label(line)
    unit = _unit(table, line, usage, label)
    register = Register(
        label=label, kind=_kind(sight, label, unit), unit=unit, page=table.page, row=line.row.index,
        previous=previous, current=current, multiplier=multiplier, difference=difference, factor=factor, usage=usage, score=0.85,
    )  # fmt: skip
    return _checked(register)


def _is_measure(token: Token) -> bool:
    number = token.number
    return number is not None and not number.percent and not number.currency and not number.per


def _by_identity(
    line: TableRow, known: Token | None, multiplier: Token | None, usage: Token
) -> tuple[Token | None, Token | None, Token | None]:
    """Return (previous, current, multiplier) where the line's numbers make the usage from the one read that is known."""
    numbers = [t for cell in line.cells.values() for t in cell if is_count(t) and t is not usage and t is not known]
    factors = [multiplier] if multiplier else [None, *numbers]
    for other in numbers:
        for factor in factors:
            if known is None or other is factor:
                continue
            low, high = sorted((known, other), key=lambda token: token.value)
            if (high.value - low.value) * (
                factor.value if factor else 1
            ) == usage.value and high.value > low.value > usage.value / 10:
                return low, high, factor
    return None, None, multiplier


def _whole(*tokens: Token | None) -> bool:
    return all(token is not None and token.number is not None and token.number.decimals == 0 for token in tokens)


def _checked(register: Register) -> Register | None:
    """Return the register with its parts put right by the identity, or None where the numbers cannot be reads."""
    previous, current, usage = register.previous, register.current, register.usage
    if previous and current and previous.value > current.value and usage:
        swapped = replace(register, previous=current, current=previous)
        advance = swapped.advance
        if advance is not None and register.advance != usage.value and abs(advance - usage.value) <= 1:
            return swapped
    return register


def _own_label(line: TableRow) -> str:
    """Return the words that name the register: the text nearest before the line's first number, or one with a unit."""
    numbers = [token for cell in line.cells.values() for token in cell if token.number]
    if not numbers:
        return ""
    first = min(token.box.left for token in numbers)
    texts = [
        s
        for s in line.row.segments
        if any(c.isalpha() for c in s.text) and not is_prose(s) and abs(s.box.left - first) < LABEL_POINTS
    ]
    before = [s for s in texts if s.box.right <= first + 1 and not unit_of(s.text)]
    with_unit = [s for s in texts if unit_in(s.text) and not s.text[:1].isdigit() and len(s.words) <= 6]
    chosen = before[-1] if before else with_unit[0] if with_unit else None
    return re.sub(r"\s+", " ", chosen.text) if chosen else ""


def _unit(table: Table, line: TableRow, usage: Token | None, label: str) -> Unit | None:
    if usage is not None and usage.number and usage.number.unit:
        return usage.number.unit
    for index in table.columns_of("unit_column", "read_type"):
        if index in line.texts and (unit := unit_in(line.texts[index])):
            return unit
    for index in table.columns_of("usage"):
        if unit := unit_in(table.columns[index].text):
            return unit
    return unit_in(label) or unit_in(" ".join(column.text for column in table.columns))


def _kind(sight: Sight, label: str, unit: Unit | None) -> UsageKind:
    if unit in POWER_UNITS:
        return UsageKind.DEMAND
    if unit in (Unit.KVAR, Unit.KVARH):
        return UsageKind.REACTIVE
    return kind_of(sight, label)


def kind_of(sight: Sight, label: str) -> UsageKind:
    """Return which part of the consumption a label names."""
    for meaning, kind in (
        ("export", UsageKind.EXPORT), ("off_peak", UsageKind.OFF_PEAK), ("mid_peak", UsageKind.MID_PEAK),
        ("on_peak", UsageKind.ON_PEAK), ("import", UsageKind.IMPORT),
    ):  # fmt: skip
        if sight.lexicon.means(label, meaning):
            return kind
    return UsageKind.TOTAL


def _own_number(sight: Sight, table: Table, line: TableRow) -> Identifier | None:
    for index in table.columns_of("meter_number"):
        tokens = [t for t in line.cells.get(index, ()) if t.number and is_count(t)]
        for token in tokens:
            if len(re.sub(r"\D", "", token.text)) >= 4:
                return Identifier(token.text, token.segment, token.box, 0.9, "column")
        text = line.texts.get(index, "")
        for segment in line.row.segments:
            if text and segment.text in text and (read := read_identifier(segment, 0, 3)):
                return Identifier(read[0], segment, read[1], 0.9, "column")
    return None


def _read_kind(sight: Sight, line: TableRow) -> ReadKind | None:
    words = " ".join(line.texts.values())
    return read_kind_of(sight, words)


def read_kind_of(sight: Sight, words: str) -> ReadKind | None:
    """Return how a line says that the meter was read."""
    for meaning, kind in (
        ("estimated", ReadKind.ESTIMATED),
        ("customer_read", ReadKind.CUSTOMER),
        ("actual", ReadKind.ACTUAL),
    ):
        if sight.lexicon.means(words, meaning):
            return kind
    return None


def _sequence(sight: Sight, table: Table) -> Iterator[MeterRead]:
    """Yield the newest step of a list of dated readings whose differences are the printed usage."""
    lines: list[tuple[Token, Token, Token | None, TableRow]] = []
    for line in table.body:
        days = [t for i in table.columns_of("read_date") for t in line.cells.get(i, ()) if t.day]
        reads = [t for i in table.columns_of("current_read") for t in line.cells.get(i, ()) if is_count(t)]
        used = [t for i in table.columns_of("usage") for t in line.cells.get(i, ()) if t.number]
        if len(days) == 1 and len(reads) == 1:
            lines.append((days[0], reads[0], used[0] if used else None, line))
    lines.sort(key=lambda one: one[0].day or one[0].day, reverse=True)  # type: ignore[arg-type, return-value]
    if len(lines) < 2:
        return
    (last, current, used_token, line), (first, previous, _, _) = lines[0], lines[1]
    unit = _unit(table, line, used_token, "")
    register = Register(
        label="", kind=UsageKind.TOTAL, unit=unit, page=table.page, row=line.row.index, previous=previous, current=current,
        usage=used_token, score=0.85,
    )  # fmt: skip
    if register.advance is not None and (used_token is None or used_token.value == register.advance):
        yield MeterRead(_own_number(sight, table, line), (register,), (first, last), None, _read_kind(sight, line))


def _of_labels(sight: Sight) -> Iterator[MeterRead]:
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
                    label="", kind=UsageKind.TOTAL, unit=usage.number.unit if usage and usage.number else None, page=old.token.page,
                    row=old.token.row, previous=old.token, current=new.token, multiplier=multiplier,
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


def _of_dated_lines(sight: Sight) -> Iterator[MeterRead]:
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
    old, new = sorted(lines, key=lambda line: line[0].day or line[0].text)  # type: ignore[type-var]
    if new[1].value < old[1].value:
        return
    register = Register(
        label="", kind=UsageKind.TOTAL, unit=None, page=new[1].page, row=new[1].row, previous=old[1], current=new[1],
        multiplier=None, difference=_near_usage(sight, new[1], new[1].value - old[1].value, "usage", "difference"),
        factor=_labelled(sight, "therm_factor", new[1]), score=0.8,
    )  # fmt: skip
    yield MeterRead(None, (register,), (old[0], new[0]), kind=read_kind_of(sight, new[2].text))


def _numbered(sight: Sight, reads: list[MeterRead]) -> list[MeterRead]:
    """Give each meter without a number the labelled number that stands before it, nearest first."""
    numbers = sorted(named(sight, "meter_number"), key=lambda one: (one.segment.page, one.segment.row))
    out = []
    for read in reads:
        number = read.number
        if number is None and numbers:
            place = (read.page, read.registers[0].row)
            before = [
                one for one in numbers if (one.segment.page, one.segment.row) <= place and one.segment.page == read.page
            ]
            if before:
                number = before[-1]
            elif len(numbers) == 1:
                number = numbers[0]
        out.append(replace(read, number=number))
    if not out and numbers:
        return []
    return out


def _merged(reads: list[MeterRead]) -> list[MeterRead]:
    """Join registers of one meter, and drop the same register printed twice."""
    merged: list[MeterRead] = []
    for read in reads:
        key = read.number.squeezed.lstrip("0") if read.number else None
        same = next(
            (
                i
                for i, other in enumerate(merged)
                if key is not None
                and _same_family(other, read)
                and other.number is not None
                and other.number.squeezed.lstrip("0") == key
            ),
            None,
        )
        if same is None and key is None:
            same = next(
                (
                    i
                    for i, other in enumerate(merged)
                    if other.number is None and other.page == read.page and _adjacent(other, read)
                ),
                None,
            )
        if same is None:
            merged.append(read)
            continue
        old = merged[same]
        fresh = tuple(r for r in read.registers if not any(_same_register(r, other) for other in old.registers))
        merged[same] = replace(
            old, registers=old.registers + fresh, dates=old.dates or read.dates, days=old.days or read.days
        )
    return merged


def _same_family(old: MeterRead, new: MeterRead) -> bool:
    """Tell whether two reads may be of one meter: electric registers never join a gas or water meter."""
    one = {commodity_of_unit(r.unit) for r in old.registers if r.unit}
    other = {commodity_of_unit(r.unit) for r in new.registers if r.unit}
    return not one or not other or bool(one & other)


def _adjacent(old: MeterRead, new: MeterRead) -> bool:
    return (
        abs(old.registers[-1].row - new.registers[0].row) <= 2
        and bool(new.registers[0].label)
        and new.registers[0].label != old.registers[-1].label
    )


def _same_register(one: Register, other: Register) -> bool:
    if one.previous and one.current and other.previous and other.current:
        return one.previous.value == other.previous.value and one.current.value == other.current.value
    return one.label == other.label and bool(one.usage and other.usage and one.usage.value == other.usage.value)


def commodity_of_unit(unit: Unit | None) -> Commodity | None:
    """Return what a unit measures where the unit alone tells."""
    return COMMODITY_OF.get(unit) if unit else None
