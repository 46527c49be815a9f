"""Day weights from temperatures: a heated or cooled building uses more on days that need it.

``w_day = base + heating * max(0, H - T) + cooling * max(0, T - C)``, the same path as proration by days
(``proration.DayWeight``). The base keeps mild days from weighing nothing: with too small a base a summer gas bill would be
blown up by the winter's degree days. A day without temperature weighs the mean of those that have one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.profile.months.proration import DayWeight

BALANCE_HEATING_F, BALANCE_COOLING_F = Decimal(65), Decimal(65)
"""The customary balance point of degree days in the United States [degrees Fahrenheit]."""


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """How a building's use follows the temperature. ``base`` is the use of a mild day in units of one degree-day's."""

    base: Decimal
    heating: Decimal = Decimal(1)
    cooling: Decimal = Decimal(0)
    balance_heating_f: Decimal = BALANCE_HEATING_F
    balance_cooling_f: Decimal = BALANCE_COOLING_F

    def __post_init__(self) -> None:
        """Refuse weights that could be negative or vanish on every day.

        Raises:
            ValueError: a negative number, or none above zero.
        """
        if min(self.base, self.heating, self.cooling) < 0 or not (self.base or self.heating or self.cooling):
            raise ValueError("base, heating and cooling are zero or more, not all of them zero")

    def weight(self, temperature_f: Decimal) -> Fraction:
        """Return the weight of a day of this mean temperature [degrees Fahrenheit]."""
        heating = max(Decimal(0), self.balance_heating_f - temperature_f)
        cooling = max(Decimal(0), temperature_f - self.balance_cooling_f)
        return Fraction(self.base + self.heating * heating + self.cooling * cooling)


def day_weight(rule: DegreeDays, temperatures_f: Mapping[date, Decimal]) -> DayWeight:
    """Return the weight of each day by its mean temperature [degrees Fahrenheit].

    Raises:
        ValueError: no temperature is given.
    """
    if not temperatures_f:
        raise ValueError("no temperature is given: prorate by days instead")
    weights = {day: rule.weight(temperature) for day, temperature in temperatures_f.items()}
    mean = sum(weights.values(), Fraction(0)) / len(weights)
    return lambda day: weights.get(day, mean)
