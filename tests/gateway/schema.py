"""A small JSON Schema checker for what the document uses; an unknown keyword is an error, so that none is passed over."""

import re
import uuid
from datetime import datetime

_KNOWN = {
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "oneOf", "$ref", "format",
    "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "anyOf", "description",
    "default",
}  # fmt: skip
_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "null": type(None),
}


def errors(value, schema, document, at="$"):
    """Return what is wrong with a value, as texts."""
    unknown = set(schema) - _KNOWN
    assert not unknown, unknown
    if "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return errors(value, found, document, at)
    if "oneOf" in schema:
        fits = [one for one in schema["oneOf"] if not errors(value, one, document, at)]
        return [] if len(fits) == 1 else [f"{at}: fits {len(fits)} of oneOf"]
    if "anyOf" in schema and all(errors(value, one, document, at) for one in schema["anyOf"]):
        return [f"{at}: fits none of anyOf"]
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_is(value, one) for one in types):
        return [f"{at}: {value!r} is no {types}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if isinstance(value, str):
        found += _text_errors(value, schema, at)
    if isinstance(value, dict):
        found += _object_errors(value, schema, document, at)
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            found += errors(one, schema["items"], document, f"{at}[{number}]")
    if isinstance(value, list) and not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(f"{at}: {len(value)} items")
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{at}: {value} is out of bounds")
    return found


def _is(value, name):
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _text_errors(value, schema, at):
    found = []
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        found.append(f"{at}: wrong length")
    try:
        match schema.get("format"):
            case "uuid":
                uuid.UUID(value)
            case "date-time":
                assert datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, AssertionError):
        found.append(f"{at}: {value!r} is no {schema['format']}")
    return found


def _object_errors(value, schema, document, at):
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    for name, one in value.items():
        if name in properties:
            found += errors(one, properties[name], document, f"{at}.{name}")
        elif others is False:
            found.append(f"{at}: {name} is unknown")
        elif isinstance(others, dict):
            found += errors(one, others, document, f"{at}.{name}")
    return found
