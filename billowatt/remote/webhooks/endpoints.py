"""Webhook endpoints and their deliveries, shown and sent again."""

import time
from datetime import datetime
from itertools import islice

from billowatt.terminal import Talk, escaped, print_json
from billowatt_client import Client, Delivery

TEST_SECONDS = 30.0
LOOK_SECONDS = 0.2
ENDED = {"succeeded", "failed"}
COLOURS = {"succeeded": "green", "failed": "red"}


def show_endpoints(client: Client, talk: Talk, *, as_json: bool) -> None:
    """Print the endpoints, newest first."""
    endpoints = client.webhook_endpoints()
    if as_json:
        for endpoint in endpoints:
            print_json(endpoint.raw)
        return
    from rich.table import Table

    table = Table("endpoint", "method", "address", "events", "state", box=None, pad_edge=False)
    for one in endpoints:
        state = "[green]enabled[/]" if one.enabled else f"[red]disabled[/] {escaped(one.disabled_reason or '')}"
        if one.failures_in_row:
            state += f", {one.failures_in_row} failures in a row"
        table.add_row(one.webhook_endpoint_id, one.method, escaped(one.url), " ".join(one.events) or "all", state)
    talk.console().print(table)


def show_deliveries(
    client: Client, talk: Talk, endpoint_id: str, *, status: str | None, limit: int, as_json: bool
) -> None:
    """Print deliveries of an endpoint, newest first."""
    deliveries = islice(client.deliveries(endpoint_id, status=status), limit)
    if as_json:
        for one in deliveries:
            print_json(one.raw)
        return
    from rich.table import Table

    table = Table("delivery", "event", "status", "attempts", "made", "next attempt", box=None, pad_edge=False)
    for one in deliveries:
        following = f"{one.next_attempt_at:%Y-%m-%d %H:%M:%S}" if one.next_attempt_at else ""
        made = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(
            one.delivery_id, escaped(one.event_type), _coloured(one.status), str(one.attempts), made, following
        )
    talk.console().print(table)


def show_delivery(client: Client, talk: Talk, endpoint_id: str, delivery_id: str, *, as_json: bool) -> None:
    """Print one delivery with its attempts."""
    one = client.delivery(endpoint_id, delivery_id)
    if as_json:
        print_json(one.raw)
        return
    console = talk.console()
    why = f": {escaped(one.failure_reason)}" if one.failure_reason else ""
    console.print(f"{escaped(one.event_type)}  {_coloured(one.status)}{why}  event {one.event_id}")
    for attempt in one.attempt_log:
        answered = f"answered {attempt.status}" if attempt.status else escaped(attempt.error or "no answer")
        head = f"  “{escaped(attempt.response_head)}”" if attempt.response_head else ""
        console.print(f"  {attempt.at:%Y-%m-%d %H:%M:%S}  {attempt.latency_ms:>6} ms  {answered}{head}")


def send_test(client: Client, talk: Talk, endpoint_id: str, *, as_json: bool) -> bool:
    """Send an endpoint a test event and wait for its first attempt; return whether it was taken."""
    delivery = client.test_webhook_endpoint(endpoint_id)
    deadline = time.monotonic() + TEST_SECONDS
    while delivery.status not in ENDED and not delivery.attempts and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        delivery = client.delivery(endpoint_id, delivery.delivery_id)
    delivery = client.delivery(endpoint_id, delivery.delivery_id)
    if as_json:
        print_json(delivery.raw)
    elif delivery.status == "succeeded":
        talk.console().print(f"[green]taken[/]  test event {delivery.event_id}")
    if delivery.status != "succeeded":
        talk.error(
            f"the endpoint did not take the test event: {_why(delivery)}",
            f"billowatt webhooks deliveries {endpoint_id} {delivery.delivery_id}",
        )
    return delivery.status == "succeeded"


def resend(client: Client, talk: Talk, endpoint_id: str, delivery_ids: tuple[str, ...]) -> None:
    """Send deliveries once more."""
    for delivery_id in delivery_ids:
        again = client.redeliver(endpoint_id, delivery_id)
        talk.console().print(f"queued     {again.delivery_id}  event {again.event_id}")


def resend_since(client: Client, talk: Talk, endpoint_id: str, since: datetime, which: str) -> None:
    """Send a stretch of time once more."""
    count = client.redeliver_since(endpoint_id, since, which=which)
    talk.console().print(f"queued     {count} {'delivery' if count == 1 else 'deliveries'}")


def _coloured(status: str) -> str:
    return f"[{COLOURS[status]}]{status}[/]" if status in COLOURS else status


def _why(delivery: Delivery) -> str:
    last = delivery.attempt_log[-1] if delivery.attempt_log else None
    if last is None:
        return "it was not sent yet"
    return f"it answered {last.status}" if last.status else (last.error or "no answer")
