"""The schemas of a reading, derived from its messages as protobuf's JSON mapping writes them, so that they cannot drift."""

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.openapi.terms import Schema, items, members, ref, text, whole
from protos.values.v1 import reading_pb2


def reading_schemas() -> dict[str, Schema]:
    """Return the schema of each message that a reading is made of, by name."""
    found: dict[str, Schema] = {}
    waiting: list[Descriptor] = [reading_pb2.Reading.DESCRIPTOR]
    while waiting:
        message = waiting.pop()
        if message.name in found or message.name == "Money":
            continue
        properties: dict[str, Schema] = {}
        for field in message.fields:
            properties[field.name] = _field(field)
            if field.message_type is not None and not _is_map(field):
                waiting.append(field.message_type)
        singular = tuple(f.name for f in message.fields if f.message_type is not None and not f.is_repeated)
        about = "See protos/values/v1. A member that is absent, and a text that is empty, was not on the page."
        found[message.name] = members(about, properties, optional=singular)
    return found


def _field(field: FieldDescriptor) -> Schema:
    if _is_map(field):
        return {"type": "object", "additionalProperties": text()}
    match field.type:
        case FieldDescriptor.TYPE_MESSAGE:
            assert field.message_type is not None
            one = ref(field.message_type.name)
        case FieldDescriptor.TYPE_ENUM:
            assert field.enum_type is not None
            one = text(enum=[value.name for value in field.enum_type.values])
        case FieldDescriptor.TYPE_BOOL:
            one = {"type": "boolean"}
        case FieldDescriptor.TYPE_INT32:
            one = whole()
        case FieldDescriptor.TYPE_DOUBLE:
            one = {"type": "number"}
        case _:
            one = text()
    return items(one) if field.is_repeated else one


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
