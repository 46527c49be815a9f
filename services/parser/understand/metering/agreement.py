"""Agreement: whether the reads of a line make its use, and which of its numbers the reads are where heads do not say."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.quantity import Unit
from services.parser.understand.fields.guess import is_count
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import Register, is_measure, unit_in
from services.parser.understand.metering.solve import rounding
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import ENERGY_UNITS, VOLUME_UNITS

CENT = Decimal("0.01")
"""Money is rounded to it, so that a quantity and its rate make an amount this nearly."""
SCALES = (1, 2, 3)
"""Water is counted in tens, hundreds and thousands of what it is told in."""
LOSSES_MAX = Decimal("1.15")
"""Electricity is billed with what wires lose on the way to the meter, so many times what it measured at most."""
READ_LETTERS_MAX = 9
"""Beside a read stand so many letters at most: how it was made."""
BELOW_ROWS = 4
"""A list of a meter's numbers tells its multiplier and what that makes so many lines below what the reads make."""
READ_MIN = 100
"""Smaller numbers than this make a usage by chance."""


def agrees(register: Register) -> bool:
    """Tell whether the reads of a register make its printed usage, or its digits where reads leave out the decimal point.

    Where a multiplier that stands elsewhere made the usage, they make the printed difference.
    """
    if register.usage is None or register.advance is None:
        return False
    if register.difference is not None and register.difference.value == register.advance:
        return True
    places = register.usage.number.decimals if register.usage.number and register.multiplier is None else 0
    return register.advance in (register.usage.value, register.usage.value.scaleb(places))


def raised(sight: Sight, register: Register) -> bool:
    """Tell whether a factor of the register's line makes its usage of the difference that its reads make.

    Electricity is billed with what wires lose on the way to the meter (``833``, ``1.0487``, ``873.57``).
    """
    measured, usage = register.difference, register.usage
    row = sight.row(register.page, register.row)
    if row is None or measured is None or usage is None or measured.value != register.advance:
        return False
    factors = [t for t in sight.tokens.on(row) if t.number and t.number.decimals and t not in (measured, usage)]
    return any(
        abs(measured.value * factor.value - usage.value) <= rounding(measured.value * factor.value, (factor,), usage)
        for factor in factors
    )


def in_other_unit(table: Table, line: TableRow) -> bool:
    """Tell whether a line prints a unit that is none of ours (``ton-hr``) where the other lines of its table print such."""
    columns = table.columns_of("unit_column")
    own = " ".join(line.texts.get(i, "") for i in columns)
    others = [other.texts.get(i, "") for i in columns for other in table.body if other is not line]
    return bool(own.strip()) and unit_in(own) is None and any(unit_in(text) for text in others)


def in_smaller_unit(table: Table, line: TableRow, usage: Token | None, current: Token | None) -> Token | None:
    """Return the volume that a column with its unit tells of units that stand for many of it (``35``, ``Gallons 3,500``)."""
    if usage is None or usage.value <= 1 or current is None:
        return None
    scaled = {usage.value.scaleb(places) for places in SCALES}
    for index, column in enumerate(table.columns):
        if unit_in(column.text) not in VOLUME_UNITS or usage in line.cells.get(index, ()):
            continue
        for token in line.cells.get(index, ()):
            if is_measure(token) and token.value in scaled and token.box.left > usage.box.right:
                return replace(token, number=replace(token.number, unit=unit_in(column.text))) if token.number else None
    return None


def disproved(register: Register) -> bool:
    """Tell whether a line prints both reads and a usage that they do not make, so that it is no line of this meter."""
    if register.usage is None or register.advance is None or agrees(register):
        return False
    if register.factor is not None:
        # A factor makes energy of what the reads make; a volume beside them is what they make.
        return register.difference is not None and abs(register.difference.value - register.advance) > 1
    reads = (register.previous, register.current)
    places = min((read.number.decimals for read in reads if read is not None and read.number), default=0)
    return abs(register.advance - register.usage.value) > max(Decimal(1).scaleb(-places), register.usage.value / 100)


def multiplied(register: Register) -> bool:
    """Tell whether a multiplier that is printed nowhere may make the usage of the reads."""
    advance, used = register.advance, register.usage.value if register.usage is not None else Decimal(0)
    return bool(advance and advance > 0 and used >= advance and used % advance == 0)


def multiplied_below(sight: Sight, register: Register) -> Register:
    """Return a register with the multiplier of a line right below it, where the lines after print as used what it makes.

    ``Current kWh usage 586``, ``Meter multiplier 40``, ``Metered kWh usage 23,440``.
    """
    used = register.usage
    if used is None or used.value <= 0 or register.multiplier is not None or used.value != register.advance:
        return register
    times: Token | None = None
    for index in range(used.row + 1, used.row + 1 + BELOW_ROWS):
        named = {label.concept for label in sight.labels.on(used.page, index)}
        row = sight.row(used.page, index)
        tokens = [t for t in sight.tokens.on(row) if is_measure(t)] if row is not None else []
        if times is None and "multiplier" in named and len(tokens) == 1 and tokens[0].value > 1:
            times = tokens[0]
        whole = next((t for t in tokens if times and t is not times and t.value == used.value * times.value), None)
        if whole is not None and "usage" in named:
            return replace(register, multiplier=times, difference=used, usage=whole)
    return register


def priced(one: Token | None, other: Token | None, product: Token | None) -> bool:
    """Tell whether two numbers under the heads of reads are a quantity and its price: multiplied they make the third."""
    if one is None or other is None or product is None or product.number is None or product.number.decimals != 2:
        return False
    return product.value != 0 and abs(one.value * other.value - product.value) <= CENT


def of_several(
    table: Table, line: TableRow, billed: Sequence[Token],
    reads: tuple[Token | None, Token | None], multiplier: Token | None, factor: Token | None,
) -> tuple[Token, Token | None]:  # fmt: skip
    """Return (usage, difference) of a line with several uses: the energy or the last one is billed, another was measured."""
    usage = next((t for t in billed if t.number and t.number.unit in ENERGY_UNITS), billed[-1])
    whole = whole_of(billed, *reads, multiplier)
    if whole is None and factor is None:
        whole = volume_read(table, line, billed, *reads)
    usage = whole or usage
    if factor is not None:
        return usage, next((t for t in billed if t is not usage), None)
    return usage, _without_losses(billed, usage, *reads, multiplier) if _in_kwh(table, line, usage) else None


def whole_of(
    billed: Sequence[Token], previous: Token | None, current: Token | None, times: Token | None
) -> Token | None:
    """Return the one of several uses of a line that its reads make; the others are its parts (``On peak``, ``Off peak``).

    Without reads it is the one that all others make.
    """
    if previous is None or current is None:
        used = sum((token.value for token in billed), Decimal(0)) / 2
    else:
        used = (current.value - previous.value) * (times.value if times else 1)
    whole = next((token for token in billed if token.value == used), None)
    parts = [token.value for token in billed if token is not whole]
    return whole if len(parts) > 1 and sum(parts, Decimal(0)) == used else None


def _without_losses(
    billed: Sequence[Token], usage: Token, previous: Token | None, current: Token | None, times: Token | None
) -> Token | None:
    """Return the one of several uses of a line that its reads make where the last is a little more: what wires lose is added."""
    if previous is None or current is None or usage is not billed[-1] or usage.number is None:
        return None
    made = (current.value - previous.value) * (times.value if times and not loses(times) else 1)
    whole = next((t for t in billed[:-1] if t.value == made and t.number and t.number.unit is usage.number.unit), None)
    return whole if whole is not None and made < usage.value <= made * LOSSES_MAX else None


def loses(times: Token | None) -> bool:
    """Tell whether a multiplier is that of what wires lose (``1.076``), which no meter shows."""
    return times is not None and 1 < times.value <= LOSSES_MAX


def metered_alone(
    table: Table, line: TableRow, usage: Token | None, measured: Token | None, times: Token | None
) -> bool:
    """Tell whether a line prints what a meter counted beside what is billed of it, and a multiplier of losses between them."""
    if usage is None or measured is None or not loses(times):
        return False
    return usage.value > measured.value and _in_kwh(table, line, usage) and _in_kwh(table, line, measured)


def _in_kwh(table: Table, line: TableRow, token: Token) -> bool:
    return any(unit_in(table.columns[i].text) is Unit.KWH for i, cell in line.cells.items() if token in cell)


def unstuck(register: Register) -> Register:
    """Return the register with a multiplier and a usage parted that were read as one number (``5 690 kWh``)."""
    usage, advance = register.usage, register.advance
    if (
        usage is None
        or advance is None
        or usage.number is None
        or usage.value == advance
        or register.multiplier is not None
    ):
        return register
    head, _, tail = re.sub(r"[^\d ]", "", usage.text).strip().partition(" ")
    if head.isdigit() and tail.replace(" ", "").isdigit():
        factor, used = Decimal(head), Decimal(tail.replace(" ", ""))
        if advance * factor == used:
            multiplier = replace(usage, number=replace(usage.number, value=factor, unit=None))
            return replace(
                register, multiplier=multiplier, usage=replace(usage, number=replace(usage.number, value=used))
            )
    return register


def _counts(token: Token) -> bool:
    """Tell whether a number is a whole one, be it printed with a nought behind its point (``1951038.0``)."""
    return is_count(token) or (is_measure(token) and token.value == token.value.to_integral())


def by_identity(
    line: TableRow, known: Token | None, multiplier: Token | None, usage: Token
) -> tuple[Token | None, Token | None, Token | None]:
    """Return (previous, current, multiplier) where the line's numbers make the usage from the one read that is known."""
    numbers = [t for cell in line.cells.values() for t in cell if _counts(t) and t is not usage and t is not known]
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


def unnamed_reads(
    line: TableRow, multiplier: Token | None, usage: Token
) -> tuple[Token | None, Token | None, Token | None]:
    """Return (previous, current, multiplier) where two numbers of a line under heads of no known name make its usage."""
    others = [
        t for cell in line.cells.values() for t in cell if is_measure(t) and t is not usage and t is not multiplier
    ]
    numbers = sorted((t for t in others if is_count(t)), key=lambda token: token.value)
    # Reads with decimals may be amounts, unless the line prints their difference, too.
    parted = sorted((t for t in others if t.number and t.number.decimals), key=lambda token: token.value)
    times = multiplier.value if multiplier else Decimal(1)
    for low, high in itertools.chain(itertools.combinations(numbers, 2), itertools.combinations(parted, 2)):
        advance = high.value - low.value
        told = is_count(low) or any(t.value == advance for t in parted if t is not low and t is not high)
        if low.value >= READ_MIN and advance > 0 and told and advance * times == usage.value:
            return low, high, multiplier
    return None, None, multiplier


def volume_read(
    table: Table, line: TableRow, billed: Sequence[Token], previous: Token | None, current: Token | None
) -> Token | None:
    """Return the volume that the reads make where the last column tells the same one in another unit (``HCF | Gallons``)."""
    units = [unit_in(table.columns[i].text) for i in table.columns_of("usage") if billed[-1] in line.cells.get(i, ())]
    if previous is None or current is None or not any(unit in VOLUME_UNITS for unit in units):
        return None
    return next((token for token in billed if token.value == current.value - previous.value), None)


def told_in_words(sight: Sight, token: Token | None) -> bool:
    """Tell whether a number is one of several in a text of words, which says something of its own (``3/wk, compost 2/wk``)."""
    if token is None:
        return False
    others = sum(one.number is not None for one in sight.tokens.within(token.segment)) > 1
    return others and sum(map(str.isalpha, sight.tokens.beside(token.segment))) > READ_LETTERS_MAX


def with_reads_below(table: Table) -> Iterator[TableRow]:
    """Yield the lines of a table, those that hold the days of two readings with the reads that stand right under these."""
    columns = table.columns_of("previous_read", "current_read")
    lines = list(table.body)
    while lines:
        line, below = lines.pop(0), lines[0] if lines else None
        days = [t for i in columns for t in line.cells.get(i, ())]
        if (
            below is not None and len(columns) == len(days) == 2 and all(day.when and day.when.day for day in days)
            and not below.texts and sorted(below.cells) == sorted(columns)
            and all(len(cell) == 1 and cell[0].number for cell in below.cells.values())
        ):  # fmt: skip
            lines.pop(0)
            line = replace(line, cells=line.cells | {i: (*line.cells[i], *below.cells[i]) for i in columns})
        yield line


def billed_advance(
    sight: Sight, table: Table, line: TableRow, difference: Token,
    reads: tuple[Token | None, Token | None], multiplier: Token | None,
) -> tuple[Token | None, Token | None]:  # fmt: skip
    """Return (usage, difference) of a line without a column of use: what a multiplier made of the difference stands behind it.

    Under another head (``Totales``) it does so only where the page names the multiplier.
    """
    previous, current = reads
    made = previous is not None and current is not None and current.value - previous.value == difference.value
    if made and multiplier is not None and multiplier.value != 1:
        return None, difference  # the multiplier makes the use of it
    behind = [
        t
        for i in table.columns_of("difference")
        for t in line.cells.get(i, ())
        if is_measure(t) and t.box.left > difference.box.right
    ]
    unheaded = not behind
    if unheaded:
        behind = [
            t for cell in line.cells.values() for t in cell if is_measure(t) and t.box.left > difference.box.right
        ]
        behind = sorted(behind, key=lambda token: token.box.left)[:1]
    if previous is None or current is None or len(behind) != 1 or current.value - previous.value != difference.value:
        return difference, None
    times = behind[0].value / difference.value if difference.value else Decimal(0)
    if unheaded and times not in _multipliers(sight):
        return difference, None
    return (behind[0], difference) if times >= 1 and times == times.to_integral() else (difference, None)


def _multipliers(sight: Sight) -> set[Decimal]:
    """Return the numbers that stand right behind the word for a meter's multiplier."""
    return {
        token.value
        for label in sight.labels.of("multiplier")
        for token in sight.tokens.within(label.segment)
        if token.start >= label.end and is_count(token)
    }


def multiplied_as_before(register: Register | None, multiplier: Token | None) -> Register | None:
    """Return a register with the multiplier that a line before it prints for all of them, where its use bears it out."""
    if register is None or multiplier is None or register.multiplier is not None or register.usage is None:
        return register
    made = (register.advance or Decimal(0)) * multiplier.value
    return replace(register, multiplier=multiplier) if made and made == register.usage.value else register
