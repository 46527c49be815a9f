"""``billowatt webhooks listen``: events on this machine as they happen, by a webhook of our own or by the stream of events.

A webhook needs an address that the service may call: loopback where it allows that, a public one (a tunnel) else. The stream
needs none. Either way what comes can be passed on to a program that is being written, signed as the service signs.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from billowatt.exits import Denied
from billowatt.remote.webhooks.receiver import Receiver
from billowatt.terminal import Talk, escaped, print_json
from billowatt_client import Client, ConnectionFailed, Event, Refused, Unavailable
from gateway.webhooks.sign import new_secret, secret_text, signature_headers

FORWARD_SECONDS = 15.0
AGAIN_SECONDS, AGAIN_SECONDS_MAX = 1.0, 30.0
PATIENCE_SECONDS = 600.0
"""How long a listener waits for a service that has gone, as it does while it is renewed."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NOT_ALLOWED = "FORBIDDEN_TARGET"
SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")
TOLD = ("status", "reason", "utility_bill_id", "project_id")
"""Members of an event's data that a line tells, where they are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person asked for. ``via`` is auto, webhook or events; ``limit`` 0: for ever; ``url`` is the service's."""

    url: str

    via: str
    project_id: str | None
    events: tuple[str, ...]
    forward: str
    port: int
    public_url: str
    after: str
    limit: int
    as_json: bool


def listen(client: Client, talk: Talk, asked: Asked) -> None:
    """Tell of events, for ever or so many.

    Raises:
        Denied: a webhook was asked for by name, and the service may not call this machine.
    """
    by_webhook = asked.via == "webhook" or (asked.via == "auto" and _may_be_called(asked))
    if by_webhook and _by_webhook(client, talk, asked):
        return
    if asked.via == "webhook":
        raise Denied(
            "the service does not call this machine",
            "--public-url with a tunnel's address, --via events, or BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK=1 where it runs",
        )
    _by_stream(client, talk, asked)


def _may_be_called(asked: Asked) -> bool:
    """Tell whether a service there could find the receiver: from this machine, or by a public address."""
    return bool(asked.public_url) or urlsplit(asked.url).hostname in LOOPBACK


def _by_webhook(client: Client, talk: Talk, asked: Asked) -> bool:
    """Listen with an endpoint of our own, removed at the end; return whether one could be had."""

    def forward(headers: Mapping[str, str], body: bytes) -> int:
        return post(asked.forward, {name: value for name, value in headers.items() if name.lower() in SIGNED}, body)

    with Receiver(asked.port, forward if asked.forward else None) as receiver:
        filters = {"project_id": asked.project_id} if asked.project_id else None
        try:
            endpoint = client.create_webhook_endpoint(
                asked.public_url or receiver.url,
                events=asked.events or None,
                filters=filters,
                description="billowatt webhooks listen",
            )
        except Refused as refused:
            if refused.reason != NOT_ALLOWED:
                raise
            return False
        try:
            receiver.secrets = [endpoint.secret or ""]
            talk.say(f"listening  {endpoint.url} as endpoint {endpoint.webhook_endpoint_id}; Ctrl-C ends it")
            talk.say(f"secret     {endpoint.secret}")
            told = 0
            while not asked.limit or told < asked.limit:
                if (received := receiver.next(1.0)) is None:
                    continue
                if received.event is None:
                    talk.error(f"a delivery was refused: {received.problem}", "its sender does not know the secret")
                    continue
                _tell(talk, asked, received.event, verified=True, answered=received.answered)
                told += 1
        finally:
            client.delete_webhook_endpoint(endpoint.webhook_endpoint_id)
    return True


def _by_stream(client: Client, talk: Talk, asked: Asked) -> None:
    secret = new_secret()
    talk.say("listening  to the stream of events; Ctrl-C ends it")
    if asked.forward:
        talk.say(f"secret     {secret_text(secret)} signs what is passed on")
    told = 0
    for event in followed(client, talk, asked.project_id, asked.after):
        if asked.events and event.type not in asked.events:
            continue
        answered = post(asked.forward, *_signed(event, secret)) if asked.forward else None
        _tell(talk, asked, event, verified=None, answered=answered)
        told += 1
        if asked.limit and told >= asked.limit:
            return


def followed(client: Client, talk: Talk, project_id: str | None, after: str) -> Iterator[Event]:
    """Yield events, for ever, also across a time in which nobody answers.

    Raises:
        ConnectionFailed: nobody answered for PATIENCE_SECONDS.
    """
    after = client.position(project_id) if after == "end" else after
    lost_at, wait_seconds = 0.0, AGAIN_SECONDS
    while True:
        try:
            if lost_at:
                client.position(project_id)  # raises where nobody answers yet: a quiet project tells of nothing
                lost_at, wait_seconds = 0.0, AGAIN_SECONDS
            for event in client.follow(project_id, after=after):
                after = event.position or after
                yield event
        except (ConnectionFailed, Unavailable):
            now = time.monotonic()
            lost_at = lost_at or now
            if now - lost_at > PATIENCE_SECONDS:
                raise
            talk.say(f"nobody answers; trying again in {wait_seconds:.0f} s, nothing is missed")
            time.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, AGAIN_SECONDS_MAX)


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Pass a delivery on and return the status that was answered; 502 where nobody answers."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - checked before
    try:
        with urllib.request.urlopen(request, timeout=FORWARD_SECONDS) as answer:  # noqa: S310 - checked before
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return 502


def _signed(event: Event, secret: bytes) -> tuple[dict[str, str], bytes]:
    """Return an event as the service would send it, signed with a secret of our own."""
    told = {"type": event.type, "timestamp": event.timestamp.isoformat(), "data": event.data}
    body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    headers = signature_headers(event.event_id, int(time.time()), body, [secret])
    return {**headers, "content-type": "application/json"}, body


def _tell(talk: Talk, asked: Asked, event: Event, *, verified: bool | None, answered: int | None) -> None:
    forwarded = answered if asked.forward else None
    if asked.as_json:
        told = {"event_id": event.event_id, "type": event.type, "timestamp": event.timestamp.isoformat()}
        more = {"data": event.data, "position": event.position, "verified": verified, "forwarded": forwarded}
        print_json({**told, **more})
        return
    mark = "[green]✓ verified[/]" if verified else "• streamed"
    words = "  ".join(f"{name} {event.data[name]}" for name in TOLD if event.data.get(name))
    passed = f"  → {forwarded}" if forwarded is not None else ""
    at = datetime.now(UTC).strftime("%H:%M:%S")
    line = f"{at}  {mark}  [bold]{escaped(event.type)}[/]  {escaped(words)}{passed}  [dim]{event.event_id}[/]"
    talk.console().print(line, soft_wrap=True)
