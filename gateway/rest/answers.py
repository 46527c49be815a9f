"""JSON answers: one way to write them, with the Link header of paged lists; and the words that a query may choose among.

Numbers that must stay exact (kWh, money) are texts. What is not known is null, never an empty text or a zero.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from google.protobuf.timestamp_pb2 import Timestamp

from domain.refusals import BadRequest
from gateway.bodies import parse_time
from gateway.call import Call
from protos.values.v1 import values_pb2

Json = dict[str, Any]


def json_response(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None, *, exact: Mapping[str, str] | None = None
) -> web.Response:
    """Return an answer in JSON. ``exact`` are further members, as JSON already: numbers that no float may touch."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for name, value in (exact or {}).items():
        text = f"{text[:-1]},{json.dumps(name)}:{value}}}"
    return web.Response(
        status=status,
        body=text.encode("utf-8", "replace"),
        content_type="application/json",
        headers=headers,
    )


def page_response(
    call: Call, name: str, items: Sequence[Any], next_page_token: str, further: Mapping[str, Any] | None = None
) -> web.Response:
    """Return one page of a list; its token stands in the body, its whole address in the header Link (RFC 8288).

    ``further`` are members that stand beside the list.
    """
    headers = {}
    if next_page_token:
        following = call.request.rel_url.update_query({"page_token": next_page_token})
        headers["Link"] = f'<{call.base_url}{following}>; rel="next"'
    body = {name: items, "next_page_token": next_page_token or None, **(further or {})}
    return json_response(body, headers=headers)


def time_json(at: datetime | None) -> str | None:
    """Render a time of the database as RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def money_json(money: values_pb2.Money) -> Json:
    """Render an exact amount."""
    return {"amount": money.amount, "currency": money.currency}


def time_of(message: Any, name: str) -> str | None:
    """Render a time of a message as RFC 3339; None where it is absent."""
    if not message.HasField(name):
        return None
    at: Timestamp = getattr(message, name)
    return at.ToJsonString()


def choice(query: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    """Return a parameter's word, the first of those it may be where it is absent.

    Raises:
        BadRequest: it is none of them.
    """
    word = query.get(name, words[0])
    if word not in words:
        raise BadRequest(f"{name} must be one of {', '.join(words)}.", field=name)
    return word


def time_parameter(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a parameter's time; None where it is absent.

    Raises:
        BadRequest: it is none in RFC 3339.
    """
    text = query.get(name)
    return None if text is None else parse_time(name, text)


def uuid_parameter(query: Mapping[str, str], name: str) -> str | None:
    """Return a parameter's id; None where it is absent.

    Raises:
        BadRequest: it is no UUID.
    """
    text = query.get(name)
    try:
        return None if text is None else str(UUID(text))
    except ValueError as error:
        raise BadRequest(f"{name} must be a UUID.", field=name) from error
