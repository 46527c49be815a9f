"""Registers: one line of a meter, its reads and what they make; and the words that tell which part of the use it counts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from domain.quantity import Commodity, Unit
from domain.reading import ReadKind, UsageKind
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tokens import MONEY_DECIMALS, Token
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import (
    COMMODITY_OF,
    POWER_UNITS,
    UNIT_PATTERN,
    USAGE_UNITS,
    VOLUME_UNITS,
    unit_of,
)

READ_MAX = Decimal(10) ** 9
"""No register shows so much; longer runs of digits are numbers of accounts and payments."""
_YEAR_LIKE = re.compile(r"^(?:19|20)\d\d$")
_WIDTH = re.compile(r"\s?mm\b")
"""Behind a number it is a meter's bore (``calibre 20 mm``)."""
_UNIT_WORD = re.compile(rf"(?<![A-Za-z0-9])(?<!\d[.,])({UNIT_PATTERN})(?![A-Za-z0-9])", re.IGNORECASE)
"""A unit may begin with digits (``000 gal``, ``100 CF``), but not in the middle of a number (``5,000 gal``)."""


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

    @property
    def value(self) -> Decimal | None:
        """What the register measured: as printed, else what its reads make."""
        return self.usage.value if self.usage is not None else self.advance


@dataclass(frozen=True, slots=True)
class MeterRead:
    """A meter and its registers. ``days`` and ``dates`` are tokens of its own line, where it has them."""

    number: Identifier | None
    registers: tuple[Register, ...]
    dates: tuple[Token, ...] = ()
    days: Token | None = None
    kind: ReadKind | None = None
    commodity: Commodity | None = None
    """What it measures, where its line itself says so."""

    @property
    def page(self) -> int:
        """The page of its first register."""
        return self.registers[0].page


def unit_in(text: str) -> Unit | None:
    """Return the unit that stands as a word in a text, the last one where there are several."""
    found = units_in(text)
    return found[-1] if found else None


def units_in(text: str) -> list[Unit]:
    """Return the units that stand as words in a text, in their order."""
    return [unit for word in _UNIT_WORD.findall(text) if (unit := unit_of(word)) is not None]


_UNITS_ONLY = re.compile(r"\bunits?\s*$", re.IGNORECASE)


def heads_both(head: str) -> bool:
    """Tell whether a head names energy and its power, one column for both (``kWh/ kW``, ``Units / kW``).

    A narrow one may lose the second.
    """
    before, _, behind = head.rpartition("/")
    first, second = unit_in(before), unit_in(behind)
    both = {first, second} in ({Unit.KWH, Unit.KW}, {Unit.KWH, Unit.KVARH})
    counted = first is None and second is Unit.KW and bool(_UNITS_ONLY.search(before))
    return counted or (first in (Unit.KWH, Unit.KW) and (both or not behind.strip()))


def one_unit(texts: Iterable[str]) -> Unit | None:
    """Return the unit that texts name (``Energia ativa em kWh``), None where they name none or several."""
    named = {unit for text in texts for unit in units_in(text)}
    return named.pop() if len(named) == 1 else None


def is_measure(token: Token) -> bool:
    """Tell whether a token may be a quantity: no money, no share, no price, no temperature, no width of a pipe."""
    number = token.number
    told = number is not None and not number.percent and not number.currency and not number.per and not token.degrees
    return told and not _WIDTH.match(token.segment.text, token.end)


def is_quantity(token: Token) -> bool:
    """Tell whether a number prints a unit of use."""
    number = token.number
    return number is not None and number.unit in USAGE_UNITS and not number.per


def is_bare(token: Token) -> bool:
    """Tell whether a number prints no unit and is not printed as money, shares and years are."""
    number = token.number
    return (
        number is not None and number.unit is None and not number.per and not number.percent and not number.currency
        and number.decimals in (0, 1, 3) and not _YEAR_LIKE.match(token.text)
    )  # fmt: skip


def may_be_use(token: Token) -> bool:
    """Tell whether a number may be a quantity that a label names."""
    return is_quantity(token) or is_bare(token)


def may_be_exact_use(token: Token) -> bool:
    """Tell whether a number may be a quantity, also one of two places, as therms are printed, where all amounts have signs."""
    number = token.number
    exact = number is not None and number.decimals == MONEY_DECIMALS and number.unit is None
    return may_be_use(token) or (exact and is_measure(token))


def may_be_read(token: Token | None) -> bool:
    """Tell whether a number may be what a meter shows: no power, no longer than registers are; nothing may be."""
    if token is None or token.number is None:
        return True
    unit = token.number.unit
    if token.value < 0 and token.number.decimals == MONEY_DECIMALS:
        return False  # an advance on an account
    return abs(token.value) < READ_MAX and (unit is None or unit in USAGE_UNITS or unit is Unit.KVARH)


def unsigned(token: Token) -> Token:
    """Return the read that a minus before it only takes away from the newer one."""
    number = token.number
    if number is None or number.value >= 0 or number.decimals == 2:
        return token
    return replace(token, number=replace(number, value=-number.value))


def kind_of(sight: Sight, label: str) -> UsageKind:
    """Return which part of the consumption a label names."""
    for meaning, kind in (
        ("export", UsageKind.EXPORT), ("generated", UsageKind.EXPORT), ("outside_off_peak", UsageKind.ON_PEAK),
        ("off_peak", UsageKind.OFF_PEAK), ("mid_peak", UsageKind.MID_PEAK),
        ("on_peak", UsageKind.ON_PEAK), ("import", UsageKind.IMPORT),
    ):  # fmt: skip
        if sight.lexicon.means(label, meaning):
            return kind
    return UsageKind.TOTAL


APPARENT = re.compile(r"\bkvah\b", re.IGNORECASE)
"""Apparent energy, which meters of industry count beside the active one that is the use."""


def kind_by_unit(sight: Sight, label: str, unit: Unit | None) -> UsageKind:
    """Return which part of the consumption a register counts, by its unit before its words."""
    if unit in POWER_UNITS:
        return UsageKind.DEMAND
    if unit in (Unit.KVAR, Unit.KVARH) or (unit is None and APPARENT.search(label)):
        return UsageKind.REACTIVE
    return kind_of(sight, label)


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


def with_units(head: str, tokens: Sequence[Token]) -> list[tuple[Token, Unit | None]]:
    """Return the numbers under a head with their units: their own, else that of the head, in turn where it names one each."""
    named = list(units_in(head))
    each = named if len(named) == len(tokens) else [unit_in(head)] * len(tokens)
    return [
        ((token, (token.number.unit if token.number else None) or unit))
        for token, unit in zip(tokens, each, strict=True)
    ]


def volume_over(sight: Sight, read: Token) -> Unit | None:
    """Return the unit of a volume in the head right over a read (``Reading (cubic metres)``)."""
    head = sight.row(read.page, read.row - 1)
    over = (s for s in head.segments if overlap(s.box, read.box) > 0) if head is not None else ()
    return next((unit for segment in over if (unit := unit_in(segment.text)) in VOLUME_UNITS), None)


def commodity_of_unit(unit: Unit | None) -> Commodity | None:
    """Return what a unit measures where the unit alone tells."""
    return COMMODITY_OF.get(unit) if unit else None


def outer_reads(registers: Sequence[Register]) -> tuple[Token | None, Token | None]:
    """Return the first and the last read of a meter's total: of one register, or of lines that each go on where another ended.

    A price that changes within the period cuts a meter's use into such lines, oldest or newest first.
    """
    if len(registers) < 2:
        return (registers[0].previous, registers[0].current) if registers else (None, None)
    if len({register.kind for register in registers}) > 1:
        return None, None  # two times of day, one of which happens to begin where the other ended
    for ordered in (registers, registers[::-1]):
        steps = pairwise(ordered)
        if all(one.current and other.previous and one.current.value == other.previous.value for one, other in steps):
            return ordered[0].previous, ordered[-1].current
    return None, None


def part_missing(parts: Sequence[Register], registers: Sequence[Register]) -> bool:
    """Tell whether a meter's other measures name a time of day that none of its parts is of: a line of it was not read."""
    mine, others = (
        {_time_of_day(r) for r in some} - {""} for some in (parts, [r for r in registers if r not in parts])
    )
    return bool(mine & others) and not others <= mine


def _time_of_day(register: Register) -> str:
    """Return what a register is called, without its unit: high peak of ``High Peak kWh`` and of ``High Peak kVarh``."""
    return " ".join(_UNIT_WORD.sub(" ", register.label.casefold()).split())


def meter_total(read: MeterRead) -> tuple[list[Register], Unit | None]:
    """Return the registers whose sum is the meter's usage, and their unit."""
    volume = [
        r
        for r in read.registers
        if r.kind not in (UsageKind.DEMAND, UsageKind.REACTIVE, UsageKind.EXPORT, UsageKind.POWER_FACTOR)
    ]
    usable = [r for r in volume if r.usage is not None or r.advance is not None]
    totals = [r for r in usable if r.kind in (UsageKind.TOTAL, UsageKind.NET)]
    parts = [r for r in usable if r not in totals]
    if not totals and part_missing(parts, read.registers):
        return [], None
    chosen = totals or parts
    if len(totals) > 2 and not parts:
        chosen = _closing(totals, totals) or totals
    if totals and parts:
        whole = sum((r.value or Decimal(0) for r in parts), Decimal(0))
        out = sum((r.value or Decimal(0) for r in read.registers if r.kind is UsageKind.EXPORT), Decimal(0))
        # A total over one part says nothing that the part does not: two registers that are equal by chance.
        closing = [r for r in totals if len(parts) > 1 and abs((r.value or Decimal(0)) - whole) <= len(parts)]
        closing = closing or [r for r in totals if out and r.value == whole - out]
        closing = closing or _closing(usable, totals)
        # A register that is called by its unit alone and counts more than several times of day together counts all of them.
        closing = closing or [r for r in totals if len(parts) > 1 and not _time_of_day(r) and (r.value or 0) > whole]
        alike = all(r.previous is not None for r in (*totals, *parts))
        chosen = closing[:1] or (usable if alike else totals)
    return chosen, next((r.unit for r in chosen if r.unit), None)


def _closing(registers: list[Register], totals: list[Register]) -> list[Register]:
    """Return the register that is the sum of all others, as the total under the times of day is."""
    everything = sum((r.value or Decimal(0) for r in registers), Decimal(0))
    return [r for r in totals if len(registers) > 2 and (r.value or Decimal(0)) * 2 == everything][:1]


def sum_of(read: MeterRead) -> Decimal | None:
    """Return what a meter measured in all, None where its registers say nothing."""
    values = [value for register in meter_total(read)[0] if (value := register.value) is not None]
    return sum(values, Decimal(0)) if values else None
