"""Months as a request asks for them, looked up: whose statements, which region's factors, which temperatures."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from domain.refusals import BadRequest, NoSuchProperty, NoTemperatures
from protos.profile.v1 import profile_pb2
from runtime.postgres import Connection
from services.profile.energy.factors import FactorSet
from services.profile.ids import project_id_of, uuid_of
from services.profile.ledger.store.statements import first_days, statements_of_meter, statements_of_projects
from services.profile.months.answer import STATEMENTS_MAX, Weights, asked_months, degree_day_weight, months_message
from services.profile.months.ledger_meters import LedgerStatement
from services.profile.properties import store as properties

TEMPERATURES_MAX = 40 * 366
"""So many days of temperatures are looked at: forty years."""


async def list_months(
    connection: Connection, request: profile_pb2.ListMonthsRequest, factor_sets: Mapping[str, FactorSet]
) -> profile_pb2.ListMonthsResponse:
    """Return the months that a request asks for.

    Raises:
        BadRequest: it names neither a project nor a property nor a meter, or both of the first, or a value that is none.
        NoSuchProperty: the tenant has none of this id.
        NoTemperatures: degree days are asked for and the property has no temperatures.
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
    if projects is None:
        found = await statements_of_meter(connection, meter_id, STATEMENTS_MAX + 1)
    else:
        found = await statements_of_projects(connection, projects, STATEMENTS_MAX + 1)
    since = await first_days_behind(connection, found)
    return await asyncio.to_thread(months_message, request.project_id, asked, found, property_id, weight, since)


async def first_days_behind(connection: Connection, found: Sequence[LedgerStatement]) -> dict[str, date]:
    """Return since when the meters of statements are active, where some of theirs may be behind the STATEMENTS_MAX in hand."""
    if len(found) <= STATEMENTS_MAX:
        return {}
    return await first_days(connection, {meter.meter_id for one in found for meter in one.meters})
