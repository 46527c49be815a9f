"""All bills of a project as one contribution: the policy ``merged``.

Where two bills speak of the same meter and days the one read later stands, as in the ledger; a bill's own energy goes before any
bill's history.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from domain.ids import BillId
from services.profile.load.contribution import Contribution, NamedMonth, Origin


def merged(contributions: Iterable[tuple[BillId, Contribution]]) -> Contribution:
    """Put contributions together, given in the order in which they were read.

    Costs in another currency than the newest bill's are left out. What overlaps is settled later (``observed.untangled``):
    there, of two alike, the later one in order stands.
    """
    bills = [(bill_id, one) for bill_id, one in contributions if one.stretches or one.months]
    country = next((one.country for _, one in reversed(bills) if one.country), "")
    currency = next((one.currency for _, one in reversed(bills) if one.currency), "")
    months: dict[date, NamedMonth] = {}
    for bill_id, one in bills:
        for row in one.months:
            known = months.get(row.month)
            if known is None or not (row.origin is Origin.CHART and known.origin is Origin.TABLE):
                cost = row.cost if one.currency == currency else None
                months[row.month] = replace(row, cost=cost, bill_id=bill_id)
    return Contribution(
        country=country,
        currency=currency,
        stretches=tuple(replace(stretch, bill_id=bill_id) for bill_id, one in bills for stretch in one.stretches),
        costs=tuple(cost for _, one in bills if one.currency == currency for cost in one.costs),
        months=tuple(months[month] for month in sorted(months)),
    )
