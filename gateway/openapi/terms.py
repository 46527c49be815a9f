"""The terms in which schemas are written: texts, numbers, lists, objects, and what may be null."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
Example = dict[str, Any]

_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
ID: Schema = {"type": "string", "description": "UUID.", "format": "uuid"}
KWH: Schema = {"type": "string", "description": "kWh, decimal, exact.", "pattern": _NUMBER}
DECIMAL: Schema = {"type": "string", "description": "Decimal, exact.", "pattern": _NUMBER}


TIME: Schema = {"type": "string", "description": "RFC 3339, UTC.", "format": "date-time"}


def ref(name: str) -> Schema:
    """Point to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **more: Any) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", **({"description": description} if description else {}), **more}


def maybe(schema: Schema) -> Schema:
    """Let a schema be null as well."""
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    wider = {**schema, "type": [schema["type"], "null"]}
    if "enum" in wider:
        wider["enum"] = [*wider["enum"], None]
    return wider


def whole(description: str = "", **more: Any) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", **({"description": description} if description else {}), **more}


def items(schema: Schema, description: str = "") -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema, **({"description": description} if description else {})}


def members(description: str, properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def page_of(name: str, list_name: str) -> Schema:
    """Return the schema of one page of a list."""
    return members(
        "One page. The header Link holds the address of the next one, too.",
        {list_name: items(ref(name)), "next_page_token": maybe(text("Give it as page_token; null on the last page."))},
    )
