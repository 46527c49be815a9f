"""Numbers of a project: the twelve months of its load profile, the hours of a year, the calendar months of the ledger."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from domain.refusals import BadRequest
from gateway.bodies import whole_of
from gateway.call import Call, Rooms, ask
from gateway.http.finish import code
from gateway.rest.answers import choice, json_response
from gateway.rest.projects.intervals import ENERGY_UNITS_PER_KWH, starts
from gateway.rest.projects.known import require_project
from gateway.rest.projects.shapes import load_profile_json
from protos.profile.v1 import profile_pb2

CSV_TYPE = "text/csv"
CSV_ROWS_AT_ONCE = 2_000
"""Rows that are put together before they are sent: some 50 KB."""


async def get_load_profile(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the project's twelve months."""
    explain = choice(call.query("explain"), "explain", ("false", "true")) == "true"
    request = profile_pb2.GetLoadProfileRequest(project_id=call.project_id, explain=explain)
    await require_project(rooms, call)
    return json_response(load_profile_json(await ask(rooms, call, rooms.profiles.GetLoadProfile, request)))


async def get_hours(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Spread the project's months over the intervals of a year."""
    query = call.query("interval", "year", "leap_day", "shape_class", "tariff_hours", "format")
    form = choice(query, "format", ("json", "csv"))
    request = profile_pb2.GetHoursRequest(
        project_id=call.project_id,
        interval_minutes=int(choice(query, "interval", ("60", "30", "15"))),
        year=_year(query),
        leave_out_leap_day=choice(query, "leap_day", ("true", "false")) == "false",
        shape_class=query.get("shape_class", ""),
        tariff_hours=query.get("tariff_hours", ""),
    )
    await require_project(rooms, call)
    hours = await ask(rooms, call, rooms.profiles.GetHours, request)
    return await _send_csv(call, hours) if form == "csv" else json_response(hours_json(hours))


async def list_months(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell the calendar months of what the project's bills state."""
    query = call.query("commodity", "meter_id", "factor_set", "region", "weights", "page_token")
    request = months_request(query, project_id=call.project_id, meter_id=query.get("meter_id", ""))
    await require_project(rooms, call)
    return json_response(months_json(await ask(rooms, call, rooms.profiles.ListMonths, request)))


def months_request(
    query: Mapping[str, str], *, project_id: str = "", property_id: str = "", meter_id: str = ""
) -> profile_pb2.ListMonthsRequest:
    """Return the request for the months of a project, a property or a meter, as a query asks for them."""
    return profile_pb2.ListMonthsRequest(
        project_id=project_id,
        property_id=property_id,
        meter_id=meter_id,
        commodity=query.get("commodity", ""),
        factor_set=query.get("factor_set", ""),
        region=query.get("region", ""),
        weights=query.get("weights", ""),
        page_token=query.get("page_token", ""),
    )


def months_json(answer: profile_pb2.ListMonthsResponse) -> dict[str, Any]:
    """Render calendar months."""
    return {
        "project_id": answer.project_id or None,
        "property_id": answer.property_id or None,
        "weights": answer.weights,
        "currency": answer.currency or None,
        "factor_set": answer.factor_set,
        "region": answer.region,
        "months": [month_json(month) for month in answer.months],
        "findings": [
            {
                "rule_id": one.rule_id,
                "sentence": one.sentence,
                "utility_bill_id": one.bill_id or None,
                "standing_utility_bill_id": one.standing_bill_id or None,
                "meter_id": one.meter_id or None,
            }
            for one in answer.findings
        ],
        "next_page_token": answer.next_page_token or None,
    }


def month_json(month: profile_pb2.CalendarMonth) -> dict[str, Any]:
    """Render a calendar month."""
    return {
        "month": month.month,
        "distribution_kbtus": month.distribution_kbtus,
        "distribution_lbs_co2": month.distribution_lbs_co2,
        "supply_kbtus": month.supply_kbtus,
        "supply_lbs_co2": month.supply_lbs_co2,
        "gallons": month.gallons,
        "demand_consumption": month.demand_consumption or None,
        "usage_cost": month.usage_cost or None,
        "demand_cost": month.demand_cost or None,
        "service_cost": month.service_cost or None,
        "interim_rate_cost": month.interim_rate_cost or None,
        "other_applied_cost": month.other_applied_cost or None,
        "tax_cost": month.tax_cost or None,
        "total_cost": month.total_cost or None,
        "estimated": month.estimated,
        "month_complete": month.month_complete,
        "days_covered": month.days_covered,
        "days_in_month": month.days_in_month,
        "utility_bill_ids": list(month.bill_ids),
    }


def hours_json(hours: profile_pb2.GetHoursResponse) -> dict[str, Any]:
    """Render the intervals of a year."""
    return {
        "project_id": hours.project_id,
        "profile_version": hours.profile_version,
        "year": hours.year,
        "interval": hours.interval_minutes,
        "leap_day": not hours.leave_out_leap_day,
        "shape_class": hours.shape_class,
        "shape_version": hours.shape_version,
        "shape_source": hours.shape_source,
        "annual_energy_kwh": _kwh(sum(hours.energies)),
        "time_of_use": [_time_of_use(one) for one in hours.time_of_use],
        "energy_kwh": [_kwh(energy) for energy in hours.energies],
    }


def _time_of_use(month: profile_pb2.TimeOfUseMonth) -> dict[str, Any]:
    return {
        "month": month.month,
        "shaped": month.shaped,
        "reason": month.reason or None,
        "tariffs": list(month.tariffs),
        "tariff_hours": month.tariff_hours or None,
        "tariff_hours_version": month.tariff_hours_version or None,
        "tariff_hours_source": month.tariff_hours_source or None,
        "periods": [
            {"period": one.period, "energy_kwh": one.energy_kwh, "minutes": one.minutes} for one in month.periods
        ],
        "as_billed": month.as_billed,
        "days_covered": month.days_covered,
        "days_in_month": month.days_in_month,
        "utility_bill_ids": list(month.bill_ids),
    }


async def _send_csv(call: Call, hours: profile_pb2.GetHoursResponse) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{CSV_TYPE}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="hours-{hours.year}-{hours.interval_minutes}min.csv"',
        }
    )
    code(call.request, response)
    await response.prepare(call.request)
    if call.request.method != "HEAD":
        lines = ["start,energy_kwh"]
        for start, energy in zip(starts(hours), hours.energies, strict=True):
            lines.append(f"{start:%Y-%m-%dT%H:%M},{_kwh(energy)}")
            if len(lines) == CSV_ROWS_AT_ONCE:
                await response.write(_csv(lines))
                lines = []
        await response.write(_csv(lines))
    await response.write_eof()
    return response


def _csv(lines: list[str]) -> bytes:
    """Return lines as RFC 4180 ends them."""
    return "".join(f"{line}\r\n" for line in lines).encode()


def _kwh(energy: int) -> str:
    whole, rest = divmod(abs(energy), ENERGY_UNITS_PER_KWH)
    return f"{'-' if energy < 0 else ''}{whole}.{rest:04}"


def _year(query: Mapping[str, str]) -> int:
    if "year" not in query:
        return 0
    year = whole_of(query["year"], 1, 9999) if len(query["year"]) == len("2026") else None
    if year is None:
        raise BadRequest("year must be four digits.", field="year")
    return year
