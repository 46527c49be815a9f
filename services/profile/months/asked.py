"""Months as a request asks for them, looked up: whose statements, which region's factors, which temperatures."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.ids import ProjectId
from domain.period import Period
from domain.refusals import BadPageToken, BadRequest, NoSuchProperty, NoTemperatures
from protos.profile.v1 import profile_pb2
from runtime.postgres import Connection
from services.profile.energy.factors import FactorSet
from services.profile.ids import project_id_of, uuid_of
from services.profile.ledger.store.statements import (
    Ends,
    across,
    first_days,
    last_days,
    statements,
)
from services.profile.load.consumption import BILLING_DAYS_MAX
from services.profile.months.answer import (
    MONTHS_MAX,
    STATEMENTS_MAX,
    AskedMonths,
    Page,
    Weights,
    asked_months,
    degree_day_weight,
    months_message,
    next_page,
)
from services.profile.months.ledger_meters import LedgerStatement
from services.profile.months.proration import DayWeight
from services.profile.paging import page_key, page_size, page_token
from services.profile.properties import store as properties

LATER_MAX = 4_000
"""So many statements behind a page are looked at for what they share with its months."""
TEMPERATURES_MAX = 40 * 366
"""So many days of temperatures are looked at: forty years."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the months of a request are made of."""

    asked: AskedMonths
    statements: Sequence[LedgerStatement]
    property_id: str
    weight: DayWeight | None
    page: Page
    whose: Sequence[ProjectId] | str


async def list_months(
    connection: Connection, request: profile_pb2.ListMonthsRequest, factor_sets: Mapping[str, FactorSet]
) -> profile_pb2.ListMonthsResponse:
    """Return the months that a request asks for; raises as ``gather`` does."""
    found = await gather(connection, request, factor_sets)
    answer = await asyncio.to_thread(told, request.project_id, found)
    before = next_page(answer, found.statements, found.page)
    if before is not None and await across(connection, found.whose, LATER_MAX, before, BILLING_DAYS_MAX) is not None:
        answer.next_page_token = page_token(request, (before.isoformat(), answer.currency))
    return answer


def told(project_id: str, found: Gathered) -> profile_pb2.ListMonthsResponse:
    """Return the months of what was gathered, without the token of the next page."""
    return months_message(project_id, found.asked, found.statements, found.property_id, found.weight, found.page)


async def gather(
    connection: Connection, request: profile_pb2.ListMonthsRequest, factor_sets: Mapping[str, FactorSet]
) -> Gathered:
    """Look up what the months of a request are made of.

    Raises:
        BadRequest: it names neither a project nor a property nor a meter, or both of the first, or a value that is none.
        NoSuchProperty: the tenant has none of this id.
        NoTemperatures: degree days are asked for and the property has no temperatures.
        BadPageToken: the token is of another list.
    """
    meter_id = uuid_of(request.meter_id, "meter_id") if request.meter_id else ""
    if request.project_id and request.property_id:
        raise BadRequest("project_id and property_id exclude each other", field="property_id")
    if request.property_id:
        property_id = uuid_of(request.property_id, "property_id")
        projects = await properties.projects_of_property(connection, property_id)
        if projects is None:
            raise NoSuchProperty
    elif request.project_id or not meter_id:
        projects = (project_id_of(request.project_id),)
        property_id = await properties.property_of_project(connection, projects[0]) or ""
    else:
        projects, property_id = None, await properties.property_of_meter(connection, meter_id) or ""
    usual_region = await properties.grid_region(connection, property_id) if property_id else ""
    asked = asked_months(request, factor_sets, usual_region)
    weight = None
    if asked.weights is Weights.DEGREE_DAYS:
        if not property_id:
            raise NoTemperatures
        weight = degree_day_weight(await properties.temperatures(connection, property_id, None, None, TEMPERATURES_MAX))
    page, whose = _page(request), meter_id if projects is None else projects
    found = await statements(connection, whose, STATEMENTS_MAX + 1, Ends(until=page.before))
    if page.before is not None:
        behind = await across(connection, whose, LATER_MAX, page.before, BILLING_DAYS_MAX)
        page = replace(page, later=await statements(connection, whose, LATER_MAX, behind) if behind else ())
    page = replace(page, spans=await spans_beyond(connection, [*page.later, *found], page.before is not None))
    return Gathered(asked, found, property_id, weight, page, whose)


def _page(request: profile_pb2.ListMonthsRequest) -> Page:
    size = page_size(request.page_size, MONTHS_MAX, MONTHS_MAX)
    key: Any = page_key(request, (str, str))
    if key is None:
        return Page(months_max=size)
    try:
        return Page(date.fromisoformat(key[0]), size, key[1])
    except ValueError as error:
        raise BadPageToken from error


async def spans_beyond(
    connection: Connection, found: Sequence[LedgerStatement], later: bool = False
) -> dict[str, Period]:
    """Return the days over which the meters of statements are active, where some of theirs may not be in hand.

    Those are earlier than the STATEMENTS_MAX in hand, and ``later`` where statements were taken from the middle.
    """
    if len(found) <= STATEMENTS_MAX and not later:
        return {}
    meter_ids = {meter.meter_id for one in found for meter in one.meters}
    first, last = await first_days(connection, meter_ids), await last_days(connection, meter_ids)
    return {meter_id: Period(first[meter_id], last[meter_id]) for meter_id in first.keys() & last.keys()}
