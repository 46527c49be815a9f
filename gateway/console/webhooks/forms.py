"""The form of an endpoint, turned into the members that the API itself takes, so that both are held to one set of rules."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from multidict import MultiDictProxy

from gateway.bodies import Fields
from gateway.call import Call
from gateway.webhooks.events import EVENT_TYPES, PARAMETERS
from gateway.webhooks.store.endpoints import Endpoint

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]

_FILTER = re.compile(r"\s*([a-z_]+)\s*[:=]\s*(\S.*)")


def text_of(form: Form, name: str) -> str:
    """Return what a field of a form holds, without blanks around it; an empty text where it is not there."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


async def form_of(call: Call) -> Form:
    """Read the form in a request's body."""
    return await call.request.post()


def choices_of(form: Form, before: Endpoint | None = None) -> Fields:
    """Return the members of an endpoint as the form has them; ``before`` is the one that is changed.

    An address with placeholders is one to be called by GET, as the API has it. Whose words its bodies are in is chosen once.
    Credentials are left as they are where the form says nothing of them, for it never shows them.
    """
    url = text_of(form, "url")
    members: dict[str, Any] = {
        "url_template" if "<" in url else "url": url,
        "description": text_of(form, "description"),
        "events": [one for one in form.getall("events", []) if one in EVENT_TYPES],
        "filters": _filters(text_of(form, "filters")),
        "strict_order": form.get("strict_order") == "yes",
    }
    if before is not None and url == before.url:
        # Saying the same address again would close the breaker.
        del members["url_template" if "<" in url else "url"]
    if before is None and text_of(form, "format"):
        members["format"] = text_of(form, "format")
    kind = text_of(form, "auth")
    if kind == "none":
        members["auth"] = {"type": "none"}
    elif kind in ("header", "basic"):
        members["auth"] = {"type": kind, "name": text_of(form, "auth_name"), "value": text_of(form, "auth_value")}
    return Fields(members)


def filters_text(filters: Mapping[str, Any]) -> str:
    """Return filters as the form shows them: a line each, ``status: failed, succeeded``."""
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in filters.items())


def known_parameters() -> str:
    """Return the names that a filter may stand for."""
    return ", ".join(PARAMETERS)


def _filters(text: str) -> dict[str, list[str]]:
    """Return the filters of a text; a line that is none keeps its whole text as a name, which the API's rules then refuse."""
    filters: dict[str, list[str]] = {}
    for line in filter(str.strip, text.splitlines()):
        found = _FILTER.fullmatch(line)
        name, values = (found[1], found[2].split(",")) if found else (line.strip(), [])
        filters[name] = [value.strip() for value in values if value.strip()]
    return filters
