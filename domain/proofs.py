"""Proofs: the accounting identities of a bill, checked on a reading.

Pure functions of the reading: the parser asks when it has read a bill, profile asks again when a person has corrected a value.
Each proof names its rule, writes itself with its numbers, and says which values it touches.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import accumulate

from domain.evidence import Fact, Method
from domain.money import Money
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import Finding, Meter, Proof, Reading, Usage, UsageKind, Verdict

CENT = Decimal("0.01")
ROUNDED_LINE = Decimal("0.005")
"""What each rounded line may add to a sum's residual [currency]."""
RATE_SLACK = Decimal("0.0006")
"""Rates are printed rounded: a product may miss its amount by this share."""
WHOLE_UNIT = Decimal(1)
ROUNDED_WHOLE, ROUNDED_TO, ROUNDED_FROM = Decimal("0.99"), 10, 1000
"""Some issuers ask for whole amounts [currency], without cents, some in thousands for whole tens, and carry the rest over."""
AVERAGE_SLACK = Decimal("0.03")

RULES = (
    "previous_less_payments_plus_new_is_due",
    "items_sum_to_new_charges",
    "quantity_times_rate_is_charge",
    "read_difference_times_multiplier_is_usage",
    "parts_sum_to_total",
    "meters_sum_to_bill",
    "newest_month_is_this_usage",
    "therms_are_volume_times_factor",
    "charges_sum_to_commodity_total",
    "charged_quantities_are_this_usage",
)
"""The identities that ``prove`` checks: the reading's values alone decide them."""
PRINTED_RULES = ("period_days_are_printed_days", "average_daily_times_days_is_usage")
"""Those that need a number which is printed and is no value of the reading: only who sees the page can check them."""

CONFIRMING_RULES = frozenset(
    {
        "newest_month_is_this_usage",
        "charges_sum_to_commodity_total",
        "average_daily_times_days_is_usage",
        "charged_quantities_are_this_usage",
    }
)
"""Those that never fail: where the numbers differ the bill may well mean something else (another month, a charge for two
commodities, last year's average, a price of a part of the use), so they confirm or are silent."""

GAS_VOLUMES = frozenset({Unit.CCF, Unit.MCF, Unit.CUBIC_METRE, Unit.CUBIC_FOOT})
GAS_ENERGIES = frozenset({Unit.THERM, Unit.DEKATHERM, Unit.KWH, Unit.GJ, Unit.MJ})
PARTS = frozenset({UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK, UsageKind.TIER})


def prove(reading: Reading) -> tuple[Proof, ...]:
    """Return every identity that the reading's values allow to check, passed or failed."""
    return (
        *_balance(reading), *_items(reading), *_products(reading), *_reads(reading), *_parts(reading),
        *_meters_sum(reading), *_newest(reading), *_therms(reading), *_commodities(reading), *_billed_use(reading),
    )  # fmt: skip


def disagreements(proofs: Iterable[Proof]) -> Iterator[Finding]:
    """Yield a finding for each identity that failed."""
    for proof in proofs:
        if proof.verdict is Verdict.FAIL:
            yield Finding(
                rule_id=proof.rule_id,
                sentence=f"The bill's own numbers do not agree: {proof.statement}.",
                data=(("residual", str(proof.residual)),),
            )


def _proof(rule_id: str, statement: str, residual: Decimal, tolerance: Decimal, fields: tuple[str, ...]) -> Proof:
    verdict = Verdict.PASS if abs(residual) <= tolerance else Verdict.FAIL
    return Proof(rule_id=rule_id, verdict=verdict, statement=statement, residual=residual, fields=fields)


def _amount(fact: Fact[Money] | None) -> Decimal:
    return fact.value.amount if fact else Decimal(0)


def _balance(reading: Reading) -> Iterator[Proof]:
    """Check previous − payments + adjustments + new = due."""
    if (
        reading.new_charges is None
        or reading.amount_due is None
        or (reading.previous_balance is None and reading.payments is None)
    ):
        return
    previous, paid, adjusted = (
        _amount(reading.previous_balance),
        _amount(reading.payments),
        _amount(reading.adjustments),
    )
    new, due = _amount(reading.new_charges), _amount(reading.amount_due)
    residual = previous - paid + adjusted + new - due
    if paid and residual == -paid:
        # The balance that the bill begins with is what the payment left, or the payment settled one that is not printed.
        if reading.previous_balance is None:
            return
        paid = residual = Decimal(0)
    if residual and abs(residual) < ROUNDED_TO and due >= ROUNDED_FROM and due % ROUNDED_TO == 0:
        return  # what is to be paid is rounded to tens: the numbers prove nothing
    whole = due == due.to_integral()
    if whole and "." in str(due) and 0 < abs(residual) <= ROUNDED_WHOLE:
        return  # it may be rounded, but is printed with its cents: the numbers prove nothing
    fields = ["new_charges", "amount_due"]
    told = ("previous_balance", "payments", "adjustments") if paid else ("previous_balance", "adjustments")
    fields += [name for name in told if getattr(reading, name) is not None]
    rounding = ROUNDED_WHOLE if whole else Decimal(0)
    yield _proof(
        "previous_less_payments_plus_new_is_due",
        f"{previous} - {paid} + {adjusted} + {new} = {due}",
        residual,
        rounding,
        tuple(fields),
    )


def _items(reading: Reading) -> Iterator[Proof]:
    """Check that the charges add up to the new charges."""
    if reading.new_charges is None or len(reading.charges) < 2:
        return
    total = sum((charge.amount.value.amount for charge in reading.charges), Decimal(0))
    new = _amount(reading.new_charges)
    yield _proof(
        "items_sum_to_new_charges",
        f"sum of {len(reading.charges)} charges {total} = {new}",
        total - new,
        max(CENT if len(reading.charges) > 3 else Decimal(0), ROUNDED_LINE * len(reading.charges) / 2),
        ("new_charges", *(f"charges[{i}].amount" for i in range(len(reading.charges)))),
    )


def _products(reading: Reading) -> Iterator[Proof]:
    """Check quantity × rate = amount for each charge that prints all three."""
    for index, charge in enumerate(reading.charges):
        if charge.quantity is None or charge.rate is None:
            continue
        amount = charge.amount.value.amount
        yield _proof(
            "quantity_times_rate_is_charge",
            f"{charge.quantity.value.amount} x {charge.rate.value} = {amount}",
            *_product_missed(charge.quantity.value.amount, charge.rate.value, amount),
            (f"charges[{index}].amount", f"charges[{index}].quantity", f"charges[{index}].rate"),
        )


def _product_missed(quantity: Decimal, rate: Decimal, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Return by how much a product of quantity and rate misses its amount, and how much it may [currency]."""
    product = quantity * rate
    return product - amount, max(CENT + ROUNDED_LINE, abs(product) * RATE_SLACK)


def _usages_of(reading: Reading, meter: Meter, commodity: Commodity) -> list[tuple[int, Usage]]:
    return [
        (i, usage)
        for i, usage in enumerate(reading.usages)
        if usage.meter_key == meter.meter_key and usage.commodity is commodity
    ]


def _reads(reading: Reading) -> Iterator[Proof]:
    """Check (current − previous) × multiplier = usage, therm factor included."""
    for index, meter in enumerate(reading.meters):
        if meter.previous_read is None or meter.current_read is None:
            continue
        advance = meter.current_read.value - meter.previous_read.value
        measured = advance * (meter.multiplier.value if meter.multiplier else Decimal(1))
        totals = [
            (i, usage)
            for i, usage in _usages_of(reading, meter, meter.commodity)
            if usage.kind in (UsageKind.TOTAL, UsageKind.NET)
        ]
        fields = [f"meters[{index}].previous_read", f"meters[{index}].current_read"]
        fields += [f"meters[{index}].multiplier"] if meter.multiplier else []
        for i, usage in [one for one in totals[:1] if not _is_derived(one[1])] or _billed(reading, meter, totals):
            used = usage.quantity.value.amount
            made, extra = measured, []
            if usage.quantity.value.unit in (Unit.THERM, Unit.DEKATHERM, Unit.KWH) and meter.therm_factor:
                made, extra = measured * meter.therm_factor.value, [f"meters[{index}].therm_factor"]
            times = f"x {meter.multiplier.value if meter.multiplier else 1}"
            times += f" x {meter.therm_factor.value}" if extra and meter.therm_factor else ""
            yield _proof(
                "read_difference_times_multiplier_is_usage",
                f"({meter.current_read.value} - {meter.previous_read.value}) {times} = {used}",
                made - used,
                max(WHOLE_UNIT / 2, abs(used) * Decimal("0.0005"))
                if extra or made != made.to_integral()
                else WHOLE_UNIT / 2,
                (*fields, *extra, f"usages[{i}].quantity", *_same_total(reading, usage)),
            )


def _is_derived(usage: Usage) -> bool:
    return usage.quantity.evidence.method is Method.DERIVED


def _billed(reading: Reading, meter: Meter, totals: list[tuple[int, Usage]]) -> list[tuple[int, Usage]]:
    """Return the bill's printed total that a lone meter's reads are held against; what they make proves nothing of them."""
    if sum(other.commodity is meter.commodity for other in reading.meters) > 1:
        return []
    units = {usage.quantity.value.unit for _, usage in totals}
    if not units and meter.therm_factor is None:
        units = {usage.quantity.value.unit for usage in reading.usages if usage.commodity is meter.commodity}
    return [
        (i, usage)
        for i, usage in enumerate(reading.usages)
        if usage.meter_key is None and usage.commodity is meter.commodity and usage.kind is UsageKind.TOTAL
        and usage.quantity.value.unit in units and not _is_derived(usage)
    ][:1]  # fmt: skip


def _same_total(reading: Reading, usage: Usage) -> tuple[str, ...]:
    """Return the bill's total of a commodity where its only meter measured it: what holds for the one holds for the other."""
    alone = sum(meter.commodity is usage.commodity for meter in reading.meters) == 1
    return tuple(
        f"usages[{i}].quantity"
        for i, other in enumerate(reading.usages)
        if alone
        and other.meter_key is None
        and other.commodity is usage.commodity
        and other.quantity.value == usage.quantity.value
    )


def _parts(reading: Reading) -> Iterator[Proof]:
    """Check that time-of-use or tier parts add up to their meter's total."""
    for meter in reading.meters:
        mine = _usages_of(reading, meter, meter.commodity)
        parts = [(i, usage) for i, usage in mine if usage.kind in PARTS]
        totals = [(i, usage) for i, usage in mine if usage.kind is UsageKind.TOTAL]
        if len(parts) < 2 or not totals:
            continue
        total = sum((usage.quantity.value.amount for _, usage in parts), Decimal(0))
        i, whole = totals[0]
        if _is_derived(whole) and meter.previous_read is None:
            continue
        yield _proof(
            "parts_sum_to_total",
            f"{' + '.join(str(usage.quantity.value.amount) for _, usage in parts)} = {whole.quantity.value.amount}",
            total - whole.quantity.value.amount,
            Decimal(1) * len(parts) / 2 if total == total.to_integral() else Decimal("0.05") * len(parts),
            (f"usages[{i}].quantity", *(f"usages[{k}].quantity" for k, _ in parts)),
        )


def _meters_sum(reading: Reading) -> Iterator[Proof]:
    """Check that the meters' totals add up to the bill's total of the commodity."""
    for commodity in Commodity:
        whole = [
            (i, u)
            for i, u in enumerate(reading.usages)
            if u.meter_key is None and u.commodity is commodity and u.kind is UsageKind.TOTAL
        ]
        meters = [
            (i, u) for i, u in enumerate(reading.usages)
            if u.meter_key is not None and u.commodity is commodity and u.kind is UsageKind.TOTAL
            and whole and u.quantity.value.unit is whole[0][1].quantity.value.unit
        ]  # fmt: skip
        if not whole or len(meters) < 2:
            continue
        total = sum((u.quantity.value.amount for _, u in meters), Decimal(0))
        i, bill = whole[0]
        yield _proof(
            "meters_sum_to_bill",
            f"{' + '.join(str(u.quantity.value.amount) for _, u in meters)} = {bill.quantity.value.amount}",
            total - bill.quantity.value.amount,
            WHOLE_UNIT,
            (f"usages[{i}].quantity", *(f"usages[{k}].quantity" for k, _ in meters)),
        )


def period_days(days: int, period_start: date, period_end: date) -> Proof:
    """Check the printed number of days against the printed days; the last one may count or not."""
    span = (period_end - period_start).days
    residual = min((span - days, span + 1 - days), key=abs)
    return _proof(
        "period_days_are_printed_days",
        f"{period_start} to {period_end} = {days} days",
        Decimal(residual),
        Decimal(0),
        ("period",),
    )


def average_daily(average: Decimal, decimals: int, days: int, used: Decimal, field: str) -> Proof:
    """Check the printed daily average × days = usage, within what rounding the average allows."""
    slack = Decimal(10) ** -decimals * days / 2 + WHOLE_UNIT
    return _proof(
        "average_daily_times_days_is_usage",
        f"{average} x {days} = {used}",
        average * days - used,
        slack,
        (field, "period"),
    )


def _newest(reading: Reading) -> Iterator[Proof]:
    """Check that the newest month of the history is this bill's usage, where it is this bill's month."""
    if reading.period is None:
        return
    last = reading.period.value.last_day
    months = {last.replace(day=1), reading.period.value.end.replace(day=1)}
    for i, usage in enumerate(reading.usages):
        if usage.kind is not UsageKind.TOTAL or (usage.meter_key is not None and len(reading.meters) > 1):
            continue
        for k, past in enumerate(reading.history):
            same = (
                past.commodity is usage.commodity
                and past.quantity is not None
                and past.quantity.value.unit is usage.quantity.value.unit
            )
            if not same or past.month not in months or past.quantity is None or past.source.value != "table":
                continue
            residual = past.quantity.value.amount - usage.quantity.value.amount
            if past.month != last.replace(day=1) and residual:
                continue
            tolerance = WHOLE_UNIT / 2
            verdict = Verdict.PASS if abs(residual) <= tolerance else Verdict.NOT_APPLICABLE
            yield Proof(
                rule_id="newest_month_is_this_usage",
                verdict=verdict,
                statement=f"history {past.month:%Y-%m} {past.quantity.value.amount} = {usage.quantity.value.amount}",
                residual=residual,
                fields=(f"usages[{i}].quantity", f"history[{k}].quantity"),
            )


def _therms(reading: Reading) -> Iterator[Proof]:
    """Check therms = CCF × factor from the usages of one meter."""
    for index, meter in enumerate(reading.meters):
        if meter.therm_factor is None:
            continue
        mine = _usages_of(reading, meter, meter.commodity)
        volume = next(((i, u) for i, u in mine if u.quantity.value.unit in GAS_VOLUMES), None)
        energy = next(((i, u) for i, u in mine if u.quantity.value.unit in GAS_ENERGIES), None)
        if volume is None or energy is None:
            continue
        made = volume[1].quantity.value.amount * meter.therm_factor.value
        yield _proof(
            "therms_are_volume_times_factor",
            f"{volume[1].quantity.value.amount} x {meter.therm_factor.value} = {energy[1].quantity.value.amount}",
            made - energy[1].quantity.value.amount,
            max(WHOLE_UNIT, made * Decimal("0.005"))
            if energy[1].quantity.value.amount == energy[1].quantity.value.amount.to_integral()
            else Decimal("0.1"),
            (f"usages[{volume[0]}].quantity", f"usages[{energy[0]}].quantity", f"meters[{index}].therm_factor"),
        )


def _commodities(reading: Reading) -> Iterator[Proof]:
    """Check that the charges of each commodity add up to its total, where every charge says its commodity."""
    if not reading.charges or any(charge.commodity is None for charge in reading.charges):
        return
    for index, total in enumerate(reading.commodity_totals):
        mine = [(i, c) for i, c in enumerate(reading.charges) if c.commodity is total.commodity]
        if len(mine) < 2:
            continue
        amount = sum((c.amount.value.amount for _, c in mine), Decimal(0))
        residual = amount - total.cost.value.amount
        if abs(residual) <= CENT * 2:
            yield _proof(
                "charges_sum_to_commodity_total",
                f"{amount} = {total.cost.value.amount}",
                residual,
                CENT * 2,
                (f"commodity_totals[{index}].cost", *(f"charges[{i}].amount" for i, _ in mine)),
            )


def _billed_use(reading: Reading) -> Iterator[Proof]:
    """Check that charges bill a usage: one prices all of it, or some one after the other, as tiers and times do, add up to it."""
    priced: list[Quantity] = []
    for charge in reading.charges:
        if charge.quantity is not None and charge.rate is not None:
            quantity = charge.quantity.value
            missed, slack = _product_missed(quantity.amount, charge.rate.value, charge.amount.value.amount)
            if quantity.amount > 0 and abs(missed) <= slack:
                priced.append(quantity)
    for i, usage in enumerate(reading.usages):
        whole = usage.quantity.value
        if usage.kind not in (UsageKind.TOTAL, UsageKind.NET) or _is_derived(usage) or whole.amount <= 0:
            continue
        alike = [quantity.amount for quantity in priced if quantity.unit is whole.unit]
        places = {total: at for at, total in enumerate(accumulate(alike, initial=Decimal(0)))}
        ends = ((end - whole.amount, at) for end, at in places.items())
        if run := next((alike[places[start] : at] for start, at in ends if start in places), ()):
            yield _proof(
                "charged_quantities_are_this_usage",
                f"{' + '.join(map(str, run))} = {whole.amount}",
                Decimal(0),
                Decimal(0),
                (f"usages[{i}].quantity", *_same_total(reading, usage)),
            )
