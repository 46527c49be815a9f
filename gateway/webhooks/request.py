"""What an attempt sends: a signed POST of the event's bytes, or a GET whose signed URL says it all."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.webhooks.guard import Guard
from gateway.webhooks.sign import signature_headers
from gateway.webhooks.store.queue import Delivery
from gateway.webhooks.template import fill


@dataclass(frozen=True, slots=True)
class Request:
    """One request to an endpoint; ``body`` None makes it a GET."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None


def request_of(delivery: Delivery, guard: Guard) -> Request | None:
    """Return the request of an attempt made now; None where the seal on the endpoint's secrets could not be opened.

    Of a GET the whole URL is signed as it is requested, in the place of the body.

    Raises:
        ForbiddenTarget: the URL may not be called.
    """
    if delivery.secrets is None:
        return None
    timestamp_seconds = int(time.time())
    if delivery.method == "GET":
        filled = fill(delivery.url, delivery.event_id, delivery.event_type, delivery.parameters)
        url, body = str(guard.check_url(filled)), None
        signed = url.encode()
    else:
        url, body = delivery.url, delivery.body
        signed = body
    headers = signature_headers(delivery.event_id, timestamp_seconds, signed, delivery.secrets)
    if body is not None:
        headers["Content-Type"] = "application/json"
    return Request(url, headers | _credentials(delivery), body)


def _credentials(delivery: Delivery) -> dict[str, str]:
    match delivery.auth_kind, delivery.auth_value:
        case "header", str(value):
            return {delivery.auth_name: value}
        case "basic", str(password):
            pair = base64.b64encode(f"{delivery.auth_name}:{password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        case _:
            return {}
