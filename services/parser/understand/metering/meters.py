"""Meters: every meter of the document, from tables first and from lines where no table gives reads."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.reading import UsageKind
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.agreement import multiplied_below
from services.parser.understand.metering.heat import with_energy
from services.parser.understand.metering.meter_blocks import of_blocks
from services.parser.understand.metering.meter_lists import (
    Link,
    all_billed,
    charged_alone,
    links,
    of_chain,
    of_day_columns,
    of_lists,
)
from services.parser.understand.metering.meter_tables import of_table
from services.parser.understand.metering.meter_windows import of_arrows, of_sums, of_times, of_windows, unstacked
from services.parser.understand.metering.registers import (
    MeterRead,
    Register,
    commodity_of_unit,
    is_measure,
    outer_reads,
)
from services.parser.understand.naming.columns import with_numbers
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.naming.numbers import named
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import ENERGY_UNITS

OTHERS_MAX, NUMBER_ROWS = 4, 6
"""Bills of several fuels have so many meters at most; a meter's number stands so many lines before its reads."""
CORRECTED_SHARE_MAX = Decimal("0.15")
"""Volumes of gas are billed as what they would be under standard pressure, more or less by so small a share."""
CONTINUATION_ROWS = 4
"""The second line of a meter's card stands at most this many lines under its first."""


def find_meters(sight: Sight, tables: list[Table]) -> list[MeterRead]:
    """Return the meters of the document in reading order, each once."""
    reads: list[MeterRead] = []
    taken: list[tuple[int, int, float, float]] = []
    chains: list[tuple[Table, list[Link]]] = []
    for table in with_numbers(sight, tables):
        chain = links(table)
        if chain and not all_billed(sight, table, chain):
            chains.append((table, chain))
            continue
        if reads and (completed := _continuation(table, reads[-1])) is not None:
            reads[-1] = completed
            continue
        if _ends_before(sight, table, reads):
            continue
        # The heads of one table may be found twice, whole and in part.
        left, right = table.columns[0].box.left, table.columns[-1].box.right
        found = of_table(sight, unstacked(sight, _of_this_year(sight, table)))
        fresh = [read for read in found if not any(_told(read, *one, left, right) for one in taken)]
        reads.extend(fresh)
        taken.extend((r.page, r.row, left, right) for read in fresh for r in read.registers)
    if not reads:
        reads.extend(read for table, chain in chains if (read := of_chain(table, chain)) is not None)
    reads = _with_day_columns(sight, reads)
    if reads and not any(map(_proved, reads)):
        # What a table gives without proof gives way to lines that prove each other.
        proved = max(
            ([read for read in found if _proved(read)] for found in (of_lists(sight), of_blocks(sight))), key=len
        )
        reads = proved if len(proved) >= len(reads) else reads
    if not any(register.previous for read in reads for register in read.registers):
        reads.extend(of_lists(sight))
    if not any(register.previous for read in reads for register in read.registers):
        reads.extend([*of_arrows(sight)] or of_times(sight))
    if not any(register.previous for read in reads for register in read.registers):
        reads.extend(of_blocks(sight))
    if not any(register.previous or register.usage for read in reads for register in read.registers):
        reads.extend([*of_sums(sight)] or of_windows(sight))
    reads = _numbered(sight, reads)
    reads.extend(_others(sight, reads))
    whole = (
        replace(r, registers=tuple(multiplied_below(sight, one) for one in r.registers)) for r in _merged(sight, reads)
    )
    return [with_energy(sight, _netted(sight, read)) for read in whole]


def _of_this_year(sight: Sight, table: Table) -> Table:
    """Return a table without its lines of the year before, and without any where it only compares what was used with that.

    ``Current | Previous | Last Year`` heads no readings where nothing heads what these make.
    """
    if table.columns_of("season") and not table.columns_of("usage", "difference", "multiplier", "meter_number"):
        return replace(table, body=())
    if "allocator" in sight.meanings:
        # What is counted on radiators to part the cost of heat among flats has no unit and is no use of a meter.
        kept = [
            line for line in table.body if not any(sight.lexicon.means(s.text, "allocator") for s in line.row.segments)
        ]
        table = replace(table, body=tuple(kept))
    past = [line for line in table.body if any(sight.lexicon.means(one, "last_year") for one in line.texts.values())]
    return replace(table, body=tuple(line for line in table.body if line not in past)) if past else table


def _ends_before(sight: Sight, table: Table, reads: list[MeterRead]) -> bool:
    """Tell whether a list of readings is of the past: this bill's reads begin with the highest of them."""
    columns = [] if table.columns_of("previous_read") else table.columns_of("current_read")
    shown = [t.value for line in table.body for i in columns for t in line.cells.get(i, ()) if is_measure(t)]
    if not shown:
        return False
    own = {line.row.index for line in table.body}
    begun = {register.previous.value for read in reads for register in read.registers if register.previous}
    for label in sight.labels.of("previous_read"):
        segment = label.segment
        if segment.page != table.page or segment.row not in own:
            begun.update(t.value for t in sight.tokens.on(segment) if is_measure(t) and t.box.left >= label.box.right)
    return max(shown) in begun


def _told(read: MeterRead, page: int, row: int, *edges: float) -> bool:
    """Tell whether a meter's line was read as one of a table before, and not beside it, by the edges of both tables."""
    before_left, before_right, left, right = edges
    return (page, row) == (read.page, read.registers[0].row) and before_left <= right and left <= before_right


def _others(sight: Sight, reads: list[MeterRead]) -> list[MeterRead]:
    """Return the meters that lines prove beside those of tables, where more numbers of meters are printed than were read.

    Bills of two fuels set the registers of one in a table and the one reading of the other in a line.
    """
    if not reads or not any(map(_proved, reads)):
        return []
    known = {read.number.squeezed.lstrip("0") for read in reads if read.number}
    left = [one for one in named(sight, "meter_number") if one.squeezed.lstrip("0") not in known]
    if not known or not left or len(left) + len(known) > OTHERS_MAX:
        return []
    rows = {(register.page, register.row) for read in reads for register in read.registers}
    return [
        read
        for read in of_blocks(sight)
        if _proved(read)
        and not any((register.page, register.row) in rows for register in read.registers)
        and (read.number is None or read.number.squeezed.lstrip("0") not in known)
        and _near(read, left)
    ]


def _near(read: MeterRead, numbers: list[Identifier]) -> bool:
    """Tell whether one of some meters' numbers stands right before a meter's reads."""
    first = read.registers[0]
    return any(one.segment.page == first.page and 0 <= first.row - one.segment.row <= NUMBER_ROWS for one in numbers)


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
        if is_measure(t) and t.number and t.number.unit
    ]
    factor = next(
        (t for i in table.columns_of("therm_factor") for t in line.cells.get(i, ()) if is_measure(t)), register.factor
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


def _with_day_columns(sight: Sight, reads: list[MeterRead]) -> list[MeterRead]:
    """Return the meters with those whose columns days head, in place of what a table made of the same lines without reads."""
    found = list(of_day_columns(sight))
    rows = {(register.page, register.row) for read in found for register in read.registers}
    others = [
        read
        for read in reads
        if not any((register.page, register.row) in rows for register in read.registers)
        or any(register.previous for register in read.registers)
    ]
    kept = {(register.page, register.row) for read in others for register in read.registers}
    fresh = [read for read in found if not any((one.page, one.row) in kept for one in read.registers)]
    return sorted([*others, *fresh], key=lambda read: (read.page, read.registers[0].row))


def _proved(read: MeterRead) -> bool:
    """Tell whether a meter's usage is printed and its reads make it or the difference beside it, or nothing makes it."""
    return any(
        register.usage is not None
        and (
            register.previous is None
            or register.factor is not None
            or register.advance == register.usage.value
            or _corrected(register)
        )
        for register in read.registers
    )


def _corrected(register: Register) -> bool:
    """Tell whether the reads make a printed difference of which the usage is a correction: a volume under standard pressure."""
    usage, measured, advance = register.usage, register.difference, register.advance
    if usage is None or measured is None or advance is None or measured.value != advance:
        return False
    return abs(usage.value - advance) <= advance * CORRECTED_SHARE_MAX


def _netted(sight: Sight, read: MeterRead) -> MeterRead:
    """Return a meter that counts both ways with the net that the page prints as the difference of its two registers."""
    taken = _sum_of(read, UsageKind.IMPORT)
    given = _sum_of(read, UsageKind.EXPORT)
    if taken is None or given is None:
        return read
    own = {(register.page, register.row) for register in read.registers}
    for token in sight.tokens.all():
        number = token.number
        if (
            number is not None
            and (number.unit in ENERGY_UNITS or (number.unit is None and _says_net(sight, token)))
            and not number.per
            and number.value == taken - given
            and token.page == read.page
            and (token.page, token.row) not in own
        ):
            unit = number.unit or read.registers[0].unit
            net = Register("", UsageKind.NET, unit, token.page, token.row, usage=token, score=0.85)
            return replace(read, registers=(*read.registers, net))
    return read


def _says_net(sight: Sight, token: Token) -> bool:
    """Tell whether the words before a number on its line call it net."""
    row = sight.row(token.page, token.row)
    words = [s.text for s in row.segments if s.box.right <= token.box.left] if row else []
    return any(sight.lexicon.means(text, "net") for text in (*words, token.segment.text[: token.start]))


def _sum_of(read: MeterRead, kind: UsageKind) -> Decimal | None:
    values = [register.value for register in read.registers if register.kind is kind]
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(values) else None


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


def _merged(sight: Sight, reads: list[MeterRead]) -> list[MeterRead]:
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
                    if other.number is None
                    and other.page == read.page
                    and other.commodity is read.commodity
                    and _adjacent(other, read)
                ),
                None,
            )
        if same is None:
            merged.append(read)
            continue
        old = replace(merged[same], registers=tuple(_fuller(r, read.registers) for r in merged[same].registers))
        fresh = tuple(
            r
            for r in read.registers
            if not any(_same_register(r, other) for other in old.registers) and not _unlike(r, old.registers)
        )
        registers = old.registers + fresh
        if fresh and (over := _days_over(old, read, registers)):
            older, newer = sorted((old, read), key=lambda one: one.dates[-1].day or date.min)
            past = charged_alone(sight, older, newer)
            merged[same] = newer if past else replace(old, registers=registers, dates=over, days=None)
        else:
            merged[same] = replace(old, registers=registers, dates=old.dates or read.dates, days=old.days or read.days)
    return merged


def _fuller(register: Register, others: tuple[Register, ...]) -> Register:
    """Return a register with the reads that another reader found on its line, where both took the same number for its use."""
    if register.previous is not None or register.usage is None:
        return register
    for other in others:
        same_line = (other.page, other.row) == (register.page, register.row)
        if same_line and other.previous and other.usage and other.usage.value == register.usage.value:
            return other
    return register


def _days_over(old: MeterRead, read: MeterRead, registers: tuple[Register, ...]) -> tuple[Token, ...]:
    """Return the first and the last day of a meter whose lines go on where others ended, as a new price parts them; else none."""
    days = sorted((token for token in (*old.dates, *read.dates) if token.day), key=lambda token: token.day or date.min)
    return (days[0], days[-1]) if len(days) == 4 and outer_reads(registers)[0] is not None else ()


def _same_family(old: MeterRead, new: MeterRead) -> bool:
    """Tell whether two reads may be of one meter: electric registers never join a gas or water meter."""
    one = {commodity_of_unit(r.unit) for r in old.registers if r.unit}
    other = {commodity_of_unit(r.unit) for r in new.registers if r.unit}
    return not one or not other or bool(one & other)


def _adjacent(old: MeterRead, new: MeterRead) -> bool:
    kinds = {register.kind for register in new.registers}
    return abs(old.registers[-1].row - new.registers[0].row) <= 2 and (
        (bool(new.registers[0].label) and new.registers[0].label != old.registers[-1].label)
        or kinds <= {UsageKind.DEMAND, UsageKind.REACTIVE}
    )


def _unlike(one: Register, others: tuple[Register, ...]) -> bool:
    """Tell whether two bare numbers taken for reads make none of the uses that every other line of their meter prints."""
    bare = one.usage is None and one.unit is None and not one.label
    used = [other.usage.value for other in others if other.usage is not None]
    return bare and len(used) == len(others) and one.advance not in used


def _same_register(one: Register, other: Register) -> bool:
    if one.previous and one.current and other.previous and other.current:
        return one.previous.value == other.previous.value and one.current.value == other.current.value
    return one.label == other.label and bool(one.usage and other.usage and one.usage.value == other.usage.value)
