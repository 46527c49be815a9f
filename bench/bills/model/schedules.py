"""Charges after a declared schedule: the lines of a real tariff in their order, each counted by what it says it is counted by."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bench.bills.model.bill import ZERO, Charge, Economy, Item, Service, cents
from bench.bills.model.tariffs import SUBSCRIBED_KW, Pricing

METERED_BY = {"sewer": "water"}
"""Whose meter counts a commodity that has none."""


def charged(
    pricing: Pricing, economy: Economy, services: Sequence[Service], days: int
) -> tuple[list[Service], list[Charge]]:
    """Return the services with their charges, and the charges that belong to no metered commodity."""
    power = Decimal(pricing.rng.choice(SUBSCRIBED_KW))
    charges: list[Charge] = []
    for item in economy.schedule:
        if pricing.rng.random() < item.chance:
            commodity = {"bill": "", "": economy.commodities[0]}.get(item.commodity, item.commodity)
            charge = priced(pricing, item, commodity, services, days, power, charges)
            if charge is not None and charge.amount:
                charges.append(charge)
    metered = {service.commodity for service in services}
    mine = [
        replace(service, charges=tuple(charge for charge in charges if charge.commodity == service.commodity))
        for service in services
    ]
    return mine, [charge for charge in charges if charge.commodity not in metered]


def priced(
    pricing: Pricing,
    item: Item,
    commodity: str,
    services: Sequence[Service],
    days: int,
    power: Decimal,
    before: Sequence[Charge],
) -> Charge | None:
    """Return one charge, or None where this bill has nothing that it is counted by."""
    charge = Charge(concept=item.concept, section=item.section, commodity=commodity, amount=ZERO)
    sign = -1 if item.credit else 1
    if item.per == "percent":
        base = sum((one.amount for one in before if taxed(item, commodity, one)), ZERO)
        percent = sign * Decimal(item.percent)
        values = {"percent": item.percent}
        return replace(charge, amount=cents(base * percent / 100), percent=percent, base=base, values=values)
    rate = Decimal(f"{pricing.rng.uniform(*item.price):.{item.places}f}")
    if item.per == "bill":
        return replace(charge, amount=sign * cents(rate))
    if item.per == "kw_day":
        amount = sign * cents(power * days * rate)
        return replace(charge, amount=amount, quantity=power, unit="kW", rate=rate, days=Decimal(days))
    service = next(
        (one for one in services if one.commodity == METERED_BY.get(commodity, commodity or services[0].commodity)),
        services[0],
    )
    counted = counted_by(item.per, service, days)
    if counted is None:
        return None
    quantity, unit, limit = counted
    return replace(
        charge,
        amount=sign * cents(quantity * rate),
        quantity=quantity,
        unit=unit,
        rate=rate,
        values={"limit": f"{limit}"} if limit else {},
    )


def taxed(item: Item, commodity: str, charge: Charge) -> bool:
    """Return whether a percentage is of a charge."""
    named = not item.of or charge.section in item.of or charge.concept in item.of
    return named and commodity in ("", charge.commodity)


def counted_by(per: str, service: Service, days: int) -> tuple[Decimal, str, Decimal | None] | None:
    """Return quantity and unit of what a line is counted by, and where its block of the usage ends."""
    meter = service.meters[0]
    kind, _, which = per.partition("/")
    match kind:
        case "day":
            return Decimal(days), "day", None
        case "usage":
            return service.usage, service.unit, None
        case "first" | "rest":
            limit = (service.usage * Decimal(which) / 100).quantize(Decimal(1))
            return (limit if kind == "first" else service.usage - limit), service.unit, limit
        case "register" | "export":
            registers = [one for one in meter.registers if one.concept == (which or "export")]
            return (registers[0].usage, service.unit, None) if registers else None
        case "kw":
            return None if service.demand_kw is None else (service.demand_kw, "kW", None)
        case "volume":
            return None if meter.volume is None else (meter.volume, meter.volume_unit, None)
        case unknown:
            raise ValueError(f"no such measure of a charge: {unknown}")
