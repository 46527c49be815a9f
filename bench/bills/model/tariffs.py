"""Charges: what a tariff makes of a usage. Each amount is quantity x rate, rounded half up to cents."""

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from bench.bills.model.bill import ZERO, Charge, Economy, Meter, cents

SUBSCRIBED_KW = ("2.3", "3.45", "4.6", "5.75", "6.9", "9.2", "3", "4.5", "6")
RIDERS = ("fuel", "public_benefit", "carbon", "regulatory", "transmission")


@dataclass(frozen=True, slots=True)
class Pricing:
    """Draws prices at a country's level."""

    rng: Random
    scale: float

    def rate(self, low: float, high: float, places: int) -> Decimal:
        """Return a price [currency per unit] between two United States prices."""
        while places and low * self.scale > 20:
            places -= 1
        return Decimal(f"{self.rng.uniform(low, high) * self.scale:.{places}f}")

    def flat(self, low: float, high: float) -> Decimal:
        """Return an amount [currency] between two United States amounts."""
        return Decimal(f"{self.rng.uniform(low, high) * self.scale:.2f}")

    def by_quantity(
        self, concept: str, section: str, commodity: str, quantity: Decimal, unit: str, low: float, high: float
    ) -> Charge:
        """Return quantity x rate as a charge."""
        rate = self.rate(low, high, self.rng.choice((4, 5, 5, 6)))
        return Charge(
            concept=concept,
            section=section,
            commodity=commodity,
            amount=cents(quantity * rate),
            quantity=quantity,
            unit=unit,
            rate=rate,
        )

    def fixed(self, concept: str, section: str, commodity: str, low: float, high: float) -> Charge:
        """Return a charge without a quantity."""
        return Charge(concept=concept, section=section, commodity=commodity, amount=self.flat(low, high))


def standing(pricing: Pricing, economy: Economy, section: str, commodity: str, days: int, months: int) -> Charge:
    """Return the charge for being connected, by the day where the family bills it so."""
    if economy.subscribed and commodity == "electricity":
        power, rate = Decimal(pricing.rng.choice(SUBSCRIBED_KW)), pricing.rate(0.03, 0.09, 6)
        return Charge(
            concept="power", section=section, commodity=commodity, amount=cents(power * days * rate), quantity=power,
            unit="kW", rate=rate, days=Decimal(days),
        )  # fmt: skip
    if economy.standing_by_day:
        return pricing.by_quantity("standing", section, commodity, Decimal(days), "day", 0.25, 0.6)
    return pricing.fixed("standing", section, commodity, 7.0 * months, 24.0 * months)


def energy(pricing: Pricing, economy: Economy, meter: Meter, section: str, low: float, high: float) -> list[Charge]:
    """Return the charges by energy [unit of the meter] of one meter."""
    commodity, unit = meter.commodity, meter.unit
    if economy.tariff in ("tou", "tou_demand") and meter.registers and commodity == "electricity":
        return [
            pricing.by_quantity(register.concept, section, commodity, register.usage, unit, low, high * 1.3)
            for register in meter.registers
        ]
    if economy.tariff == "tiers" and meter.usage > 20:
        limit = Decimal(round(float(meter.usage) * pricing.rng.uniform(0.35, 0.8)))
        limit = max(limit.quantize(Decimal("1E1")), Decimal(10)).quantize(Decimal(1))
        values = {"limit": f"{limit}"}
        first = pricing.by_quantity("energy_first", section, commodity, limit, unit, low, high)
        rest = pricing.by_quantity("energy_over", section, commodity, meter.usage - limit, unit, low, high * 1.4)
        return [replace(first, values=values), replace(rest, values=values)]
    return [pricing.by_quantity("energy", section, commodity, meter.usage, unit, low, high)]


def electricity(pricing: Pricing, economy: Economy, meters: tuple[Meter, ...], days: int) -> list[Charge]:
    """Return the charges for electricity before taxes."""
    months, commodity = economy.cycle_months, "electricity"
    supply, delivery = ("supply", "delivery") if economy.split_supply else ("electricity", "electricity")
    usage = sum((meter.usage for meter in meters), ZERO)
    charges = [standing(pricing, economy, delivery, commodity, days, months)]
    by_energy: list[Charge] = []
    for index, meter in enumerate(meters):
        place = index if len(meters) > 1 else None
        by_energy.extend(replace(charge, meter=place) for charge in energy(pricing, economy, meter, supply, 0.07, 0.16))
        if meter.demand_kw is not None and "demand" in economy.tariff:
            demand = pricing.by_quantity("demand", delivery, commodity, meter.demand_kw, "kW", 4.0, 14.0)
            by_energy.append(replace(demand, meter=place))
    if economy.split_supply:
        charges.append(pricing.by_quantity("distribution", delivery, commodity, usage, "kWh", 0.02, 0.06))
        charges.extend(charge for charge in by_energy if charge.section == "delivery")
        charges = [charge for charge in by_energy if charge.section == "supply"] + charges
    else:
        charges.extend(by_energy)
    for rider in pricing.rng.sample(RIDERS, economy.riders):
        charges.append(pricing.by_quantity(rider, delivery, commodity, usage, "kWh", 0.0008, 0.012))
    if economy.reactive:
        kvarh = Decimal(pricing.rng.randrange(40, 900))
        charges.append(pricing.by_quantity("reactive", delivery, commodity, kvarh, "kVARh", 0.01, 0.03))
    exported = next(
        (register.usage for meter in meters for register in meter.registers if register.concept == "export"), None
    )
    if economy.net == "feed_in" and exported:
        credit = pricing.by_quantity("export_credit", delivery, commodity, exported, "kWh", 0.03, 0.07)
        charges.append(replace(credit, amount=-credit.amount))
    return charges


def gas(pricing: Pricing, economy: Economy, meters: tuple[Meter, ...], days: int) -> list[Charge]:
    """Return the charges for gas before taxes."""
    unit = meters[0].unit
    price = {"therm": 0.9, "CCF": 0.9, "m3": 0.32, "kWh": 0.03, "GJ": 8.0}[unit]
    supply, delivery = ("supply", "delivery") if economy.split_supply else ("gas", "gas")
    charges = [standing(pricing, economy, delivery, "gas", days, economy.cycle_months)]
    usage = sum((meter.usage for meter in meters), ZERO)
    for meter in meters:
        charges.extend(energy(pricing, economy, meter, supply, price * 0.6, price * 1.2))
    charges.append(pricing.by_quantity("distribution", delivery, "gas", usage, unit, price * 0.2, price * 0.6))
    riders = pricing.rng.sample(("carbon", "public_benefit", "regulatory"), min(economy.riders, 2))
    small = [pricing.by_quantity(rider, delivery, "gas", usage, unit, price * 0.01, price * 0.06) for rider in riders]
    return charges + small


def water(pricing: Pricing, economy: Economy, meters: tuple[Meter, ...], days: int) -> list[Charge]:
    """Return the charges for water before taxes; sewer and refuse stand in sections of their own."""
    unit = meters[0].unit
    price = {"HCF": 3.6, "CCF": 3.6, "m3": 1.3, "gal": 0.0048, "kgal": 4.8}[unit]
    charges = [standing(pricing, economy, "water", "water", days, economy.cycle_months)]
    for meter in meters:
        charges.extend(energy(pricing, economy, meter, "water", price * 0.7, price * 1.4))
    return charges


def sewer_and_refuse(pricing: Pricing, economy: Economy, water_usage: Decimal, unit: str) -> list[Charge]:
    """Return what a municipal bill adds to water."""
    price = {"HCF": 4.1, "CCF": 4.1, "m3": 1.5, "gal": 0.0055, "kgal": 5.5}[unit]
    charges = []
    if "sewer" in economy.commodities:
        charges.append(pricing.fixed("sewer_fixed", "sewer", "sewer", 6, 18))
        charges.append(
            pricing.by_quantity("sewer_volume", "sewer", "sewer", water_usage, unit, price * 0.7, price * 1.3)
        )
    if "refuse" in economy.commodities:
        charges.append(pricing.fixed("refuse", "refuse", "refuse", 14, 32))
        charges.append(pricing.fixed("stormwater", "refuse", "refuse", 3, 9))
    return charges


def taxed(pricing: Pricing, economy: Economy, charges: list[Charge], commodity: str) -> list[Charge]:
    """Return the taxes on a commodity's charges."""
    rng, base = pricing.rng, sum((charge.amount for charge in charges), ZERO)

    def share(concept: str, percent: str, of: Decimal = base) -> Charge:
        amount = cents(of * Decimal(percent) / 100)
        values = {"percent": percent}
        return Charge(
            concept=concept,
            section="taxes",
            commodity=commodity,
            amount=amount,
            percent=Decimal(percent),
            base=of,
            values=values,
        )

    match economy.taxes:
        case "percent":
            rates = [("sales_tax", rng.choice(("4.00", "6.25", "7.5", "2.9")))]
            if rng.random() < 0.7:
                rates.append(("franchise", rng.choice(("1.5", "3.00", "5.00"))))
            return [share(concept, percent) for concept, percent in rates]
        case "vat":
            return [share("vat", economy.vat)]
        case "vat_split":
            reduced = next((charge.amount for charge in charges if charge.concept in ("standing", "power")), ZERO)
            return [share("vat", "5.5", reduced), share("vat", "20.0", base - reduced)]
        case "gst":
            return [share("duty", rng.choice(("6.00", "9.00"))), share("local_tax", rng.choice(("1.00", "2.50")))]
        case "fixed":
            return [pricing.fixed("city_fee", "taxes", commodity, 0.8, 4.0)]
        case _:
            return []
