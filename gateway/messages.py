"""Messages of the rooms as partners' JSON, and the schemas of that JSON: both from the contracts, so they cannot part.

An empty text is what is not known, so it becomes null; a bill's id is a ``utility_bill_id`` outside; metadata is an object. The
first field of a message, its own id or name, is never null.
"""

import json
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.openapi.terms import DECIMAL, TIME, Schema, items, maybe, members, ref, text, whole
from protos.profile.v1 import profile_pb2
from protos.values.v1 import reading_pb2

Json = dict[str, Any]

_WHOLE_NUMBERS = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64)
_NAMES = {"bill_id": "utility_bill_id", "metadata_json": "metadata"}
_SMALL = {"billowatt.values.v1.Money", "billowatt.values.v1.Quantity", "billowatt.values.v1.Period"}
_TIMESTAMP = "google.protobuf.Timestamp"
_VERDICTS = {
    reading_pb2.VERDICT_PASS: "pass",
    reading_pb2.VERDICT_FAIL: "fail",
    reading_pb2.VERDICT_NOT_APPLICABLE: "not_applicable",
}


_MONTH_SOURCES = {
    number: name.removeprefix("MONTH_SOURCE_").lower() for name, number in profile_pb2.MonthSource.items() if number
}


def month_source(month: profile_pb2.ProfileMonth) -> str | None:
    """Return the word for where a month of a load profile comes from; None where that is not told."""
    return _MONTH_SOURCES.get(month.source)


def message_json(message: Any) -> Json:
    """Render a message with every field, those that are not known as null."""
    return {
        _NAMES.get(field.name, field.name): _value(message, field)
        for field in message.DESCRIPTOR.fields
        if field.name != "next_page_token"
    }


def message_schemas(*messages: Any, about: dict[str, str]) -> dict[str, Schema]:
    """Return the schemas of what ``message_json`` renders of messages, and of those within them; ``about`` says what each is."""
    found: dict[str, Schema] = {}
    for message in messages:
        _describe(message.DESCRIPTOR, found, about)
    return found


def _value(message: Any, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return dict(value)
    if field.is_repeated:
        return [_rendered(one) if field.message_type is not None else one for one in value]
    if field.message_type is not None:
        return _rendered(value) if message.HasField(field.name) else None
    if field.name == "metadata_json":
        return json.loads(value or "{}")
    if field.enum_type is not None:
        return _VERDICTS.get(value)
    if field.cpp_type in (FieldDescriptor.CPPTYPE_BOOL, *_WHOLE_NUMBERS):
        return value
    return value or None


def _rendered(value: Any) -> Any:
    return value.ToJsonString() if isinstance(value, Timestamp) else message_json(value)


def _describe(descriptor: Descriptor, found: dict[str, Schema], about: dict[str, str]) -> None:
    name = _schema_name(descriptor)
    if name in found:
        return
    found[name] = {}
    fields = {
        _NAMES.get(field.name, field.name): _schema(field, found, about, first=at == 0)
        for at, field in enumerate(descriptor.fields)
    }
    found[name] = members(about[descriptor.name], fields)


def _schema_name(descriptor: Descriptor) -> str:
    """Return a schema's name; the words of readings are told in another form where readings themselves are."""
    return f"Ledger{descriptor.name}" if descriptor.name in ("Proof", "Finding") else descriptor.name


def _schema(field: Any, found: dict[str, Schema], about: dict[str, str], *, first: bool) -> Schema:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": text()}
    one = _one(field, found, about)
    if field.is_repeated:
        return items(one)
    if field.message_type is not None or field.enum_type is not None:
        return maybe(one)
    if field.cpp_type != FieldDescriptor.CPPTYPE_STRING or first or field.name == "metadata_json":
        return one
    return maybe(one)


def _one(field: Any, found: dict[str, Schema], about: dict[str, str]) -> Schema:
    if field.name == "metadata_json":
        return {"type": "object", "description": "What the caller keeps with it.", "additionalProperties": True}
    if field.enum_type is not None:
        return text(enum=sorted(_VERDICTS.values()))
    if field.message_type is not None:
        name = field.message_type.full_name
        if name == _TIMESTAMP:
            return TIME
        if name in _SMALL:
            return members(
                "", {one.name: DECIMAL if one.name == "amount" else text() for one in field.message_type.fields}
            )
        _describe(field.message_type, found, about)
        return ref(_schema_name(field.message_type))
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return {"type": "boolean"}
    return whole() if field.cpp_type in _WHOLE_NUMBERS else text()
