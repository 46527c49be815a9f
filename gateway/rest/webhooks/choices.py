"""What a tenant may choose of an endpoint, read from a request's body and checked; and how an endpoint is shown."""

import asyncio
import re
from typing import Any

from domain.refusals import BadRequest, ForbiddenTarget
from gateway.bodies import Fields
from gateway.call import Rooms
from gateway.rest.answers import time_json
from gateway.webhooks.events import EVENT_TYPES, PARAMETERS
from gateway.webhooks.formats import Format
from gateway.webhooks.guard import URL_LENGTH_MAX, Guard, GuardedResolver
from gateway.webhooks.send import look_up_by_system
from gateway.webhooks.store.endpoints import AUTH_KINDS, Auth, Choices, Endpoint
from gateway.webhooks.template import check_template

DESCRIPTION_LENGTH_MAX = 200
FORMAT_LENGTH_MAX = 40
FILTER_VALUES_MAX = 100
CREDENTIAL_LENGTH_MAX = 1000

LOOK_UP_SECONDS = 2.0
"""A name that cannot be looked up in this time passes for now: each attempt checks again before it connects."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_VISIBLE = re.compile(r"[\x20-\x7e]+")
_OUR_HEADERS = re.compile(
    r"webhook-.*|content-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|user-agent|accept.*|"
    r"proxy-.*|cookie|date|range|if-.*",
    re.IGNORECASE,
)
"""Headers that an attempt sets itself, or that would change what a request means."""


async def read_choices(rooms: Rooms, fields: Fields, *, changed: Endpoint | None = None) -> Choices:
    """Read the members of a new endpoint, or of a change of the one that is ``changed``, and check where it leads.

    Raises:
        BadRequest: a member is none of ours or has an impossible value; a new endpoint has no address, or two; a format has no
            words for an event, or is to be changed.
        ForbiddenTarget: the address may not be called.
    """
    new = changed is None
    chosen = _format(rooms, fields, changed)
    url = fields.optional_text("url", URL_LENGTH_MAX)
    template = fields.optional_text("url_template", URL_LENGTH_MAX)
    choices = Choices(
        url=url or template,
        format=chosen.name if new and chosen else None,
        method="POST" if url else "GET" if template else None,
        description=fields.optional_text("description", DESCRIPTION_LENGTH_MAX),
        events=_events(fields, chosen, new=new),
        filters=fields.lists_of_texts("filters", PARAMETERS, FILTER_VALUES_MAX),
        strict_order=fields.flag("strict_order"),
        auth=_auth(fields.nested("auth")),
        enabled=None if new else fields.flag("enabled"),
    )
    fields.end()
    if url and template:
        raise BadRequest("Give either url or url_template.", field="url")
    if template and chosen:
        raise BadRequest("A format is one of bodies, and what url_template calls has none.", field="url_template")
    if new and choices.url is None:
        raise BadRequest("url is required, or url_template.", field="url")
    if choices == Choices():
        raise BadRequest("Give at least one member that is to change.")
    if choices.url is not None:
        await _check_target(rooms, choices.url, is_template=choices.method == "GET")
    return choices


def endpoint_json(endpoint: Endpoint) -> dict[str, Any]:
    """Render an endpoint; its secrets and credentials have no part in it."""
    return {
        "webhook_endpoint_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "format": endpoint.format or None,
        "method": endpoint.method,
        "description": endpoint.description or None,
        "events": list(endpoint.events),
        "filters": {name: list(values) for name, values in endpoint.filters.items()},
        "strict_order": endpoint.strict_order,
        "auth": {"type": endpoint.auth_kind, "name": endpoint.auth_name} if endpoint.auth_kind else None,
        "enabled": endpoint.state == "enabled",
        "disabled_reason": endpoint.disabled_reason or None,
        "failures_in_row": endpoint.failures_in_row,
        "failing_since": time_json(endpoint.failing_since),
        "created_at": time_json(endpoint.created_at),
        "updated_at": time_json(endpoint.updated_at),
    }


def _format(rooms: Rooms, fields: Fields, changed: Endpoint | None) -> Format | None:
    """Return the format that a new endpoint asks for, or that the one to be changed has; None: our own envelope."""
    asked = fields.optional_text("format", FORMAT_LENGTH_MAX) or ""
    if changed is not None:
        if asked not in ("", changed.format):
            raise BadRequest("The format is chosen when an endpoint is made; make another one.", field="format")
        return rooms.formats.named(changed.format)
    chosen = rooms.formats.named(asked)
    if asked and chosen is None:
        raise BadRequest(f"format must be one of {', '.join(rooms.formats.names)}.", field="format")
    return chosen


def _events(fields: Fields, chosen: Format | None, *, new: bool) -> list[str] | None:
    """Return the types asked for. All of a format are those that it has words for, written out, so that no other comes."""
    asked = fields.choices("events", EVENT_TYPES if chosen is None else chosen.events)
    if chosen is not None and not asked and (new or asked is not None):
        return list(chosen.events)
    return asked


def _auth(fields: Fields | None) -> Any:
    if fields is None:
        return None
    kind = fields.choice("type", AUTH_KINDS)
    if kind == "none":
        fields.end()
        return False
    name, value = fields.text("name", 100), fields.text("value", CREDENTIAL_LENGTH_MAX)
    fields.end()
    if not _VISIBLE.fullmatch(value):
        raise BadRequest("auth.value must be printable ASCII.", field="auth")
    if kind == "header" and (not _HEADER_NAME.fullmatch(name) or _OUR_HEADERS.fullmatch(name)):
        raise BadRequest("auth.name must be the name of a header that webhooks do not set themselves.", field="auth")
    if kind == "basic" and (":" in name or not _VISIBLE.fullmatch(name)):
        raise BadRequest("auth.name must be a user's name in printable ASCII without a colon.", field="auth")
    return Auth("header" if kind == "header" else "basic", name, value)


async def _check_target(rooms: Rooms, text: str, *, is_template: bool) -> None:
    """Refuse an address at once that could never be called, instead of failing each delivery to it."""
    guard = Guard(allow_loopback=rooms.settings.webhooks_allow_loopback)
    url = check_template(guard, text) if is_template else guard.check_url(text)
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            await GuardedResolver(guard, look_up_by_system).resolve(url.host or "", url.port or 0)
    except ForbiddenTarget:
        raise
    except (OSError, TimeoutError, UnicodeError):
        return
