"""The page that says why a number of a project is what it is: a year, a month, a band, an hour; each at an address of its own.

With a script the page's explanation opens beside the number (``why.js``), without one the link leads to it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from domain.refusals import BadRequest, NoSuchBill
from gateway.bodies import whole_of
from gateway.call import Call, Rooms, ask
from gateway.console.projects.chart import chart_of
from gateway.console.projects.hours import YEAR_FIRST, YEAR_LAST
from gateway.console.projects.why import explained
from gateway.console.view import page
from gateway.rest.projects.intervals import ENERGY_UNITS_PER_KWH, starts
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2

NAMES_MAX = 40
"""Bills of a month whose file names are asked for, one by one."""

SATURDAY = 5
TIME_OF_USE_REASONS = {
    "hours_not_known": "no tariff hours are known that fit what the bills print",
    "tariffs_differ": "its meters are on several tariffs",
    "not_all_meters": "one of its meters has no such rows",
    "too_few_days": "the rows cover half of the month or less",
    "does_not_sum": "the rows are not the energy that they divide",
    "no_energy": "all rows are zero",
    "no_hours_in_month": "the tariff gives a period with energy no hour of the month",
    "not_asked": "they were to be left aside",
}
"""Why time-of-use rows of bills do not shape a month (TimeOfUseMonth.reason)."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the day. Energies [0.0001 kWh]: of all weekdays of the month, and of all its other days; or of one day."""

    hour: int
    weekdays: int
    weekend: int

    @property
    def both(self) -> int:
        """Return what all days of the month used in this hour."""
        return self.weekdays + self.weekend


async def show_why(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Explain one number: ``?of=`` year, cost, band, month (``&month=3``), hours (``&month=3``) or day (``&day=2026-03-08``)."""
    what = call.request.query.get("of", "")
    told = _TOLD.get(what)
    if told is None:
        raise BadRequest(f"of must be one of {', '.join(_TOLD)}.", field="of")
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    request = profile_pb2.GetLoadProfileRequest(project_id=call.project_id, explain=True)
    profile = await ask(rooms, call, rooms.profiles.GetLoadProfile, request)
    return page(
        "why.html",
        project=project,
        here=f"/console/projects/{call.project_id}",
        of=what,
        profile=profile,
        prices={month.month: month.priced_at for month in profile.months},
        kwh=lambda energy: Decimal(energy) / ENERGY_UNITS_PER_KWH,
        **await told(rooms, call, profile),
    )


async def _year(_rooms: Rooms, _call: Call, profile: profile_pb2.LoadProfile) -> dict[str, Any]:
    return {"bars": chart_of(profile).bars}


async def _month(rooms: Rooms, call: Call, profile: profile_pb2.LoadProfile) -> dict[str, Any]:
    number = _number(call, "month", 1, 12)
    parts = [part.bill_id for month in profile.months if month.month == number for part in month.parts]
    why = explained(profile, str(number), await _names(rooms, call, parts))
    if why is None:
        raise BadRequest("The load profile does not say how this month was made.", field="month")
    (bar,) = [bar for bar in chart_of(profile).bars if bar.month == number]
    return {"why": why, "bar": bar}


async def _hours(rooms: Rooms, call: Call, profile: profile_pb2.LoadProfile) -> dict[str, Any]:
    month = _number(call, "month", 1, 12)
    hours = await _asked_hours(rooms, call)
    days = {start.date() for start in starts(hours) if start.month == month}
    weekdays = sum(day.weekday() < SATURDAY for day in days)
    sums = [[0, 0] for _ in range(24)]
    for start, energy in zip(starts(hours), hours.energies, strict=True):
        if start.month == month:
            sums[start.hour][start.weekday() >= SATURDAY] += energy
    rows = [Hour(hour, *both) for hour, both in enumerate(sums)]
    return {**_spread(hours, profile, month), "rows": rows, "weekdays": weekdays, "weekend_days": len(days) - weekdays}


async def _day(rooms: Rooms, call: Call, profile: profile_pb2.LoadProfile) -> dict[str, Any]:
    try:
        day = date.fromisoformat(call.request.query.get("day", ""))
    except ValueError as error:
        raise BadRequest("day must be a day such as 2026-03-08.", field="day") from error
    hours = await _asked_hours(rooms, call)
    if day.year != hours.year:
        raise BadRequest(f"These are the hours of {hours.year}.", field="day")
    energies = [energy for start, energy in zip(starts(hours), hours.energies, strict=True) if start.date() == day]
    told = {"day": day, "energies": energies, "hour": whole_of(call.request.query.get("hour", ""), 0, 23)}
    return {**_spread(hours, profile, day.month), **told}


def _spread(hours: profile_pb2.GetHoursResponse, profile: profile_pb2.LoadProfile, month: int) -> dict[str, Any]:
    (bar,) = [bar for bar in chart_of(profile).bars if bar.month == month]
    shaped = next((one for one in hours.time_of_use if one.month == month), None)
    chosen = urlencode({"year": hours.year, "shape": hours.shape_class})
    reasons = TIME_OF_USE_REASONS
    return {"hours": hours, "bar": bar, "shaped": shaped, "time_of_use_reasons": reasons, "chosen": chosen}


async def _asked_hours(rooms: Rooms, call: Call) -> profile_pb2.GetHoursResponse:
    year = _number(call, "year", YEAR_FIRST, YEAR_LAST) if "year" in call.request.query else 0
    request = profile_pb2.GetHoursRequest(
        project_id=call.project_id, year=year, shape_class=call.request.query.get("shape", "")
    )
    return await ask(rooms, call, rooms.profiles.GetHours, request)


async def _names(rooms: Rooms, call: Call, bill_ids: Sequence[str]) -> dict[str, str]:
    names = {}
    for bill_id in list(dict.fromkeys(bill_ids))[:NAMES_MAX]:
        request = ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=bill_id)
        try:
            names[bill_id] = (await ask(rooms, call, rooms.ingest.GetBill, request)).file_name
        except NoSuchBill:  # deleted, which profile has not heard of yet
            continue
    return names


def _number(call: Call, name: str, least: int, most: int) -> int:
    number = whole_of(call.request.query.get(name, ""), least, most)
    if number is None:
        raise BadRequest(f"{name} must be a whole number from {least} to {most}.", field=name)
    return number


_TOLD: dict[str, Callable[[Rooms, Call, profile_pb2.LoadProfile], Awaitable[dict[str, Any]]]] = {
    "year": _year,
    "cost": _year,
    "band": _year,
    "month": _month,
    "hours": _hours,
    "day": _day,
}
"""By what is asked for: the values of the page."""
