"""Meters in tables: a line a register, the reads under their heads; lines put right by the identity of reads and usage."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import ReadKind, UsageKind
from services.parser.understand.fields.context import commodity_in
from services.parser.understand.fields.guess import is_count, is_day
from services.parser.understand.layout.heads import days_over_reads
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.agreement import (
    agrees,
    billed_advance,
    by_identity,
    disproved,
    in_other_unit,
    in_smaller_unit,
    metered_alone,
    multiplied,
    multiplied_as_before,
    of_several,
    priced,
    told_in_words,
    unnamed_reads,
    unstuck,
    with_reads_below,
)
from services.parser.understand.metering.heat import energy_each, turned_to_energy
from services.parser.understand.metering.registers import (
    APPARENT,
    MeterRead,
    Register,
    heads_both,
    is_measure,
    kind_by_unit,
    may_be_read,
    one_unit,
    read_kind_of,
    unit_in,
    units_in,
    with_units,
)
from services.parser.understand.naming.columns import SERIAL, number_in_line
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF, POWER_UNITS, USAGE_UNITS, unit_of

LABEL_POINTS = 420.0
"""A register's words stand at most this far before its first number."""

CODE_LETTERS_MAX, NAME_WORDS_MAX, DATED_LINES_MIN, DEMAND_ROWS = 4, 2, 3, 3
CODES = (("electric_code", Commodity.ELECTRICITY), ("water_code", Commodity.WATER), ("gas_code", Commodity.GAS))
DATES = ("read_date", "period", "statement_date")  # a bare ``Datum`` says not of what, and needs a use


def of_table(sight: Sight, table: Table) -> Iterator[MeterRead]:
    """Yield the meters of a table that has reads, or a usage beside a meter's number or multiplier."""
    current, previous = table.columns_of("current_read"), table.columns_of("previous_read")
    usage = table.columns_of("usage")
    if table.columns_of("month_column") and not (current and previous):
        return  # past months, whose heads may share their line with a meter's number
    if current and not previous and table.columns_of(*DATES) and len(table.body) >= 2:
        yield from _sequence(sight, table)
        return
    told = (current and previous) or (usage and table.columns_of("meter_number", "multiplier"))
    if not told and not (usage and previous) and not (current and table.columns_of("meter_number")):
        return
    dated = [line for line in table.body if any(t.when for cell in line.cells.values() for t in cell)]
    if not (current and previous) and len(dated) >= DATED_LINES_MIN and not _meter_each(sight, table, dated):
        return  # several dated lines without reads list the past, not meters
    number: Identifier | None = None
    proved, listed, last = False, False, 0
    times: Token | None = None
    for line in with_reads_below(table):
        register = multiplied_as_before(None if in_other_unit(table, line) else _register(sight, table, line), times)
        times = register.multiplier or times if register is not None else times
        if register is not None and register.unit in POWER_UNITS and disproved(register):
            register = replace(register, previous=None, current=None)  # a power is what was shown, no difference
        own = number_in_line(sight, table, line)
        if register is not None and proved and own is None and (register.usage is None or disproved(register)):
            continue
        if register is not None and proved and own is None and (register.advance or 0) < 0:
            continue  # numbers of another list, such as past months, do not rise as reads do
        if register is not None and proved and disproved(register) and not multiplied(register):
            continue  # numbers of another list, whose first one stands where a meter's number would
        if register is not None and proved and usage and register.usage is None:
            continue  # the lines before it print what they make; this one belongs to something else
        if register is not None and not told and not agrees(register):
            continue  # under a head of no known name stands the other read only where both make the usage
        proved = proved or (register is not None and agrees(register))
        if register is None:
            if own is not None and not any(line.cells.get(i) for i in (*current, *previous)):
                number = own
            label = _own_label(sight, table, line)
            demands = tuple(replace(one, label=label or one.label) for one in _demands(table, line))
            demands = demands or (tuple(_demand_line(sight, table, line)) if proved else ())
            if demands and (proved or listed) and line.row.index - last <= DEMAND_ROWS:
                last = line.row.index
                yield MeterRead(number, demands)
            continue
        number, listed, last = own or number, True, line.row.index
        dates = tuple(
            t
            for i in table.columns_of("period", "period_start", "period_end", "read_date")
            for t in line.cells.get(i, ())
            if t.when and t.when.day
        )
        dates = dates if len(dates) > 1 else tuple(t for cell in line.cells.values() for t in cell if t.when and t.day)
        dates = dates or days_over_reads(sight, table)
        days = next((t for i in table.columns_of("days") for t in line.cells.get(i, ()) if is_count(t)), None)
        registers = (register, *(one for one in _demands(table, line) if one.usage is not register.usage))
        yield MeterRead(
            number, registers, dates[:2], days, _read_kind(sight, line), _commodity(sight, line, register.label)
        )


def _meter_each(sight: Sight, table: Table, lines: Sequence[TableRow]) -> bool:
    """Tell whether the lines of a table that give a usage are each of another meter, as those of a collective bill are."""
    used = [line for line in lines if any(line.cells.get(i) for i in table.columns_of("usage"))]
    numbers = [one.squeezed for line in used if (one := number_in_line(sight, table, line)) is not None]
    return len(used) > 1 and len(numbers) == len(used) == len(set(numbers))


def _demands(table: Table, line: TableRow) -> Iterator[Register]:
    """Yield the power that a demand column of the meter's line states, or its column of use with the unit of a power."""
    for index in table.columns_of("usage"):
        yield from (
            Register("", UsageKind.DEMAND, token.number.unit, table.page, line.row.index, usage=token)
            for token in line.cells.get(index, ())
            if token.number is not None and token.number.unit in POWER_UNITS and is_measure(token)
        )
    named = one_unit(s.text for s in line.row.segments if not s.text[:1].isdigit())
    heads = table.columns_of("demand")
    if named in POWER_UNITS:
        heads += [i for i in table.columns_of("usage") if heads_both(table.columns[i].text)]
    for index in heads if named in (None, *POWER_UNITS) else ():
        for token, unit in with_units(table.columns[index].text, line.cells.get(index, ())):
            if unit is None and any(unit_in(column.text) is Unit.KWH for column in table.columns):
                unit = Unit.KW  # beside kilowatt-hours, a demand without a unit is in kilowatts
            if is_measure(token) and unit in POWER_UNITS:
                label, row = table.columns[index].text, line.row.index
                yield Register(label, UsageKind.DEMAND, unit, table.page, row, usage=token)


def _demand_line(sight: Sight, table: Table, line: TableRow) -> Iterator[Register]:
    """Yield the power of a line that has no reads, only words with its unit and one number (``Demand kW peak   241``)."""
    words = next((s for s in line.row.segments if s.text[:1].isalpha() and unit_in(s.text) in POWER_UNITS), None)
    numbers = [token for cell in line.cells.values() for token in cell if token.number is not None]
    shown = [t for i in table.columns_of("current_read", "previous_read") for t in line.cells.get(i, ())]
    behind = [t for t in sight.tokens.on(line.row) if shown and t.number and t.box.left > shown[0].box.right]
    if (
        len(behind) == 1
        and is_count(behind[0])
        and behind[0].text == behind[0].segment.text
        and one_unit([shown[0].segment.text]) is None
    ):
        numbers = behind  # what the multiplier made of what the register showed
    if words is None or len(numbers) != 1 or not is_measure(numbers[0]) or numbers[0].box.left < words.box.right:
        return
    yield Register(
        label=words.text, kind=UsageKind.DEMAND, unit=unit_in(words.text), page=table.page, row=line.row.index,
        usage=numbers[0],
    )  # fmt: skip


def _register(sight: Sight, table: Table, line: TableRow) -> Register | None:
    def cell(*concepts: str) -> Token | None:
        for index in table.columns_of(*concepts):
            for token in line.cells.get(index, ()):
                if token.number and not token.number.percent and not token.number.currency and not token.number.per:
                    return token
        return None

    previous, current, multiplier = cell("previous_read"), cell("current_read"), cell("multiplier")
    doubtful = any(told_in_words(sight, read) or not may_be_read(read) for read in (previous, current))
    if doubtful or (previous is not None and previous is current):
        return None
    difference, factor, usage = cell("difference"), cell("therm_factor") or energy_each(table, line), cell("usage")
    previous, current, multiplier, usage = _reads_of(table, line, previous, current, multiplier, usage)
    billed = [t for i in table.columns_of("usage") for t in line.cells.get(i, ()) if is_measure(t)]
    if len(billed) > 1:
        usage, other = of_several(table, line, billed, (previous, current), multiplier, factor)
        difference = other or difference
    if metered_alone(table, line, usage, difference, multiplier):
        multiplier = None
    if made := in_smaller_unit(table, line, usage, current):
        usage, difference = made, usage
    if usage is None and difference is not None and factor is None:
        usage, difference = billed_advance(sight, table, line, difference, (previous, current), multiplier)
    complete = previous is not None and current is not None
    if priced(previous, current, usage):
        return None
    headed = bool(table.columns_of("previous_read") and table.columns_of("current_read"))
    if headed and previous is None and current is None and not _only_said_read(sight, table, line):
        return None
    one_sided = current is not None and previous is None and not table.columns_of("previous_read")
    if not complete and not (usage and (multiplier or one_sided or number_in_line(sight, table, line))):
        return None
    if complete and usage is None and multiplier is None and not _whole(previous, current):
        return None
    label = _own_label(sight, table, line)
    coded = _commodity(sight, line, label)
    unit = _unit(table, line, usage, label, coded)
    if unit is None and coded is Commodity.ELECTRICITY:
        unit = Unit.KWH
    if (
        not complete
        and usage is not None
        and usage.number
        and usage.number.decimals == 2
        and not usage.number.unit
        and not multiplier
        and unit not in POWER_UNITS
        and not any(unit_in(text) in USAGE_UNITS for text in line.texts.values())
    ):
        return None
    register = Register(
        label=label, kind=kind_by_unit(sight, label, unit), unit=unit, page=table.page, row=line.row.index,
        previous=previous, current=current, multiplier=multiplier, difference=difference, factor=factor, usage=usage, score=0.85,
    )  # fmt: skip
    return _checked(unstuck(register))


def _only_said_read(sight: Sight, table: Table, line: TableRow) -> bool:
    """Tell whether a line says only how or when its meter was read where its reads would stand (``Actual  Actual  4251``)."""
    columns = table.columns_of("previous_read", "current_read")
    said = [line.texts.get(i, "") for i in columns]
    dated = any(t.day for i in columns for t in line.cells.get(i, ()))
    return dated or sum(read_kind_of(sight, words) is not None for words in said) > 1


def _reads_of(
    table: Table, line: TableRow, previous: Token | None, current: Token | None, multiplier: Token | None, usage: Token | None
) -> tuple[Token | None, Token | None, Token | None, Token | None]:  # fmt: skip
    """Return (previous, current, multiplier, usage) of a line, where heads leave one open completed by what the reads make."""
    if usage is not None and (previous is None) != (current is None):
        previous, current, multiplier = by_identity(line, previous or current, multiplier, usage)
    elif usage is not None and previous is None and current is None:
        used = table.columns_of("usage")  # under several heads stand parts and their sum, which differ as reads do
        others = {i: cell for i, cell in line.cells.items() if len(used) == 1 or i not in used}
        previous, current, multiplier = unnamed_reads(replace(line, cells=others), multiplier, usage)
    elif current is not None and not table.columns_of("previous_read"):
        # "Start", "End" and "Reading": the last is what the other two make.
        older, newer, _ = unnamed_reads(line, multiplier, current)
        if older is not None:
            previous, current, usage = older, newer, current
    return previous, current, multiplier, usage


def _whole(*tokens: Token | None) -> bool:
    return all(token is not None and token.number is not None and token.number.decimals == 0 for token in tokens)


def _checked(register: Register) -> Register | None:
    """Return the register with its parts put right by the identity, or None where the numbers cannot be reads."""
    previous, current, usage = register.previous, register.current, register.usage
    if APPARENT.search(register.label):
        return None  # what the current and the voltage alone make is no energy
    if previous and current and previous.value > current.value and usage:
        swapped = replace(register, previous=current, current=previous)
        advance = swapped.advance
        if advance is not None and register.advance != usage.value and abs(advance - usage.value) <= 1:
            return swapped
    if usage is None and (register.advance or Decimal(0)) < 0:
        return None
    return register


def _own_label(sight: Sight, table: Table, line: TableRow) -> str:
    """Return the words that name the register: the text nearest before the line's first number, or one with a unit."""
    names = set(table.columns_of("meter_number"))
    tokens = [token for cell in line.cells.values() for token in cell]
    codes = {index for index, column in enumerate(table.columns) if not column.concepts}
    numbers = [
        token
        for index, cell in line.cells.items()
        for token in cell
        if token.number and index not in names and not (index in codes and _leads_words(token))
    ]
    if not numbers:
        return ""
    first = min(token.box.left for token in numbers)
    texts = [
        s
        for s in line.row.segments
        if any(c.isalpha() for c in s.text)
        and not is_prose(s)
        and abs(s.box.left - first) < LABEL_POINTS
        and not any(t.when is not None and t.segment is s for t in tokens)
    ]
    texts = [s for s in texts if not SERIAL.match(s.text)]
    before = [s for s in texts if s.box.right <= first + 1 and not unit_of(s.text)]
    with_unit = [s for s in texts if unit_in(s.text) and not s.text[:1].isdigit() and len(s.words) <= 6]
    # How a meter was read stands between the register's words and its number where no reads are printed.
    named = [s for s in before if read_kind_of(sight, s.text) is None] or before
    chosen = named[-1] if named else with_unit[0] if with_unit else None
    return re.sub(r"\s+", " ", chosen.text) if chosen else ""


def _leads_words(token: Token) -> bool:
    """Tell whether a number is the code that leads the words of a register (``002 Controlled load``)."""
    words = token.segment.text[token.end :].split()
    return not token.start and token.number is not None and token.number.unit is None and any(map(str.isalpha, words))


def _unit(table: Table, line: TableRow, usage: Token | None, label: str, coded: Commodity | None = None) -> Unit | None:
    if usage is not None and usage.number and usage.number.unit:
        return usage.number.unit
    for index in table.columns_of("unit_column", "read_type"):
        if index in line.texts and (unit := unit_in(line.texts[index])):
            return unit
    own = [index for index in table.columns_of("usage") if usage in line.cells.get(index, ())]
    for index in (*own, *table.columns_of("usage")):
        if usage is not None and usage.number and index in own and heads_both(table.columns[index].text):
            if (named := one_unit(s.text for s in line.row.segments if not s.text[:1].isdigit())) is not None:
                return named
            return Unit.KW if usage.number.decimals else Unit.KWH
        fitting = [one for one in units_in(table.columns[index].text) if COMMODITY_OF.get(one, coded) in (coded, None)]
        if coded is not None and len(fitting) == 1:
            return fitting[0]  # one head for several services (``kWh/100 CF``)
        if unit := unit_in(table.columns[index].text):
            return unit
    # A column of powers tells the unit of its own numbers only (``Units Consumed | MDI (kW)``).
    others = [column.text for column in table.columns if "demand" not in column.concepts or "usage" in column.concepts]
    before = (s.text for s in line.row.segments if usage is not None and s.box.right <= usage.box.left)
    return unit_in(label) or one_unit(before) or unit_in(" ".join(others))


def _coded(sight: Sight, label: str) -> Commodity | None:
    """Return the commodity that a line begins with, by its name or its code (``EL 20118 19264 854``)."""
    if len(label) <= CODE_LETTERS_MAX and label.isalnum():  # with a dash it is a class of customers (``GS-2``)
        found = next((commodity for code, commodity in CODES if sight.lexicon.means(label, code)), None)
        if found is not None:
            return found
    return commodity_in(sight, label) if len(label.split()) <= NAME_WORDS_MAX else None


def _commodity(sight: Sight, line: TableRow, label: str) -> Commodity | None:
    """Return the commodity that a line's words or the first text on it name."""
    first = line.row.segments[0].text
    if len(label) == 1 and label != first:
        label = ""  # one letter within a line tells how the meter was read
    return _coded(sight, label) or (_coded(sight, first) if len(first.split()) == 1 else None)


def _read_kind(sight: Sight, line: TableRow) -> ReadKind | None:
    words = " ".join(line.texts.values())
    return read_kind_of(sight, words)


def _sequence(sight: Sight, table: Table) -> Iterator[MeterRead]:
    """Yield the newest step of a list of dated readings whose differences are the printed usage, or all that a line adds up."""
    lines: list[tuple[Token, Token, Token | None, TableRow]] = []
    for line in table.body:
        days = [t for i in table.columns_of(*DATES) for t in line.cells.get(i, ()) if is_day(t)]
        reads = [t for i in table.columns_of("current_read") for t in line.cells.get(i, ()) if is_count(t)]
        used = [t for i in table.columns_of("usage") for t in line.cells.get(i, ()) if t.number]
        if len(days) == 1 and len(reads) == 1:
            lines.append((days[0], reads[0], used[0] if used else None, line))
    if all(one[0].day for one in lines):
        lines.sort(key=lambda one: one[0].day or date.min, reverse=True)
    elif len(lines) == 2:
        lines.sort(key=lambda one: one[1].value, reverse=True)  # days without a year: a meter counts up
    else:
        return
    if len(lines) < 2:
        return
    (last, current, used_token, line), (first, previous, _, _) = lines[0], lines[1]
    oldest, made = lines[-1], current.value - lines[-1][1].value
    others = [other for other in table.body if not any(other is one[3] for one in lines)]
    sums = [t for other in others for i in table.columns_of("usage") for t in other.cells.get(i, ()) if t.number]
    whole = [t for t in sums if t.value == made]
    if len(lines) > 2 and len(whole) == 1:
        first, previous, used_token = oldest[0], oldest[1], whole[0]
    unit = _unit(table, line, used_token, "")
    register = Register(
        label="", kind=UsageKind.TOTAL, unit=unit, page=table.page, row=line.row.index, previous=previous, current=current,
        usage=used_token, score=0.85,
    )  # fmt: skip
    times = [t for i in table.columns_of("multiplier") for t in line.cells.get(i, ()) if is_measure(t)]
    if len(times) == 1 and used_token and (register.advance or 0) * times[0].value == used_token.value:
        register = replace(register, multiplier=times[0])
    told = [t for i in table.columns_of("difference") for t in line.cells.get(i, ()) if is_measure(t)]
    if register.advance is not None and len(told) == 1 and told[0].value == register.advance:
        register = replace(register, difference=told[0])  # the volume; what is used stands beside it in another unit
    if register.advance is not None and (agrees(register) or (used_token is None and table.columns_of(*DATES[:-1]))):
        register = turned_to_energy(table, line, register)
        number = number_in_line(sight, table, line) or number_in_line(sight, table, oldest[3])
        yield MeterRead(number, (register,), (first, last), None, _read_kind(sight, line))
