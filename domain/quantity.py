"""Quantities: an exact number with the unit it was billed in, and the trade's conversion factors."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Self


class Commodity(StrEnum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    WATER = "water"
    SEWER = "sewer"
    HEAT = "heat"
    SOLAR_EXPORT = "solar_export"


class Unit(StrEnum):
    """Units that bills print. The value is the symbol used on the wire."""

    KWH = "kWh"
    MWH = "MWh"
    KW = "kW"
    KVA = "kVA"
    KVAR = "kVAR"
    KVARH = "kVARh"
    POWER_FACTOR = "pf"
    THERM = "therm"
    DEKATHERM = "Dth"
    MMBTU = "MMBtu"
    GJ = "GJ"
    MJ = "MJ"
    CCF = "CCF"
    MCF = "MCF"
    HCF = "HCF"
    CUBIC_FOOT = "cf"
    CUBIC_METRE = "m3"
    GALLON = "gal"
    KILOGALLON = "kgal"
    LITRE = "L"


_UNITS = {unit.value: unit for unit in Unit}

TO_KWH: dict[Unit, Decimal] = {
    Unit.KWH: Decimal(1),
    Unit.MWH: Decimal(1000),
}
"""Electric energy [kWh] in one of each unit, exact by definition."""

TO_THERM: dict[Unit, Decimal] = {
    Unit.THERM: Decimal(1),
    Unit.DEKATHERM: Decimal(10),
    Unit.MMBTU: Decimal(10),
}
"""Gas energy [therm] in one of each energy unit, exact by definition. Volumes need the bill's own therm factor."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number in the unit it was printed with. Negative quantities are exports or corrections."""

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse what cannot be a quantity.

        Raises:
            ValueError: the amount is not finite.
        """
        if not self.amount.is_finite():
            raise ValueError(f"not a quantity: {self.amount}")

    @classmethod
    def of(cls, amount: str, unit: str) -> Self:
        """Build from decimal text and a unit symbol, as quantities travel on the wire.

        Raises:
            ValueError: the text is not a finite decimal number, or the unit is unknown.
        """
        try:
            return cls(Decimal(amount), _UNITS.get(unit) or Unit(unit))
        except InvalidOperation as error:
            raise ValueError(f"not a decimal number: {amount!r}") from error

    def kwh(self) -> Decimal | None:
        """Return the electric energy [kWh], or None where the unit is not one of electric energy."""
        factor = TO_KWH.get(self.unit)
        return None if factor is None else self.amount * factor

    def therms(self) -> Decimal | None:
        """Return the gas energy [therm], or None where the unit is not one of gas energy."""
        factor = TO_THERM.get(self.unit)
        return None if factor is None else self.amount * factor
