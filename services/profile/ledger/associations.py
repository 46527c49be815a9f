"""Supply and distribution: two companies that bill the same energy of one meter, told apart so that it is counted once.

In open markets one company delivers and another one supplies; each sends a bill of its own with the same meter number or the same
service point. Two meters of one commodity with one of these, of two issuers, shown over the same days in one project, are such a
pair. One issuer after the other over different days is a switch, no pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from domain.ids import ProjectId
from domain.period import Period
from services.profile.ledger.numbers import normalised


@dataclass(frozen=True, slots=True)
class Candidate:
    """A meter that may be one of a pair, as its newest bills show it."""

    meter_id: str
    commodity: str
    issuer_id: str
    issuer_name: str
    number: str
    """Normalised, as ``point`` is; empty where not printed."""
    point: str
    supplier: str
    created_at: datetime
    bills_delivery: bool
    bills_supply: bool
    days: tuple[tuple[ProjectId, Period], ...]


def associated(candidates: Sequence[Candidate]) -> dict[str, str]:
    """Return the distribution meter of each supply meter; the outcome does not depend on the order given."""
    found: dict[str, str] = {}
    for one, other in combinations(sorted(candidates, key=lambda each: each.meter_id), 2):
        if _same_meter(one, other) and _share_days(one.days, other.days):
            supply, distribution = (one, other) if _supplies(one, other) else (other, one)
            known = found.get(supply.meter_id)
            if known is None or distribution.meter_id < known:
                found[supply.meter_id] = distribution.meter_id
    # A meter that another one's energy is told beside is distribution, whatever a third one says.
    distributing = set(found.values())
    return {supply: distribution for supply, distribution in found.items() if supply not in distributing}


def _same_meter(one: Candidate, other: Candidate) -> bool:
    if one.commodity != other.commodity or one.issuer_id == other.issuer_id:
        return False
    return bool((one.number and one.number == other.number) or (one.point and one.point == other.point))


def _share_days(one: Iterable[tuple[ProjectId, Period]], other: Sequence[tuple[ProjectId, Period]]) -> bool:
    """Tell whether two meters are shown over more than a boundary day of one project."""
    return any(
        first == second and (shared := mine.intersect(theirs)) is not None and shared.days > 1
        for first, mine in one
        for second, theirs in other
    )


def _supplies(one: Candidate, other: Candidate) -> bool:
    """Tell whether the first of a pair supplies what the second delivers."""
    if _names(other, one) is not _names(one, other):
        return _names(other, one)
    if one.bills_delivery is not other.bills_delivery:
        return other.bills_delivery
    if one.bills_supply is not other.bills_supply:
        return one.bills_supply
    # Nothing tells them apart: the one that was there first is taken for the one that delivers.
    return (one.created_at, one.meter_id) > (other.created_at, other.meter_id)


def _names(bill: Candidate, company: Candidate) -> bool:
    """Tell whether a bill names a company as its customer's supplier."""
    return bool(bill.supplier) and normalised(bill.supplier) == normalised(company.issuer_name)
