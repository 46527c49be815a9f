"""What one bill contributes to a load profile: the few numbers that count, taken from its readings once.

The ledger keeps a contribution beside each bill, so that choosing another active bill never reads a whole reading again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.money import Money
from domain.period import Period
from domain.quantity import Commodity
from domain.reading import DocumentKind, HistoryMonth, HistorySource, Reading
from services.profile.ledger.numbers import normalised
from services.profile.load.alignment import dated
from services.profile.load.consumption import BILLING_DAYS_MAX, consumptions

_COMPACT = json.JSONEncoder(separators=(",", ":"))


class Origin(StrEnum):
    """Where on the bill a number stood."""

    OWN = "own"
    TABLE = "table"
    CHART = "chart"


@dataclass(frozen=True, slots=True)
class Division:
    """The energy [kWh] of a stretch by period of the day (``time_of_use``), and whose tariff says when that is."""

    issuer_id: str
    tariff: str
    parts: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Energy [kWh] of one meter of an account over one period. ``meter`` is "" for the whole account.

    ``bill_id`` is set where several bills are put together.
    """

    period: Period
    energy_kwh: Decimal
    origin: Origin
    meter: str = ""
    account: str = ""
    bill_id: str = ""
    division: Division | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What an account's electricity cost over one period [currency of the contribution]: current charges only."""

    period: Period
    amount: Decimal
    origin: Origin
    account: str = ""


@dataclass(frozen=True, slots=True)
class NamedMonth:
    """A past month that the bill names without saying its days: taken for the calendar month."""

    month: date
    energy_kwh: Decimal
    cost: Decimal | None
    origin: Origin
    bill_id: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Everything of one bill that a load profile is made from."""

    country: str = ""
    currency: str = ""
    stretches: tuple[Stretch, ...] = ()
    costs: tuple[Cost, ...] = ()
    months: tuple[NamedMonth, ...] = ()

    def latest_day(self) -> date | None:
        """Return the day after the last one of the bill's own energy, or None where it has none of its own."""
        return max((one.period.end for one in self.stretches if one.origin is Origin.OWN), default=None)


def contribution_of(readings: tuple[Reading, ...]) -> Contribution:
    """Take what counts from a bill's readings; of a period stated by two of its statements the later one counts."""
    billed = [reading for reading in readings if reading.kind is not DocumentKind.NOT_A_BILL]
    country = next((reading.country.value for reading in billed if reading.country), "")
    currency = next((code for reading in billed if (code := _currency(reading))), "")
    accounts: dict[str, _Account] = {}
    for reading in billed:
        number = normalised(reading.account_number.value) if reading.account_number else ""
        accounts.setdefault(number, _Account(number, currency)).take(reading)
    taken = list(accounts.values())
    return Contribution(
        country=country,
        currency=currency,
        stretches=tuple(stretch for account in taken for stretch in account.stretches.values()),
        costs=tuple(cost for account in taken for cost in account.costs.values()),
        months=_summed_by_month([month for account in taken for month in account.months.values()]),
    )


class _Account:
    """Collects what the statements of one account in one document state; a later statement replaces an earlier one."""

    def __init__(self, number: str, currency: str) -> None:
        self._number = number
        self._currency = currency
        self.stretches: dict[tuple[str, date, date, bool], Stretch] = {}
        self.costs: dict[tuple[Period, bool], Cost] = {}
        self.months: dict[tuple[date, str], NamedMonth] = {}

    def take(self, reading: Reading) -> None:
        own = consumptions(reading)
        issuer_id = reading.issuer.issuer_id if reading.issuer else ""
        for one in own:
            division = Division(issuer_id, one.tariff, one.parts) if one.parts else None
            self._keep(Stretch(one.period, one.energy_kwh, Origin.OWN, one.meter, self._number, division=division))
        cost = _current_cost(reading, self._currency)
        if own and cost is not None:
            period = Period(min(one.period.start for one in own), max(one.period.end for one in own))
            self.costs[period, True] = Cost(period, cost, Origin.OWN, self._number)
        for row, row_period in dated(_electricity(reading.history), own):
            self._take_history(row, row_period)

    def _take_history(self, row: HistoryMonth, period: Period | None) -> None:
        energy = row.quantity.value.kwh() if row.quantity else None
        assert energy is not None
        origin = Origin.TABLE if row.source is HistorySource.TABLE else Origin.CHART
        cost = row.cost.value.amount if row.cost and row.cost.value.currency == self._currency else None
        meter = f"#{row.meter_key}" if row.meter_key else ""
        if period is None:
            known_month = self.months.get((row.month, meter))
            if known_month is None or not _is_worse(origin, known_month.origin):
                self.months[row.month, meter] = NamedMonth(row.month, energy, cost, origin)
        elif self._keep(Stretch(period, energy, origin, meter, self._number)) and cost is not None:
            self.costs[period, False] = Cost(period, cost, origin, self._number)

    def _keep(self, stretch: Stretch) -> bool:
        period = stretch.period
        key = (stretch.meter, period.start, period.end, stretch.origin is Origin.OWN)
        known = self.stretches.get(key)
        if known is not None and _is_worse(stretch.origin, known.origin):
            return False
        self.stretches[key] = stretch
        return True


def _electricity(history: tuple[HistoryMonth, ...]) -> list[HistoryMonth]:
    """Return the rows that state electricity consumed: the account's own where it prints any, else those of its meters."""
    rows = [
        row
        for row in history
        if row.commodity is Commodity.ELECTRICITY
        and row.quantity is not None
        and (energy := row.quantity.value.kwh()) is not None
        and energy >= 0
        and (row.period is None or row.period.days <= BILLING_DAYS_MAX)
    ]
    return [row for row in rows if row.meter_key is None] or rows


def _is_worse(origin: Origin, known: Origin) -> bool:
    """A bar read off a chart never replaces a printed number."""
    return origin is Origin.CHART and known is Origin.TABLE


def _currency(reading: Reading) -> str:
    if reading.currency is not None:
        return reading.currency.value
    stated = [one.cost for one in reading.commodity_totals] + ([reading.new_charges] if reading.new_charges else [])
    return stated[0].value.currency if stated else ""


def _current_cost(reading: Reading, currency: str) -> Decimal | None:
    """Return the electricity's share of the new charges: never a balance, a late fee or another commodity."""
    totals = [one.cost.value for one in reading.commodity_totals if one.commodity is Commodity.ELECTRICITY]
    if not totals and reading.new_charges is not None and _commodities(reading) == {Commodity.ELECTRICITY}:
        totals = [reading.new_charges.value]
    return _sum_in(totals, currency)


def _sum_in(amounts: list[Money], currency: str) -> Decimal | None:
    if not amounts or any(amount.currency != currency for amount in amounts):
        return None
    return sum((amount.amount for amount in amounts), Decimal(0))


def _commodities(reading: Reading) -> set[Commodity]:
    """Return every commodity that the reading speaks of; solar export is part of an electricity bill."""
    named = {meter.commodity for meter in reading.meters} | {usage.commodity for usage in reading.usages}
    named |= {total.commodity for total in reading.commodity_totals}
    named |= {charge.commodity for charge in reading.charges if charge.commodity is not None}
    return named - {Commodity.SOLAR_EXPORT}


def _summed_by_month(rows: list[NamedMonth]) -> tuple[NamedMonth, ...]:
    """Add up the rows of each month; the cost of a month is known where every part of it has one."""
    by_month: dict[date, list[NamedMonth]] = {}
    for row in rows:
        by_month.setdefault(row.month, []).append(row)
    return tuple(
        NamedMonth(
            month,
            sum((part.energy_kwh for part in parts), Decimal(0)),
            _sum_where_all([part.cost for part in parts]),
            Origin.CHART if any(part.origin is Origin.CHART for part in parts) else Origin.TABLE,
        )
        for month, parts in sorted(by_month.items())
    )


def _sum_where_all(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def encode(contribution: Contribution) -> str:
    """Return a contribution as compact JSON; equal contributions give equal text."""
    document = {
        "country": contribution.country,
        "currency": contribution.currency,
        "stretches": [
            [*_span(one.period), str(one.energy_kwh), one.origin, one.meter, one.account, *_told(one.division)]
            for one in contribution.stretches
        ],
        "costs": [[*_span(one.period), str(one.amount), one.origin, one.account] for one in contribution.costs],
        "months": [
            [one.month.isoformat(), str(one.energy_kwh), None if one.cost is None else str(one.cost), one.origin]
            for one in contribution.months
        ],
    }
    return _COMPACT.encode(document)


def decode(text: str) -> Contribution:
    """Return the contribution that ``encode`` wrote."""
    document = json.loads(text)
    return Contribution(
        country=document["country"],
        currency=document["currency"],
        stretches=tuple(
            Stretch(_period(start, end), Decimal(energy), Origin(origin), meter, account, division=_division(*division))
            for start, end, energy, origin, meter, account, *division in document["stretches"]
        ),
        costs=tuple(
            Cost(_period(start, end), Decimal(amount), Origin(origin), account)
            for start, end, amount, origin, account in document["costs"]
        ),
        months=tuple(
            NamedMonth(
                date.fromisoformat(month), Decimal(energy), None if cost is None else Decimal(cost), Origin(origin)
            )
            for month, energy, cost, origin in document["months"]
        ),
    )


def _told(division: Division | None) -> list[object]:
    if division is None:
        return []
    return [[division.issuer_id, division.tariff, [[name, str(energy)] for name, energy in division.parts]]]


def _division(told: Sequence[Any] = ()) -> Division | None:
    if not told:
        return None
    issuer_id, tariff, parts = told
    return Division(issuer_id, tariff, tuple((name, Decimal(energy)) for name, energy in parts))


def _span(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), period.end.isoformat()


def _period(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))
