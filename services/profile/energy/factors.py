"""Factor sets: what one unit of a commodity is in kBtu, in pounds of CO2, in gallons; versioned data with their sources.

A set is a JSON file in this folder. Numbers that were published under a set must come out the same for ever, so a set is never
changed: a new year or a correction is a new version.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources

from domain.quantity import Commodity, Quantity, Unit

ENERGYPRINT = "energyprint-compat"
"""The flat factors by which EnergyPrint's published samples come out."""

EGRID = "epa-egrid-2022"
DEFAULT_REGION = "US"


class UnknownFactor(ValueError):
    """The set has no factor for a commodity and unit: the quantity has no such figure, and none is invented."""


class AmbiguousUnit(UnknownFactor):
    """MCF means a thousand cubic feet on American gas bills and a million elsewhere; the issuer must settle it."""


@dataclass(frozen=True, slots=True)
class FactorSet:
    """Factors by commodity and unit. ``co2`` is by region; a commodity of one factor everywhere has DEFAULT_REGION only."""

    name: str
    version: str
    source: str
    kbtu: Mapping[Commodity, Mapping[Unit, Fraction]]
    """Site energy [kBtu] in one unit."""
    co2: Mapping[Commodity, Mapping[str, Fraction]]
    """Carbon dioxide [lb]: of one kWh of electricity by region, of one kBtu of anything else."""
    gallons: Mapping[Unit, Fraction]
    """Water [US gal] in one unit."""

    @property
    def label(self) -> str:
        """Name and version in one word."""
        return f"{self.name}/{self.version}"

    def kbtu_of(self, commodity: Commodity, quantity: Quantity, therm_factor: Fraction | None = None) -> Fraction:
        """Return the site energy [kBtu] of a quantity.

        Args:
            commodity: What was measured.
            quantity: How much, in the unit it was billed in.
            therm_factor: Therms in one unit of a gas volume, as the bill itself states it; wins over the set's.

        Raises:
            UnknownFactor: the set has none, or the unit is ambiguous.
        """
        if therm_factor is not None and commodity is Commodity.GAS and quantity.therms() is None:
            return Fraction(quantity.amount) * therm_factor * self.kbtu[Commodity.GAS][Unit.THERM]
        factor = self.kbtu.get(commodity, {}).get(quantity.unit)
        if factor is None:
            if quantity.unit is Unit.MCF:
                raise AmbiguousUnit(f"{quantity.unit} of {commodity}: a thousand or a million cubic feet?")
            raise UnknownFactor(f"{self.label} has no kBtu for {quantity.unit} of {commodity}")
        return Fraction(quantity.amount) * factor

    def pounds_co2_of(self, commodity: Commodity, kbtu: Fraction, region: str = DEFAULT_REGION) -> Fraction:
        """Return the carbon dioxide [lb] of so much site energy [kBtu].

        Raises:
            UnknownFactor: the set has none for the commodity or the region.
        """
        by_region = self.co2.get(commodity, {})
        factor = by_region.get(region)
        if factor is None and commodity is not Commodity.ELECTRICITY:
            factor = by_region.get(DEFAULT_REGION)
        if factor is None:
            raise UnknownFactor(f"{self.label} has no CO2 for {commodity} in {region}")
        if commodity is Commodity.ELECTRICITY:
            return kbtu / self.kbtu[Commodity.ELECTRICITY][Unit.KWH] * factor
        return kbtu * factor

    def gallons_of(self, quantity: Quantity) -> Fraction:
        """Return the US gallons of a volume of water.

        Raises:
            UnknownFactor: the unit is no volume of water.
        """
        factor = self.gallons.get(quantity.unit)
        if factor is None:
            raise UnknownFactor(f"{self.label} has no gallons for {quantity.unit}")
        return Fraction(quantity.amount) * factor


def packaged_factor_sets() -> dict[str, FactorSet]:
    """Read the sets that come with this package, by name."""
    folder = resources.files("services.profile.energy")
    sets = [factor_set_of(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    return {one.name: one for one in sets}


def factor_set_of(text: str) -> FactorSet:
    """Return the set that a JSON document describes.

    Raises:
        ValueError: the document, a unit or a commodity is not known.
        KeyError: a field is missing.
    """
    document = json.loads(text, parse_float=Fraction, parse_int=Fraction)
    return FactorSet(
        name=document["name"],
        version=document["version"],
        source=document["source"],
        kbtu={
            Commodity(commodity): {Unit(unit): factor for unit, factor in units.items()}
            for commodity, units in document["kbtu"].items()
        },
        co2={Commodity(commodity): dict(regions) for commodity, regions in document["co2"].items()},
        gallons={Unit(unit): factor for unit, factor in document["gallons"].items()},
    )
