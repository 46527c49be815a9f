"""The explanation of a load profile written into its message."""

from datetime import date

from protos.profile.v1 import profile_pb2
from runtime.wire import decimal_text
from services.profile.explain.months import Part, explain_months
from services.profile.load.contribution import Contribution
from services.profile.load.observed import shown_by
from services.profile.load.profile import ENERGY_PLACES, RATE_PLACES
from services.profile.months.rounding import rounded, rounded_parts

FILLED, SUPPLIED = "filled", "supplied"
SUPPLIED_AS_COSTS = "monthly_bill"
SCALE_PLACES = 6


def write_explanation(profile: profile_pb2.LoadProfile, contribution: Contribution) -> None:
    """Let each month of a profile say from which parts of the contribution it was made, and by which price its cost."""
    explained = explain_months(contribution)
    shown = shown_by(contribution)
    price = "" if shown.blended_rate is None else decimal_text(rounded(shown.blended_rate, RATE_PLACES))
    for month in profile.months:
        if month.source == profile_pb2.MONTH_SOURCE_ESTIMATED:
            month.rule = FILLED
            month.priced_at = price
            continue
        row = shown.months.get(date(month.year, month.month, 1))
        if row is not None and row.cost is None:
            month.priced_at = price
        one = explained.get(date(month.year, month.month, 1))
        if one is None:
            # The profile was made by an earlier version of this room, which read the contribution otherwise.
            continue
        month.rule = one.rule.value
        month.scale = decimal_text(rounded(one.scale, SCALE_PLACES))
        shares = rounded_parts([part.share for part in one.parts], ENERGY_PLACES)
        for part, share in zip(one.parts, shares, strict=True):
            month.parts.append(_part(part, profile.active_bill_id, decimal_text(share)))


def explain_supplied(profile: profile_pb2.LoadProfile) -> None:
    """Let each month of a supplied profile say whether it was supplied or filled, and by which price its cost was made."""
    for month in profile.months:
        month.rule = FILLED if month.source == profile_pb2.MONTH_SOURCE_ESTIMATED else SUPPLIED
        if month.rule == FILLED or profile.supplied_as != SUPPLIED_AS_COSTS:
            month.priced_at = profile.average_rate


def _part(part: Part, active_bill_id: str, share: str) -> profile_pb2.MonthPart:
    return profile_pb2.MonthPart(
        bill_id=part.bill_id or active_bill_id,
        start=part.period.start.isoformat(),
        end=part.period.end.isoformat(),
        origin=part.origin.value,
        meter=part.meter,
        energy_kwh=decimal_text(part.energy_kwh),
        days=part.days,
        days_of_row=part.period.days,
        share_kwh=share,
    )
