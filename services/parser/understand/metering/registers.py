"""Registers: one line of a meter, its reads and what they make; and the words that tell which part of the use it counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import ReadKind, UsageKind
from services.parser.understand.layout.tokens import Token
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF, UNIT_PATTERN, USAGE_UNITS, unit_of

READ_MAX = Decimal(10) ** 9
"""No register shows so much; longer runs of digits are numbers of accounts and payments."""
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
    found = _UNIT_WORD.findall(text)
    return unit_of(found[-1]) if found else None


def is_measure(token: Token) -> bool:
    """Tell whether a token may be a quantity: no money, no share, no price, no temperature."""
    number = token.number
    return number is not None and not number.percent and not number.currency and not number.per and not token.degrees


def may_be_read(token: Token | None) -> bool:
    """Tell whether a number may be what a meter shows: no power, no longer than registers are; nothing may be."""
    if token is None or token.number is None:
        return True
    unit = token.number.unit
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
        ("export", UsageKind.EXPORT), ("generated", UsageKind.EXPORT),
        ("off_peak", UsageKind.OFF_PEAK), ("mid_peak", UsageKind.MID_PEAK),
        ("on_peak", UsageKind.ON_PEAK), ("import", UsageKind.IMPORT),
    ):  # fmt: skip
        if sight.lexicon.means(label, meaning):
            return kind
    return UsageKind.TOTAL


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


def commodity_of_unit(unit: Unit | None) -> Commodity | None:
    """Return what a unit measures where the unit alone tells."""
    return COMMODITY_OF.get(unit) if unit else None


def part_missing(parts: Sequence[Register], registers: Sequence[Register]) -> bool:
    """Tell whether a meter's other measures name a time of day that none of its parts is of: a line of it was not read."""
    mine, others = (
        {_time_of_day(r) for r in some} - {""} for some in (parts, [r for r in registers if r not in parts])
    )
    return bool(mine & others) and not others <= mine


def _time_of_day(register: Register) -> str:
    """Return what a register is called, without its unit: high peak of ``High Peak kWh`` and of ``High Peak kVarh``."""
    return " ".join(_UNIT_WORD.sub(" ", register.label.casefold()).split())
