"""Properties: buildings and sites, the projects that map to them, their months and temperatures."""

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.messages import message_json, message_schemas
from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, PAGED, Operation
from gateway.openapi.sample_ids import PROJECT_ID
from gateway.openapi.terms import DECIMAL, Schema, maybe, members, page_of, text, whole
from gateway.openapi.topics.ledger.bills import METER_ID, NO_MORE, PROPERTY_ID
from gateway.openapi.topics.profiles import MONTHS
from protos.profile.v1 import properties_pb2 as pb

_AT = Timestamp(seconds=1772442961)
PROPERTY = message_json(
    pb.Property(
        property_id=PROPERTY_ID,
        name="Warehouse, Example Street 1",
        floor_area_sq_ft="25000",
        city="Exampleville",
        country="US",
        primary_use="warehouse",
        year_built=1987,
        status="active",
        grid_region="RFCW",
        metadata_json='{"portfolio": "east"}',
        project_ids=[PROJECT_ID],
        meter_ids=[METER_ID],
        data_current_through="2026-02-15",
        created_at=_AT,
        updated_at=_AT,
    )
)
_CHANGE = {"floor_area_sq_ft": "26000", "metadata": {"portfolio": "west"}}

OPERATIONS: dict[str, Operation] = {
    "create_property": Operation(
        tag="Properties",
        summary="Make a property",
        about="A building or site that meters serve.",
        status=201,
        schema="Property",
        example=PROPERTY,
        request_schema="NewProperty",
        request_example={"name": "Warehouse, Example Street 1", "floor_area_sq_ft": 25000, "grid_region": "RFCW"},
        headers=("Idempotency-Key",),
        answer_headers=("Location",),
        problems=(*BODY_PROBLEMS, "BAD_HEADER", "REQUEST_REUSED"),
    ),
    "list_properties": Operation(
        tag="Properties",
        summary="List properties",
        about="Newest first.",
        schema="PropertyPage",
        example={"properties": [PROPERTY], **NO_MORE},
        problems=PAGE_PROBLEMS,
        **PAGED,
    ),
    "get_property": Operation(
        tag="Properties",
        summary="Retrieve a property",
        schema="Property",
        example=PROPERTY,
        problems=("NO_SUCH_PROPERTY",),
    ),
    "get_property_of_project": Operation(
        tag="Properties",
        summary="Retrieve a project's property",
        about="Made where the project has none.",
        schema="Property",
        example=PROPERTY,
        problems=("NO_SUCH_PROJECT",),
    ),
    "update_property": Operation(
        tag="Properties",
        summary="Change a property",
        about="What the body names; null empties it.",
        schema="Property",
        example=PROPERTY,
        request_schema="PropertyChange",
        request_example=_CHANGE,
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROPERTY"),
    ),
    "delete_property": Operation(
        tag="Properties",
        summary="Delete a property",
        about="With its temperatures; projects, bills and meters stay.",
        status=204,
        problems=("NO_SUCH_PROPERTY",),
    ),
    "map_project": Operation(
        tag="Properties",
        summary="Map a project to a property",
        about="Instead of to its former one.",
        schema="Property",
        example=PROPERTY,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_PROPERTY"),
    ),
    "list_property_months": Operation(
        tag="Properties",
        summary="Retrieve a property's calendar months",
        about="Of all meters of all its projects, of one commodity or of one meter.",
        schema="Months",
        example=MONTHS,
        query=("commodity", "meter_id", "factor_set", "region", "weights", "page_token"),
        problems=("BAD_REQUEST", "NO_SUCH_PROPERTY", "NO_TEMPERATURES"),
    ),
    "put_temperatures": Operation(
        tag="Properties",
        summary="Store temperatures",
        about="Mean temperatures of days in degrees Fahrenheit; null takes a day out. Months by degree days follow.",
        schema="UpdateTemperaturesResponse",
        example=message_json(pb.UpdateTemperaturesResponse(days=31)),
        request_schema="Temperatures",
        request_example={"temperatures_f": {"2026-01-15": 28.4, "2026-01-16": "31.0"}},
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROPERTY"),
    ),
    "list_temperatures": Operation(
        tag="Properties",
        summary="List temperatures",
        about="By day.",
        schema="DayTemperaturePage",
        example={"temperatures": [message_json(pb.DayTemperature(day="2026-01-15", mean_f="28.4"))], **NO_MORE},
        query=("from_day", "until_day", "page_size", "page_token"),
        answer_headers=("Link",),
        problems=(*PAGE_PROBLEMS, "NO_SUCH_PROPERTY"),
    ),
}

_ABOUT = {
    "Property": "A building or site.",
    "DayTemperature": "The mean temperature of a day, degrees Fahrenheit.",
    "UpdateTemperaturesResponse": "How many days are stored now.",
}
_NUMBER: Schema = {
    "anyOf": [DECIMAL, {"type": "number"}, {"type": "null"}],
    "description": "A number, or decimal text.",
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of properties."""
    told: dict[str, Schema] = {
        "name": text(minLength=1, maxLength=200),
        "external_id": maybe(text("The caller's own id.", maxLength=200)),
        "floor_area_sq_ft": _NUMBER,
        "street_address": maybe(text(maxLength=300)),
        "city": maybe(text(maxLength=100)),
        "region": maybe(text("State or province.", maxLength=100)),
        "postal_code": maybe(text(maxLength=20)),
        "country": maybe(text("ISO 3166-1 alpha-2.", pattern="^[A-Z]{2}$")),
        "latitude": _NUMBER,
        "longitude": _NUMBER,
        "primary_use": maybe(text(maxLength=100)),
        "year_built": maybe(whole(minimum=1000, maximum=3000)),
        "status": maybe(text(enum=["active", "inactive"])),
        "grid_region": maybe(text("eGRID subregion of its electricity.")),
        "metadata": {"type": "object", "additionalProperties": True},
    }
    return {
        **message_schemas(pb.Property, pb.DayTemperature, pb.UpdateTemperaturesResponse, about=_ABOUT),
        "PropertyPage": page_of("Property", "properties"),
        "DayTemperaturePage": page_of("DayTemperature", "temperatures"),
        "NewProperty": members("A property to make.", told, optional=tuple(name for name in told if name != "name")),
        "PropertyChange": members("What to change.", told, optional=tuple(told)),
        "Temperatures": members(
            "Temperatures by day, at most 1000.",
            {"temperatures_f": {"type": "object", "additionalProperties": _NUMBER}},
        ),
    }
