"""Draws one consistent bill: usage, reads, charges, balance, history."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bench.bills.model import schedules, tariffs
from bench.bills.model.bill import ZERO, Bill, Charge, Economy, HistoryMonth, Meter, Party, Register, Service
from bench.bills.model.countries import Country, customer_of, digits
from bench.bills.model.tariffs import Pricing

SEASONS = {
    "electricity": (1.08, 1.04, 0.88, 0.8, 0.84, 1.06, 1.29, 1.28, 1.08, 0.81, 0.84, 0.99),
    "gas": (2.1, 1.9, 1.5, 0.9, 0.5, 0.3, 0.22, 0.22, 0.3, 0.7, 1.3, 1.9),
    "water": (0.8, 0.8, 0.85, 0.95, 1.1, 1.3, 1.45, 1.4, 1.15, 0.95, 0.85, 0.8),
}
"""Invented shapes of a year, January to December, mean near 1."""

METERED = ("electricity", "gas", "water")
TYPICAL = {
    ("electricity", "kWh"): 620,
    ("gas", "therm"): 48,
    ("gas", "CCF"): 47,
    ("gas", "m3"): 130,
    ("gas", "kWh"): 1150,
    ("gas", "GJ"): 9,
    ("water", "HCF"): 9,
    ("water", "CCF"): 9,
    ("water", "m3"): 16,
    ("water", "gal"): 5600,
    ("water", "kgal"): 6,
}
"""A home's use in an ordinary month [unit]."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """How a family writes its identifiers: patterns for ``digits``."""

    account: str
    invoice: str
    meter: str
    service_point: str
    tariff: str


def plus_months(day: date, months: int) -> date:
    """Return the first day of the month so many months after ``day``'s."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def draw_bill(rng: Random, economy: Economy, country: Country, language: str, utility: Party, shapes: Shapes) -> Bill:
    """Return one bill of a family; same generator state, same bill."""
    first, last, days = draw_period(rng, economy)
    pricing = Pricing(rng, country.price_scale)
    services = [
        draw_service(rng, economy, commodity, last, days, pricing, shapes)
        for commodity in economy.commodities
        if commodity in METERED
    ]
    if economy.schedule:
        services, other = schedules.charged(pricing, economy, services, days)
    else:
        other = draw_other(pricing, economy, services)
    new_charges = sum((service.cost for service in services), ZERO) + sum((charge.amount for charge in other), ZERO)
    previous, payments = draw_balance(rng, economy, new_charges)
    instalment = Decimal(round(float(new_charges) * rng.uniform(0.8, 1.2))) if economy.budget else None
    adjustment = draw_adjustment(rng, economy, previous, payments)
    statement = last + timedelta(days=rng.randrange(1, 7))
    return Bill(
        utility=utility,
        supplier=f"{rng.choice(('Northlight', 'Bluefield', 'Oakline'))} Energy" if economy.supplier else "",
        customer=customer_of(rng, country, language, economy.customer_class),
        country=country.code,
        currency=country.currency,
        account_number=digits(rng, shapes.account),
        invoice_number=digits(rng, shapes.invoice),
        statement_date=statement,
        due_date=statement + timedelta(days=rng.randrange(14, 29)),
        first=first,
        last=last,
        days=days,
        next_read=last + timedelta(days=rng.randrange(28, 33) * economy.cycle_months),
        services=tuple(services),
        other_charges=tuple(other),
        previous_balance=previous,
        payments=payments,
        adjustment=adjustment,
        payment_date=last - timedelta(days=rng.randrange(5, 20)),
        new_charges=new_charges,
        instalment=instalment,
        amount_due=(previous or ZERO)
        - (payments or ZERO)
        + (adjustment or ZERO)
        + (new_charges if instalment is None else instalment),
        history=draw_history(rng, economy, services[0], last, days),
        customer_class=economy.customer_class,
    )


def draw_period(rng: Random, economy: Economy) -> tuple[date, date, int]:
    """Return the first and the last printed day and the printed length [days]."""
    start = date(2023, 1, 1) + timedelta(days=rng.randrange(0, 1100))
    if economy.period == "calendar":
        first = start.replace(day=1)
        last = plus_months(first, economy.cycle_months) - timedelta(days=1)
        return first, last, (last - first).days + 1
    length = rng.randrange(28, 34) * economy.cycle_months
    last = start + timedelta(days=length)
    return start, last, length + (1 if economy.period == "inclusive" else 0)


def draw_service(
    rng: Random, economy: Economy, commodity: str, last: date, days: int, pricing: Pricing, shapes: Shapes
) -> Service:
    """Return one commodity with meters, charges and taxes."""
    unit = {"electricity": "kWh", "gas": economy.gas_unit, "water": economy.water_unit}[commodity]
    count = economy.meters if commodity == economy.commodities[0] else 1
    meters = tuple(draw_meter(rng, economy, commodity, unit, last, days, shapes) for _ in range(count))
    charges: list[Charge] = []
    if not economy.schedule:
        make = {"electricity": tariffs.electricity, "gas": tariffs.gas, "water": tariffs.water}[commodity]
        charges = make(pricing, economy, meters, days)
        charges += tariffs.taxed(pricing, economy, charges, commodity)
    demands = [meter.demand_kw for meter in meters if meter.demand_kw is not None]
    usage = sum((meter.usage for meter in meters), ZERO)
    imported = [register.usage for register in meters[0].registers if register.concept == "import"]
    return Service(
        commodity=commodity,
        unit=unit,
        usage=usage,
        meters=meters,
        charges=tuple(charges),
        demand_kw=max(demands) if demands else None,
        usage_also=tuple(imported) if economy.net == "net" else (),
    )


def draw_usage(rng: Random, economy: Economy, commodity: str, unit: str, last: date) -> Decimal:
    """Return a whole number of units that fits the season."""
    typical = TYPICAL[commodity, unit] * economy.cycle_months * SEASONS[commodity][last.month - 1]
    if economy.customer_class == "commercial":
        typical *= rng.choice((8, 20, 60))
    return Decimal(max(round(typical * rng.uniform(0.5, 1.7)), 1))


def draw_meter(
    rng: Random, economy: Economy, commodity: str, unit: str, last: date, days: int, shapes: Shapes
) -> Meter:
    """Return one meter whose reads give its usage."""
    usage = draw_usage(rng, economy, commodity, unit, last)
    multiplier, volume, volume_unit = Decimal(1), None, ""
    factor: Decimal | None = None
    factors: tuple[Decimal, ...] = ()
    if commodity == "electricity" and economy.multiplier:
        multiplier = Decimal(rng.choice((10, 20, 40, 80, 120) if usage > 2000 else (2, 5, 10)))
    if commodity == "water" and unit == "gal":
        multiplier = Decimal(10)
    step = multiplier * Decimal(10) ** -economy.read_decimals
    usage = max((usage / step).quantize(Decimal(1)), Decimal(1)) * step
    difference = usage / multiplier
    if commodity == "gas" and unit in ("therm", "kWh", "GJ"):
        volume_unit, factor, factors = draw_factor(rng, economy, unit)
        volume = max((usage / factor).quantize(Decimal(1)), Decimal(1))
        usage = (volume * factor).quantize(Decimal("0.1") if unit in ("therm", "GJ") else Decimal(1))
        difference = volume
    start = Decimal(rng.randrange(1200, 88000)) + (Decimal(rng.randrange(10)) / 10 if economy.read_decimals else ZERO)
    registers = draw_registers(rng, economy, commodity, usage, multiplier)
    demand = None
    if commodity == "electricity" and ("demand" in economy.tariff):
        demand = Decimal(f"{float(usage) / (days * 24 * rng.uniform(0.25, 0.6)):.1f}")
    if economy.net != "none" and commodity == "electricity":
        usage = registers[0].usage - (registers[1].usage if economy.net == "net" else ZERO)
        start, difference = registers[0].read_from, registers[0].read_to - registers[0].read_from
    single = not registers or economy.net == "feed_in"
    return Meter(
        number=digits(rng, shapes.meter),
        commodity=commodity,
        tariff=shapes.tariff,
        service_point=digits(rng, shapes.service_point),
        usage=usage,
        unit=unit,
        read_from=start if single else None,
        read_to=start + difference if single else None,
        multiplier=multiplier,
        registers=registers,
        volume=volume,
        volume_unit=volume_unit,
        factor=factor,
        factors=factors,
        demand_kw=demand,
        estimated=rng.random() < 0.12,
    )


def draw_factor(rng: Random, economy: Economy, unit: str) -> tuple[str, Decimal, tuple[Decimal, ...]]:
    """Return the unit that gas is measured in, what one of it is worth [unit], and the numbers that this is the product of."""
    match economy.gas_factors:
        case "state":
            heating, state = Decimal(f"{rng.uniform(10.9, 11.6):.3f}"), Decimal(f"{rng.uniform(0.91, 0.97):.4f}")
            return "m3", heating * state, (heating, state)
        case "calorific":
            correction, value = Decimal("1.02264"), Decimal(f"{rng.uniform(38.6, 39.9):.1f}")
            return "m3", correction * value / Decimal("3.6"), (correction, value)
        case _:
            volume_unit, low, high = {
                "therm": ("CCF", 1.01, 1.06),
                "kWh": ("m3", 10.4, 11.6),
                "GJ": ("m3", 0.0372, 0.0391),
            }[unit]
            return volume_unit, Decimal(f"{rng.uniform(low, high):.4f}"), ()


def draw_registers(
    rng: Random, economy: Economy, commodity: str, usage: Decimal, multiplier: Decimal
) -> tuple[Register, ...]:
    """Return the registers that a time-of-use or two-way meter has."""
    if commodity != "electricity":
        return ()
    whole = int(usage / multiplier)
    if economy.net != "none":
        exported = max(int(whole * rng.uniform(0.15, 0.6)), 1)
        parts = [("import", whole), ("export", exported)]
        if economy.net == "net" and whole - exported >= len(economy.registers) > 0:
            parts += zip(economy.registers, cut(rng, whole - exported, len(economy.registers)), strict=True)
    elif economy.registers and whole >= len(economy.registers):
        parts = list(zip(economy.registers, cut(rng, whole, len(economy.registers)), strict=True))
    elif "tou" in economy.tariff and whole >= 10:
        on_peak, mid_peak = int(whole * rng.uniform(0.15, 0.3)), int(whole * rng.uniform(0.2, 0.35))
        parts = [("on_peak", on_peak), ("mid_peak", mid_peak), ("off_peak", whole - on_peak - mid_peak)]
    else:
        return ()
    registers = []
    for concept, amount in parts:
        start = Decimal(rng.randrange(900, 60000))
        registers.append(Register(concept=concept, usage=amount * multiplier, read_from=start, read_to=start + amount))
    return tuple(registers)


def cut(rng: Random, whole: int, count: int) -> list[int]:
    """Return so many whole parts of a number that is at least as large, none of them nothing."""
    weights = [rng.uniform(0.5, 1.5) for _ in range(count)]
    parts = [1 + int((whole - count) * weight / sum(weights)) for weight in weights[1:]]
    return [whole - sum(parts), *parts]


def draw_other(pricing: Pricing, economy: Economy, services: list[Service]) -> list[Charge]:
    """Return the charges that belong to no metered commodity."""
    charges = []
    if "water" in economy.commodities:
        metered = next(service for service in services if service.commodity == "water")
        charges += tariffs.sewer_and_refuse(pricing, economy, metered.usage, metered.unit)
    if economy.late_fee and pricing.rng.random() < 0.6:
        charges.append(pricing.fixed("late_fee", "other", "", 1.5, 9.0))
    if economy.credit:
        amount = -pricing.flat(0.4, 2.5)
        charges.append(Charge(concept="paperless", section="other", commodity="", amount=amount))
    return charges


def draw_balance(rng: Random, economy: Economy, new_charges: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Return the balance of the last bill and the payments since; both None where the family prints neither."""
    kind = economy.balance
    if kind == "any":
        kind = rng.choice(("settled", "settled", "settled", "arrears", "partial", "credit"))
    previous = Decimal(f"{float(new_charges) * rng.uniform(0.7, 1.3):.2f}")
    match kind:
        case "none":
            return None, None
        case "instalments":
            return None, Decimal(round(float(new_charges) * rng.uniform(0.75, 1.15)))
        case "arrears":
            return previous, Decimal("0.00")
        case "partial":
            return previous, Decimal(f"{float(previous) * rng.uniform(0.3, 0.8):.2f}")
        case "credit":
            return -Decimal(f"{float(new_charges) * rng.uniform(0.05, 0.4):.2f}"), Decimal("0.00")
        case _:
            return previous, previous


def draw_adjustment(
    rng: Random, economy: Economy, previous: Decimal | None, payments: Decimal | None
) -> Decimal | None:
    """Return a late charge where something was left unpaid, or now and then a credit, where the family prints them."""
    if not economy.adjustment or previous is None:
        return None
    if previous > (payments or ZERO):
        return Decimal(f"{float(previous - (payments or ZERO)) * 0.015:.2f}") or None
    return Decimal(f"{-rng.uniform(1.0, 12.0):.2f}") if rng.random() < 0.4 else None


def draw_history(rng: Random, economy: Economy, service: Service, last: date, days: int) -> tuple[HistoryMonth, ...]:
    """Return the past periods, oldest first, the newest being the billed one."""
    rows = []
    season = SEASONS[service.commodity]
    level = float(service.usage) / season[last.month - 1]
    price = float(service.cost) / max(float(service.usage), 1)
    for back in range(economy.history_months - 1, -1, -1):
        month = plus_months(last, -back * economy.cycle_months)
        quantity = Decimal(max(round(level * season[month.month - 1] * rng.uniform(0.8, 1.25)), 1))
        newest = back == 0
        rows.append(
            HistoryMonth(
                month=month,
                days=days if newest else rng.randrange(28, 34) * economy.cycle_months,
                quantity=service.usage if newest else quantity,
                cost=service.cost if newest else Decimal(f"{float(quantity) * price * rng.uniform(0.93, 1.07):.2f}"),
                estimated=rng.random() < 0.08,
            )
        )
    return tuple(rows)
