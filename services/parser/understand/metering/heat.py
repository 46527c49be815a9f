"""Heat: the energy that a meter's volume is billed as, where the factors and the energy stand on lines after the reads."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from domain.quantity import Commodity
from services.parser.understand.fields.context import THERMAL_UNITS
from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import MONEY_DECIMALS, Token
from services.parser.understand.metering.registers import MeterRead, Register, is_measure, is_quantity, unit_in
from services.parser.understand.metering.solve import FACTOR_MAX, FACTOR_MIN, rounding
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import ENERGY_UNITS, POWER_UNITS, VOLUME_UNITS

ROWS_MAX = 14
WITHOUT_ENERGY = frozenset({Commodity.WATER, Commodity.SEWER})
"""What no factor makes energy of, also where the gas meter's stands near."""
MULTIPLIES, DIVIDES = ("x", "X", "×", "*"), ("/", "÷", ":")
FACTORS_MAX = 3
BARE_ENERGY_MIN = 10
DECIMALS_MIN = 2
"""Factors without a sign of multiplication are printed with this many places at least; quantities are not."""


def with_energy(sight: Sight, read: MeterRead) -> MeterRead:
    """Return a meter of one volume with the energy made of it, where the page prints factors and an energy that fit exactly."""
    if len(read.registers) != 1 or read.commodity in WITHOUT_ENERGY:
        return read
    register = read.registers[0]
    volume = register.value
    if volume is None or volume < 1 or register.unit in ENERGY_UNITS:
        return read
    if register.factor is not None and register.unit not in VOLUME_UNITS:
        return read
    for factors in _factors(sight, register):
        product = volume
        for factor in factors:
            product = product / factor.value if _signed(factor, DIVIDES) else product * factor.value
        if product == volume and register.unit not in VOLUME_UNITS:
            continue  # a multiplier of one makes no energy of a volume
        if (energy := _energy(sight, register, product, factors)) is not None and energy.number is not None:
            made = replace(
                register, factor=_joined(factors, product / volume), difference=_measured(register),
                usage=energy, unit=energy.number.unit, score=0.9,
            )  # fmt: skip
            return replace(read, registers=(made,))
    elsewhere = _told_elsewhere(sight, register, volume) if register.unit in VOLUME_UNITS else None
    if elsewhere is not None:
        return replace(read, registers=(elsewhere,))
    if register.usage is not None and register.usage.value != register.advance:
        return read  # what is printed as used is no more than what the reads make, else it is corrected already
    return replace(read, registers=(_corrected(sight, register, volume),))


def _told_elsewhere(sight: Sight, register: Register, volume: Decimal) -> Register | None:
    """Return a register of a volume with the energy that a factor named elsewhere makes of it, where charges bill so much.

    Suppliers print the factor over the charges (``Conversion factor 11.87 kWh/m3``) and the reads in a list of their own.
    """
    factors = {
        token.value: token
        for label in sight.labels.of("therm_factor")
        for token in sight.tokens.within(label.segment)
        if token.start >= label.end and token.number and token.number.per and token.number.unit in ENERGY_UNITS
        and token.number.decimals and FACTOR_MIN <= token.value <= FACTOR_MAX
    }  # fmt: skip
    if len(factors) != 1:
        return None
    (factor,) = factors.values()
    product = volume * factor.value
    billed = [t for t in sight.tokens.all() if is_quantity(t) and t.number and t.number.unit in ENERGY_UNITS]
    made = [t for t in billed if t.value >= BARE_ENERGY_MIN and _fits(t, product, (factor,)) and _is_charged(sight, t)]
    if not made or len({token.value for token in made}) > 1 or made[0].number is None:
        return None
    return replace(
        register, factor=factor, difference=_measured(register), usage=made[0], unit=made[0].number.unit, score=0.9
    )


def _is_charged(sight: Sight, token: Token) -> bool:
    """Tell whether money stands behind a quantity on its line."""
    return any(is_money(other) and other.box.left > token.box.right for other in sight.tokens.on(token.segment))


def _measured(register: Register) -> Token | None:
    """Return the volume that a register measured, in the unit that stands with it or over its column."""
    volume = register.usage or register.difference
    if volume is None or volume.number is None or volume.number.unit is not None:
        return volume
    return replace(volume, number=replace(volume.number, unit=register.unit))


def _factors(sight: Sight, register: Register) -> Iterator[tuple[Token, ...]]:
    """Yield the numbers near the reads that may be factors, alone and multiplied with each other."""
    found: list[Token] = []
    for index in range(register.row - 2, register.row + ROWS_MAX):
        row = sight.row(register.page, index)
        if row is None:
            continue
        named = any(label.concept in ("therm_factor", "multiplier") for label in sight.labels.on(register.page, index))
        for token in sight.tokens.on(row):
            number = token.number
            if number is None or number.percent or number.currency or not FACTOR_MIN <= number.value <= FACTOR_MAX:
                continue
            if number.unit in POWER_UNITS:
                continue
            told = named or (number.per and number.unit in ENERGY_UNITS) or _named_above(sight, token)
            in_product = _signed(token, MULTIPLIES) or _signed(token, DIVIDES)
            if (number.decimals >= DECIMALS_MIN and told) or (number.decimals and in_product):
                found.append(token)
    found = found[: 2 * FACTORS_MAX]
    for count in range(1, FACTORS_MAX + 1):
        yield from itertools.combinations(found, count)


def _named_above(sight: Sight, token: Token) -> bool:
    """Tell whether the line right over a number names it a factor, in a column of captions and values."""
    return any(
        label.concept == "therm_factor" and overlap(label.segment.box, token.box) > 0
        for label in sight.labels.on(token.page, token.row - 1)
    )


def _joined(factors: tuple[Token, ...], product: Decimal) -> Token:
    """Return one factor that stands for all: a single one as printed, several with what they make together."""
    first, last = factors[0], factors[-1]
    if len(factors) == 1 or first.number is None:
        return first
    number = replace(first.number, value=product, unit=None, per="")
    if first.segment is not last.segment:
        return replace(first, number=number)
    return replace(first, end=last.end, box=first.segment.box_of(first.start, last.end), number=number)


def _signed(token: Token, signs: tuple[str, ...]) -> bool:
    """Tell whether one of some signs of arithmetic stands before or in a number."""
    before = token.segment.text[: token.start].rstrip()
    if before.endswith(":") and not before[:-1].rstrip()[-1:].isdigit():
        # The colon of a label divides nothing.
        return False
    return before[-1:] in signs or token.text[:1] in signs


def _energy(sight: Sight, register: Register, product: Decimal, factors: tuple[Token, ...]) -> Token | None:
    """Return the printed energy that volume and factors make: near the reads, else in a summary of the page."""
    near = range(register.row - 2, register.row + ROWS_MAX)
    for index in near:
        for token in _numbers(sight, register.page, index):
            labels = sight.labels.on(register.page, index)
            named = any(label.concept == "usage" for label in labels)
            number = token.number
            if number is None or not _fits(token, product, factors) or not (number.unit in ENERGY_UNITS or named):
                continue
            if number.unit is None and (number.value == register.value or number.value < BARE_ENERGY_MIN):
                continue  # the volume once more, or a number of one digit, as lines are counted by
            if number.unit is not None:
                return token
            unit = next((u for u in (unit_in(label.segment.text) for label in labels) if u in ENERGY_UNITS), None)
            if unit is not None and (number.decimals != MONEY_DECIMALS or sight.signs_money):
                return replace(token, number=replace(number, unit=unit))
    elsewhere = (row.index for row in sight.sheet(register.page).rows if row.index not in near)
    return next(
        (
            token for index in elsewhere for token in _numbers(sight, register.page, index)
            if token.number and token.number.unit in THERMAL_UNITS and _fits(token, product, factors)
        ),
        None,
    )  # fmt: skip


def _corrected(sight: Sight, register: Register, volume: Decimal) -> Register:
    """Return a register with the volume that a factor makes of the measured one, as gas is corrected for pressure."""
    for (factor,) in (factors for factors in _factors(sight, register) if len(factors) == 1):
        product = volume * factor.value
        for index in range(register.row + 1, register.row + ROWS_MAX):
            row = sight.row(register.page, index)
            named = any(label.concept == "usage" for label in sight.labels.on(register.page, index))
            for token in sight.tokens.on(row) if row is not None and named else ():
                exact = is_measure(token) and abs(token.value - product) <= rounding(product, (factor,), token)
                units = (
                    (token.number.unit if token.number else None, *(unit_in(s.text) for s in row.segments))
                    if row
                    else ()
                )
                unit = next((one for one in units if one in VOLUME_UNITS), None)
                if exact and token.value != volume and unit is not None and register.unit in (None, unit):
                    return replace(register, factor=factor, usage=token, unit=unit)
    return register


def _numbers(sight: Sight, page: int, index: int) -> tuple[Token, ...]:
    row = sight.row(page, index)
    return tuple(token for token in sight.tokens.on(row) if token.number is not None) if row is not None else ()


def _fits(token: Token, product: Decimal, factors: tuple[Token, ...]) -> bool:
    """Tell whether a number may be the energy that a product makes: no price, no share, no volume, and as large."""
    number = token.number
    if number is None or number.per or number.percent or number.currency or number.unit in VOLUME_UNITS:
        return False
    return abs(number.value - product) <= rounding(product, factors, token)


def energy_each(table: Table, line: TableRow) -> Token | None:
    """Return a factor that says what energy one of a volume is (``x 4.6377 kWh/m3``)."""
    cells = (t for i in table.columns_of("therm_factor") for t in line.cells.get(i, ()))
    return next((t for t in cells if t.number and t.number.unit in ENERGY_UNITS and t.number.per), None)


def turned_to_energy(table: Table, line: TableRow, register: Register) -> Register:
    """Return a register of a volume with the energy that a factor of its line makes of it, where another column prints it."""
    volume = register.usage
    factors = [
        t for i in table.columns_of("therm_factor", "multiplier") for t in line.cells.get(i, ()) if is_measure(t)
    ]
    for index in table.columns_of("usage"):
        unit = unit_in(table.columns[index].text)
        for energy in line.cells.get(index, ()) if unit in ENERGY_UNITS and register.unit in VOLUME_UNITS else ():
            factor = next((f for f in factors if volume and _makes(volume, f, energy)), None)
            if factor is not None and energy is not volume:
                return replace(register, factor=factor, difference=volume, usage=energy, unit=unit)
    return register


def _makes(volume: Token, factor: Token, energy: Token) -> bool:
    product = volume.value * factor.value
    return is_measure(energy) and abs(product - energy.value) <= rounding(product, (factor,), energy)
