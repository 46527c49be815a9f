"""What an attempt sends: a signed POST of the event's bytes in the endpoint's format, or a GET whose signed URL says it all."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.webhooks.formats import Format
from gateway.webhooks.guard import Guard
from gateway.webhooks.sign import secret_text, signature_headers
from gateway.webhooks.store.queue import Delivery
from gateway.webhooks.template import fill


@dataclass(frozen=True, slots=True)
class Request:
    """One request to an endpoint; ``body`` None makes it a GET."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None


def request_of(delivery: Delivery, body: bytes, guard: Guard, chosen: Format | None = None) -> Request | None:
    """Return the request of an attempt made now; None where the seal on the endpoint's secrets could not be opened.

    Of a GET the whole URL is signed as it is requested, in the place of the body. The headers of the format ``chosen`` come
    along.

    Raises:
        ForbiddenTarget: the URL may not be called.
    """
    if delivery.secrets is None:
        return None
    timestamp_seconds = int(time.time())
    if delivery.method == "GET":
        filled = fill(delivery.url, delivery.event_id, delivery.event_type, delivery.parameters)
        url = str(guard.check_url(filled))
        headers = signature_headers(delivery.event_id, timestamp_seconds, url.encode(), delivery.secrets)
        return Request(url, headers | _credentials(delivery), None)
    headers = signature_headers(delivery.event_id, timestamp_seconds, body, delivery.secrets)
    headers["Content-Type"] = "application/json"
    if chosen is not None and delivery.secrets:
        # Of several live secrets the vendors' headers have room for one signature: the newest one's.
        headers |= chosen.headers(body, secret_text(delivery.secrets[0]))
    return Request(delivery.url, headers | _credentials(delivery), body)


def _credentials(delivery: Delivery) -> dict[str, str]:
    match delivery.auth_kind, delivery.auth_value:
        case "header", str(value):
            return {delivery.auth_name: value}
        case "basic", str(password):
            pair = base64.b64encode(f"{delivery.auth_name}:{password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        case _:
            return {}
