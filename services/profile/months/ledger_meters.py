"""Statements sorted by meters: what each says of a meter and a period, with what names no meter put where it belongs.

Usages that name no meter count only where no meter of their commodity has any: they repeat the meters' sum. Charges that name
none belong to the only meter of their commodity. What belongs nowhere is told, never dropped in silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.ids import BillId
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind, UsageKind
from services.profile.fold import Mark
from services.profile.load.consumption import BILLING_DAYS_MAX
from services.profile.months.ledger_months import Association, LedgerUsage, Meter, MeterBill

_CONSUMPTION = (UsageKind.TOTAL, UsageKind.IMPORT)
_REGISTERS = (frozenset({UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK}), frozenset({UsageKind.TIER}))
_NO_AMOUNT_OF_ENERGY = frozenset({Unit.KW, Unit.KVA, Unit.KVAR, Unit.KVARH, Unit.POWER_FACTOR})


@dataclass(frozen=True, slots=True)
class ShownMeter:
    """A meter as a statement shows it."""

    meter_id: str
    commodity: Commodity
    period: Period | None
    estimated: bool = False
    therm_factor: Decimal | None = None
    associated_meter_id: str = ""
    """The meter whose distribution states this one's energy as well; empty for most."""


@dataclass(frozen=True, slots=True)
class StatedUsage:
    """A quantity; ``meter_id`` is "" where the statement ties it to none."""

    meter_id: str
    commodity: Commodity
    kind: UsageKind
    quantity: Quantity
    period: Period | None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class StatedCharge:
    """A leaf of the charges; ``meter_id`` is "" where the statement ties it to none."""

    meter_id: str
    commodity: Commodity | None
    kind: ChargeKind
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStatement:
    """One statement of the ledger. ``new_charges`` is in its currency."""

    bill_id: BillId
    ordinal: int
    mark: Mark
    account_id: str
    currency: str
    new_charges: Decimal | None
    period: Period | None
    meters: tuple[ShownMeter, ...] = ()
    usages: tuple[StatedUsage, ...] = ()
    charges: tuple[StatedCharge, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of a bill that is in no month, and why."""

    bill_id: BillId
    sentence: str


@dataclass(frozen=True, slots=True)
class SortedMeters:
    """Meters with all that statements say of them; a meter without id stands for what an account uses of a commodity."""

    meters: tuple[Meter, ...]
    currency: str
    left_out: tuple[LeftOut, ...]


def sorted_meters(statements: Sequence[LedgerStatement], currency: str = "") -> SortedMeters:
    """Sort statements by meters; the outcome does not depend on their order.

    Costs are told in one ``currency``, that of the newest bill where it is not given.
    """
    in_order = sorted(statements, key=lambda one: (one.mark, one.bill_id, one.ordinal))
    currency = currency or next((one.currency for one in reversed(in_order) if one.currency), "")
    bills: dict[tuple[str, str, Commodity], list[MeterBill]] = {}
    left_out: list[LeftOut] = []
    for statement in in_order:
        drawers = _drawers(statement)
        left_out += _place_charges(statement, drawers, currency)
        for drawer in drawers:
            account_id = "" if drawer.meter.meter_id else statement.account_id
            key = (drawer.meter.meter_id, account_id, drawer.meter.commodity)
            found = _bills(statement, drawer)
            bills.setdefault(key, []).extend(found)
            if not found and (drawer.usages or drawer.charges):
                sentence = f"The bill states no days for its {drawer.meter.commodity}, or more than {BILLING_DAYS_MAX}."
                left_out.append(LeftOut(statement.bill_id, sentence))
    association = _associations(statements)
    meters = tuple(
        Meter(meter_id, commodity, tuple(rows), association.get(meter_id, Association.STANDARD))
        for (meter_id, _, commodity), rows in sorted(bills.items())
        if rows
    )
    return SortedMeters(meters, currency, tuple(left_out))


def _associations(statements: Iterable[LedgerStatement]) -> dict[str, Association]:
    """Tell apart the meters of which both halves are in hand; a supplier's bill alone is all there is of its energy."""
    shown = {meter.meter_id: meter.associated_meter_id for one in statements for meter in one.meters}
    pairs = {supply: other for supply, other in shown.items() if other and other in shown}
    supply = dict.fromkeys(pairs, Association.SUPPLY)
    return {**dict.fromkeys(pairs.values(), Association.DISTRIBUTION), **supply}


@dataclass(slots=True)
class _Drawer:
    """One meter of one statement, and what belongs to it."""

    meter: ShownMeter
    usages: list[StatedUsage]
    charges: list[tuple[ChargeKind, Decimal]] = field(default_factory=list)


def _drawers(statement: LedgerStatement) -> list[_Drawer]:
    drawers = [
        _Drawer(meter, [one for one in statement.usages if one.meter_id == meter.meter_id])
        for meter in statement.meters
    ]
    for commodity in sorted({one.commodity for one in statement.usages if not one.meter_id}):
        loose = [one for one in statement.usages if not one.meter_id and one.commodity is commodity]
        of_commodity = [drawer for drawer in drawers if drawer.meter.commodity is commodity]
        if any(drawer.usages for drawer in of_commodity):
            continue
        if len(of_commodity) == 1:
            of_commodity[0].usages = loose
        else:
            drawers.append(_Drawer(ShownMeter("", commodity, None), loose))
    return [drawer for drawer in drawers if drawer.meter.commodity is not Commodity.SOLAR_EXPORT]


def _place_charges(statement: LedgerStatement, drawers: Sequence[_Drawer], currency: str) -> list[LeftOut]:
    left_out = []
    for charge in statement.charges:
        fitting = [drawer for drawer in drawers if _fits(charge, drawer.meter)]
        if len(fitting) == 1 and charge.currency == currency:
            fitting[0].charges.append((charge.kind, charge.amount))
        else:
            left_out.append(_cost_left_out(statement, charge.amount, charge.currency))
    if not statement.charges and statement.new_charges is not None:
        if len(drawers) == 1 and statement.currency == currency:
            drawers[0].charges.append((ChargeKind.OTHER, statement.new_charges))
        else:
            left_out.append(_cost_left_out(statement, statement.new_charges, statement.currency))
    return left_out


def _cost_left_out(statement: LedgerStatement, amount: Decimal, currency: str) -> LeftOut:
    return LeftOut(
        statement.bill_id,
        f"{amount:f} {currency} belong to no one meter, or are in another currency than the newest bill's.",
    )


def _fits(charge: StatedCharge, meter: ShownMeter) -> bool:
    if charge.meter_id:
        return charge.meter_id == meter.meter_id
    return charge.commodity is None or charge.commodity is meter.commodity


def _bills(statement: LedgerStatement, drawer: _Drawer) -> list[MeterBill]:
    """Return what a statement says of a meter, a row a period; its charges go to the longest one."""
    usual = drawer.meter.period or statement.period
    by_period: dict[Period, list[StatedUsage]] = {}
    for usage in drawer.usages:
        # A usage row without days of its own was given the statement's; the meter's own go before those.
        period = usage.period if usage.period not in (None, statement.period) else usual
        if period is not None and period.days <= BILLING_DAYS_MAX:
            by_period.setdefault(period, []).append(usage)
    if not by_period and usual is not None and usual.days <= BILLING_DAYS_MAX:
        by_period[usual] = []
    if not by_period:
        return []
    longest = max(by_period, key=lambda one: (one.days, one))
    return [
        MeterBill(
            bill_id=statement.bill_id,
            mark=statement.mark,
            period=period,
            usages=_usages(usages),
            charges=tuple(drawer.charges) if period == longest else (),
            estimated=drawer.meter.estimated or any(one.estimated for one in usages),
            therm_factor=drawer.meter.therm_factor,
        )
        for period, usages in sorted(by_period.items())
    ]


def _usages(stated: Iterable[StatedUsage]) -> tuple[LedgerUsage, ...]:
    """Return the rows as they stand; where neither a total nor an import stands, the sum of the registers as a total."""
    rows = [LedgerUsage(one.kind, one.quantity) for one in stated]
    if any(row.kind in _CONSUMPTION for row in rows):
        return tuple(rows)
    for kinds in _REGISTERS:
        parts = [row.quantity for row in rows if row.kind in kinds and row.quantity.unit not in _NO_AMOUNT_OF_ENERGY]
        if parts and len({part.unit for part in parts}) == 1:
            total = Quantity(sum((part.amount for part in parts), Decimal(0)), parts[0].unit)
            return (*rows, LedgerUsage(UsageKind.TOTAL, total))
    return tuple(rows)
