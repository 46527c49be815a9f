"""What an act would change, or has changed, in the words of a person: "Sep 640 → 655 kWh"."""

from calendar import month_abbr
from collections.abc import Iterator
from typing import NamedTuple

from domain.period import said
from protos.profile.v1 import profile_pb2, review_pb2
from protos.values.v1 import reading_pb2


class Difference(NamedTuple):
    """One figure without an act and with it; "" where there is none."""

    what: str
    before: str
    after: str
    unit: str
    note: str = ""
    why: str = ""
    """What asks the project's explanations for the figure as it is now."""


def fields_of(preview: review_pb2.ReviewPreview, *, undone: bool = False) -> list[Difference]:
    """Return the fields that an act changes, and the identities that hold only without it or only with it."""
    rows = [Difference(one.field.replace("_", " "), said(one.before), said(one.after), "") for one in preview.fields]
    before, after = (
        {one.statement: one.verdict for one in proofs} for proofs in (preview.proofs_before, preview.proofs_after)
    )
    if before != after:
        for statement, verdict in before.items() - after.items():
            rows.append(Difference("identity", _identity(statement, verdict), "", ""))
        for statement, verdict in after.items() - before.items():
            rows.append(Difference("identity", "", _identity(statement, verdict), ""))
    return [_turned(row) for row in rows] if undone else rows


def _identity(statement: str, verdict: int) -> str:
    sign = {reading_pb2.VERDICT_PASS: "✓", reading_pb2.VERDICT_FAIL: "≠"}.get(verdict, "–")  # type: ignore[call-overload]
    return f"{sign} {statement}"


def _turned(row: Difference) -> Difference:
    return row._replace(before=row.after, after=row.before)


def differences(preview: review_pb2.ReviewPreview, *, undone: bool = False) -> list[Difference]:
    """Return the figures that an act changes; ``undone``: the preview is of taking it back, so the other way round."""
    rows = [*_profile(preview), *_months(preview)]
    return [_turned(row) for row in rows] if undone else rows


def _profile(preview: review_pb2.ReviewPreview) -> Iterator[Difference]:
    before, after = preview.profile_before, preview.profile_after
    for number in range(12):
        was, is_now = _month(before, number), _month(after, number)
        if (was and was.energy_kwh) != (is_now and is_now.energy_kwh):
            known = is_now or was
            assert known is not None
            source = profile_pb2.MonthSource.Name(known.source).removeprefix("MONTH_SOURCE_").replace("_", " ").lower()
            energy = [one.energy_kwh if one else "" for one in (was, is_now)]
            yield Difference(
                month_abbr[number + 1], energy[0], energy[1], "kWh", source, f"of=month&month={number + 1}"
            )
    if before.annual_energy_kwh != after.annual_energy_kwh:
        yield Difference("Year", before.annual_energy_kwh, after.annual_energy_kwh, "kWh", why="of=year")
    if before.annual_cost.amount != after.annual_cost.amount:
        currency = after.annual_cost.currency or before.annual_cost.currency
        yield Difference("Year, cost", before.annual_cost.amount, after.annual_cost.amount, currency, why="of=cost")


def _month(profile: profile_pb2.LoadProfile, number: int) -> profile_pb2.ProfileMonth | None:
    return profile.months[number] if len(profile.months) == 12 else None


def _months(preview: review_pb2.ReviewPreview) -> Iterator[Difference]:
    before = {one.month: one for one in preview.months_before}
    after = {one.month: one for one in preview.months_after}
    for month in sorted(before.keys() | after.keys()):
        was = before.get(month, profile_pb2.CalendarMonth())
        is_now = after.get(month, profile_pb2.CalendarMonth())
        name = f"{month[:7]} in the ledger"
        if was.distribution_kbtus != is_now.distribution_kbtus:
            yield Difference(name, was.distribution_kbtus, is_now.distribution_kbtus, "kBtu")
        if was.total_cost != is_now.total_cost:
            yield Difference(f"{name}, cost", was.total_cost, is_now.total_cost, preview.currency)
