"""The hours of a year: a table of each month by the hour of the day, which the page's script draws hour by hour as a heat map."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from aiohttp import web

from domain.refusals import BadRequest, NoLoadProfile
from gateway.bodies import whole_of
from gateway.call import Call, Rooms, ask
from gateway.console.projects.chart import MONTH_NAMES
from gateway.console.view import page
from gateway.rest.projects.intervals import ENERGY_UNITS_PER_KWH, starts
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2

SHAPES = ("us-residential", "us-commercial")
"""Offered on the page; an operator's own shape can be named in the address (``?shape=``)."""

YEAR_FIRST, YEAR_LAST = 1970, 2100
_SHADES = 6
"""Classes of a cell's shade in the table."""


@dataclass(frozen=True, slots=True)
class MonthHours:
    """A month by the hour of the day. All numbers [0.0001 kWh]; ``month`` is what the load profile says, where it says so."""

    name: str
    by_hour: tuple[int, ...]
    total: int
    month: int

    @property
    def equal(self) -> bool:
        """Tell whether the hours sum to the month exactly."""
        return self.total == self.month


async def show_hours(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the hours of a year; ``?year=`` and ``?shape=`` choose which."""
    query = call.request.query
    year = whole_of(query.get("year", ""), YEAR_FIRST, YEAR_LAST)
    if query.get("year") and year is None:
        raise BadRequest(f"A year is a whole number from {YEAR_FIRST} to {YEAR_LAST}.", field="year")
    shape = query.get("shape", "")
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    hours_request = profile_pb2.GetHoursRequest(project_id=call.project_id, year=year or 0, shape_class=shape)
    try:
        hours = await ask(rooms, call, rooms.profiles.GetHours, hours_request)
        months_request = profile_pb2.GetLoadProfileRequest(project_id=call.project_id)
        profile = await ask(rooms, call, rooms.profiles.GetLoadProfile, months_request)
    except NoLoadProfile:
        return page("hours.html", project=project, hours=None)
    rows = list(by_hour_of_day(hours, profile))
    chosen = urlencode({"year": hours.year, "shape_class": hours.shape_class})
    api = f"/v1/projects/{call.project_id}/load_profile/hours?{chosen}"
    return page(
        "hours.html",
        project=project,
        hours=hours,
        rows=rows,
        shade=_shades(rows),
        annual=sum(hours.energies),
        shapes=tuple(dict.fromkeys((*SHAPES, hours.shape_class))),
        api=api,
        chosen=urlencode({"year": hours.year, "shape": hours.shape_class}),
        kwh=lambda energy: Decimal(energy) / ENERGY_UNITS_PER_KWH,
    )


def by_hour_of_day(hours: profile_pb2.GetHoursResponse, profile: profile_pb2.LoadProfile) -> Iterator[MonthHours]:
    """Yield each month's energy by the hour of the day, January first."""
    sums = [[0] * 24 for _ in MONTH_NAMES]
    for start, energy in zip(starts(hours), hours.energies, strict=True):
        sums[start.month - 1][start.hour] += energy
    told = {month.month: _units(month.energy_kwh) for month in profile.months}
    for number, (name, by_hour) in enumerate(zip(MONTH_NAMES, sums, strict=True), 1):
        yield MonthHours(name, tuple(by_hour), sum(by_hour), told.get(number, 0))


def _units(energy_kwh: str) -> int:
    sign = -1 if energy_kwh.startswith("-") else 1
    whole, _, rest = energy_kwh.lstrip("-").partition(".")
    return sign * (int(whole or 0) * ENERGY_UNITS_PER_KWH + int(rest.ljust(4, "0")[:4]))


def _shades(rows: list[MonthHours]) -> dict[int, int]:
    """Return for each energy of the table the class of its shade, 0 (least) to 5."""
    energies = {energy for row in rows for energy in row.by_hour}
    low, high = min(energies), max(energies)
    return {energy: (energy - low) * (_SHADES - 1) // ((high - low) or 1) for energy in energies}
