"""Properties over gRPC."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from domain.refusals import BadRequest, NoSuchProperty, RequestReused
from protos.profile.v1 import properties_pb2, properties_pb2_grpc
from runtime.postgres import Connection, Database
from runtime.rpc.identity import current_caller
from runtime.wire import decimal_text, time_to_proto
from services.profile.energy.factors import FactorSet
from services.profile.ids import day_if_given, day_of, project_id_of, uuid_of
from services.profile.ledger.calls.lists import metadata_of
from services.profile.paging import page_key, page_size, page_token
from services.profile.properties import store
from services.profile.properties.store import COLUMNS, Property
from services.profile.store import ProjectKey

PROJECTS_MAX = 100
TEMPERATURES, TEMPERATURES_MAX = 1_000, 4_000
TEMPERATURE_F_MAX = Decimal(150)
_LENGTHS = {
    "external_id": 200,
    "name": 200,
    "street_address": 300,
    "city": 100,
    "region": 100,
    "postal_code": 20,
    "country": 2,
    "primary_use": 100,
    "grid_region": 20,
}


class PropertiesServicer(properties_pb2_grpc.PropertiesServicer):
    """Keeps what callers say of buildings and sites, and which projects are about them."""

    def __init__(self, database: Database, factor_sets: Mapping[str, FactorSet]) -> None:
        self._database = database
        self._grid_regions = {
            region for one in factor_sets.values() for regions in one.co2.values() for region in regions
        }

    async def CreateProperty(
        self, request: properties_pb2.CreatePropertyRequest, context: Any
    ) -> properties_pb2.Property:
        """Make a property and map projects to it."""
        given = [name for name in _FIELDS if _is_given(request.property, name)]
        fields = self._fields(request.property, ["name", *given])
        projects = [project_id_of(one) for one in request.project_ids]
        if len(projects) > PROJECTS_MAX:
            raise BadRequest(f"project_ids are at most {PROJECTS_MAX}", field="project_ids")
        if len(request.request_id) > 255 or "\0" in request.request_id:
            raise BadRequest("request_id has at most 255 characters", field="request_id")
        asked = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
        property_id = str(uuid4())
        async with self._writing() as connection:
            tenant_id = current_caller().tenant()
            if not await store.add(connection, tenant_id, property_id, fields, (request.request_id, asked)):
                known = await store.of_request(connection, request.request_id)
                if known is None or known.request_hash != asked:
                    raise RequestReused
                return property_message(known)
            await store.map_projects(connection, tenant_id, property_id, projects)
            return await _property(connection, property_id)

    async def GetProperty(self, request: properties_pb2.GetPropertyRequest, context: Any) -> properties_pb2.Property:
        """Return one property."""
        async with self._reading() as connection:
            return await _property(connection, uuid_of(request.property_id, "property_id"))

    async def GetPropertyOfProject(
        self, request: properties_pb2.GetPropertyOfProjectRequest, context: Any
    ) -> properties_pb2.Property:
        """Return the property that a project maps to, made where there is none."""
        project_id = project_id_of(request.project_id)
        async with self._reading() as connection:
            found = await store.property_of_project(connection, project_id)
            if found is not None:
                return await _property(connection, found)
        caller = current_caller()
        async with self._database.tenant(caller.tenant()) as connection:
            await store.give_properties(connection, [ProjectKey(caller.tenant(), project_id)])
            made = await store.property_of_project(connection, project_id)
            return await _property(connection, made or "")

    async def ListProperties(
        self, request: properties_pb2.ListPropertiesRequest, context: Any
    ) -> properties_pb2.ListPropertiesResponse:
        """Return a page of the tenant's properties, newest first."""
        size = page_size(request.page_size)
        before: Any = page_key(request, (datetime, UUID))
        async with self._reading() as connection:
            found = await store.page(connection, current_caller().tenant(), before, size + 1)
        page, more = found[:size], found[size:]
        return properties_pb2.ListPropertiesResponse(
            properties=[property_message(one) for one in page],
            next_page_token=page_token(request, (page[-1].created_at, page[-1].property_id)) if more else "",
        )

    async def UpdateProperty(
        self, request: properties_pb2.UpdatePropertyRequest, context: Any
    ) -> properties_pb2.Property:
        """Change the fields that the mask names."""
        property_id = uuid_of(request.property.property_id, "property_id")
        if not request.fields:
            raise BadRequest("fields names what shall change", field="fields")
        fields = self._fields(request.property, request.fields)
        async with self._writing() as connection:
            if not await store.change(connection, property_id, fields):
                raise NoSuchProperty
            return await _property(connection, property_id)

    async def MapProject(self, request: properties_pb2.MapProjectRequest, context: Any) -> properties_pb2.Property:
        """Map a project to a property instead of to its former one."""
        property_id = uuid_of(request.property_id, "property_id")
        project_id = project_id_of(request.project_id)
        async with self._writing() as connection:
            if await store.projects_of_property(connection, property_id) is None:
                raise NoSuchProperty
            await store.map_projects(connection, current_caller().tenant(), property_id, [project_id])
            return await _property(connection, property_id)

    async def DeleteProperty(
        self, request: properties_pb2.DeletePropertyRequest, context: Any
    ) -> properties_pb2.DeletePropertyResponse:
        """Delete a property with its temperatures."""
        async with self._writing() as connection:
            await store.delete(connection, uuid_of(request.property_id, "property_id"))
        return properties_pb2.DeletePropertyResponse()

    async def UpdateTemperatures(
        self, request: properties_pb2.UpdateTemperaturesRequest, context: Any
    ) -> properties_pb2.UpdateTemperaturesResponse:
        """Store mean temperatures of days."""
        property_id, days = uuid_of(request.property_id, "property_id"), _temperatures(request)
        async with self._writing() as connection:
            if await store.projects_of_property(connection, property_id) is None:
                raise NoSuchProperty
            tenant_id = current_caller().tenant()
            return properties_pb2.UpdateTemperaturesResponse(
                days=await store.save_temperatures(connection, tenant_id, property_id, days)
            )

    async def ListTemperatures(
        self, request: properties_pb2.ListTemperaturesRequest, context: Any
    ) -> properties_pb2.ListTemperaturesResponse:
        """Return a page of temperatures, by day."""
        property_id = uuid_of(request.property_id, "property_id")
        size = page_size(request.page_size, TEMPERATURES, TEMPERATURES_MAX)
        behind = page_key(request, (str,))
        first = day_if_given(request.from_day if behind is None else str(behind[0]), "from_day")
        until = day_if_given(request.until_day, "until_day")
        async with self._reading() as connection:
            if await store.projects_of_property(connection, property_id) is None:
                raise NoSuchProperty
            found = await store.temperatures(connection, property_id, first, until, size + 1)
        page, more = found[:size], found[size:]
        return properties_pb2.ListTemperaturesResponse(
            temperatures=[
                properties_pb2.DayTemperature(day=one.day.isoformat(), mean_f=decimal_text(one.mean_f)) for one in page
            ],
            next_page_token=page_token(request, (more[0].day.isoformat(),)) if more else "",
        )

    def _fields(self, told: properties_pb2.Property, names: Collection[str]) -> dict[str, Any]:
        """Return the columns that a message's fields fill.

        Raises:
            BadRequest: a name is none, or a value is none of its field.
        """
        fields = {}
        for name in names:
            column = _FIELDS.get(name)
            if column is None:
                raise BadRequest(f"{name[:80]!r} is not a field that can be set", field="fields")
            fields[column] = _CHECKS.get(name, _plain)(getattr(told, name), name)
        if "grid_region" in fields and fields["grid_region"] not in {"", *self._grid_regions}:
            raise BadRequest(f"grid_region is one of {', '.join(sorted(self._grid_regions))}", field="grid_region")
        return fields

    def _reading(self) -> Any:
        caller = current_caller()
        caller.require("read")
        return self._database.tenant(caller.tenant(), read_only=True)

    def _writing(self) -> Any:
        caller = current_caller()
        caller.require("amend")
        return self._database.tenant(caller.tenant())


def property_message(one: Property) -> properties_pb2.Property:
    """Return a property as its message."""
    fields = one.fields
    message = properties_pb2.Property(
        property_id=one.property_id,
        project_ids=one.project_ids,
        meter_ids=one.meter_ids,
        data_current_through=one.covered_until.isoformat() if one.covered_until else "",
        created_at=time_to_proto(one.created_at),
        updated_at=time_to_proto(one.updated_at),
    )
    for name, column in _FIELDS.items():
        value = fields[column]
        if value is not None:
            setattr(message, name, decimal_text(value) if isinstance(value, Decimal) else value)
    return message


async def _property(connection: Connection, property_id: str) -> properties_pb2.Property:
    found = await store.find(connection, property_id) if property_id else None
    if found is None:
        raise NoSuchProperty
    return property_message(found)


def _is_given(told: properties_pb2.Property, name: str) -> bool:
    return bool(getattr(told, name))


def _plain(value: str, name: str) -> str:
    most = _LENGTHS[name]
    if len(value) > most or "\0" in value:
        raise BadRequest(f"{name} has at most {most} characters", field=name)
    return value


def _name(value: str, name: str) -> str:
    if not value.strip():
        raise BadRequest("name is required", field=name)
    return _plain(value, name)


def _status(value: str, name: str) -> str:
    if value not in ("active", "inactive", ""):
        raise BadRequest("status is active or inactive", field=name)
    return value or "active"


def _number(least: int, most: int) -> Callable[[str, str], Decimal | None]:
    def check(value: str, name: str) -> Decimal | None:
        if not value:
            return None
        number = _decimal(value, name)
        if not least <= number <= most:
            raise BadRequest(f"{name} is {least} to {most}", field=name)
        return number

    return check


def _year(value: int, name: str) -> int | None:
    if value and not 1000 <= value <= datetime.now(UTC).year + 10:
        raise BadRequest("year_built is a year", field=name)
    return value or None


def _country(value: str, name: str) -> str:
    if value and not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):
        raise BadRequest("country is two capital letters (ISO 3166-1)", field=name)
    return value


def _decimal(value: str, name: str) -> Decimal:
    try:
        number = Decimal(value) if len(value) <= 30 else Decimal("nan")
    except InvalidOperation as error:
        raise BadRequest(f"{name} is a decimal number", field=name) from error
    if not number.is_finite() or abs(number.as_tuple().exponent) > 15:  # type: ignore[arg-type]
        raise BadRequest(f"{name} is a decimal number", field=name)
    return number


def _metadata(value: str, name: str) -> str:
    return metadata_of(value)


_FIELDS = {("metadata_json" if name == "metadata" else name): name for name in COLUMNS}
"""The fields of the message that a caller can set, each with its column."""

_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "name": _name,
    "status": _status,
    "country": _country,
    "floor_area_sq_ft": _number(0, 1_000_000_000),
    "latitude": _number(-90, 90),
    "longitude": _number(-180, 180),
    "year_built": _year,
    "metadata_json": _metadata,
}


def _temperatures(request: properties_pb2.UpdateTemperaturesRequest) -> dict[date, Decimal | None]:
    if not 1 <= len(request.temperatures) <= TEMPERATURES_MAX:
        raise BadRequest(f"temperatures are 1 to {TEMPERATURES_MAX}", field="temperatures")
    days: dict[date, Decimal | None] = {}
    for one in request.temperatures:
        day = day_of(one.day, "day")
        if day in days:
            raise BadRequest("no day stands twice", field="temperatures")
        mean = _decimal(one.mean_f, "mean_f") if one.mean_f else None
        if mean is not None and abs(mean) > TEMPERATURE_F_MAX:
            raise BadRequest(f"mean_f is -{TEMPERATURE_F_MAX} to {TEMPERATURE_F_MAX}", field="temperatures")
        days[day] = mean
    return days
