"""Why a month is what it is: the rule in words, and the arithmetic from the parts of the bills to the number."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from gateway.bodies import whole_of
from gateway.console.projects.chart import MONTH_NAMES
from protos.profile.v1 import profile_pb2

RULES = {
    "own_period": "The bill's own period is this month.",
    "shared_by_days": "Each bill's energy is shared out evenly over its days; those in this month count here.",
    "scaled": "As many days as bills show are shared out, and their sum is scaled up to the whole month.",
    "named_month": "A bill's history names this month, so its row counts as it stands.",
    "filled": "No bill shows this month: it is filled from the others by their season.",
    "supplied": "Somebody supplied this number.",
}
"""What each rule of the contract (ProfileMonth.rule) does."""

ORIGINS = {"own": "its own period", "table": "a row of its history table", "chart": "a bar of its history chart"}


@dataclass(frozen=True, slots=True)
class Part:
    """What one row of a bill gives to the month."""

    bill_id: str
    file_name: str
    origin: str
    meter: str
    first: str
    until: str
    energy_kwh: str
    days: int
    days_of_row: int
    share_kwh: str


@dataclass(frozen=True, slots=True)
class Why:
    """The explanation of one month; ``sum_kwh`` of the parts times ``scale`` is its energy."""

    name: str
    rule: str
    method: str
    parts: tuple[Part, ...]
    sum_kwh: Decimal
    scale: str
    energy_kwh: str


def explained(profile: profile_pb2.LoadProfile, month: str, names: Mapping[str, str]) -> Why | None:
    """Return how a month ("3") was made; None where none is asked for. ``names`` are the files of bills, as far as known."""
    asked = whole_of(month, 1, 12)
    found = next((one for one in profile.months if one.month == asked), None)
    if found is None or not found.rule:
        return None
    parts = tuple(
        Part(
            bill_id=part.bill_id,
            file_name=names.get(part.bill_id, ""),
            origin=ORIGINS.get(part.origin, part.origin),
            meter=part.meter,
            first=part.start,
            until=part.end,
            energy_kwh=part.energy_kwh,
            days=part.days,
            days_of_row=part.days_of_row,
            share_kwh=part.share_kwh,
        )
        for part in found.parts
    )
    return Why(
        name=f"{MONTH_NAMES[found.month - 1]} {found.year or ''}".strip(),
        rule=RULES.get(found.rule, found.rule.replace("_", " ")),
        method=profile.method if found.rule == "filled" else "",
        parts=parts,
        sum_kwh=sum((Decimal(part.share_kwh or 0) for part in parts), Decimal(0)),
        scale=found.scale,
        energy_kwh=found.energy_kwh,
    )
