"""``billowatt webhooks``: events on this machine, and the endpoints of the tenant."""

from datetime import UTC, datetime

import click

from billowatt.commands.options import AS_JSON, PROJECT, Where, remote
from billowatt.exits import Exit
from billowatt.terminal import Talk

ENDPOINT = click.argument("endpoint_id", metavar="ENDPOINT")
LIMIT = click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")


@click.group()
def webhooks() -> None:
    """Listen to events, and look after webhook endpoints.

    `billowatt webhooks listen` shows events as they happen; docs/webhooks.md tells how a receiver of yours takes them.
    """


@webhooks.command()
@PROJECT
@click.option("--event", "events", multiple=True, metavar="TYPE", help="Only events of this type; may be repeated.")
@click.option("--forward", default="", metavar="URL", help="Pass each event on to this address, signed.")
@click.option(
    "--via",
    type=click.Choice(["auto", "webhook", "events"]),
    default="auto",
    show_default=True,
    help="By a webhook to this machine, or by the stream of events.",
)
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port of the receiver.  [default: a free one]")
@click.option("--public-url", default="", metavar="URL", help="Address of a tunnel that leads to the receiver.")
@click.option("--after", default="end", metavar="POSITION", help="Begin behind this position.  [default: from now on]")
@click.option("--limit", default=0, type=click.IntRange(0), help="End after so many events.  [default: never]")
@AS_JSON
@remote
def listen(
    project_id: str | None,
    events: tuple[str, ...],
    forward: str,
    via: str,
    port: int,
    public_url: str,
    after: str,
    limit: int,
    as_json: bool,
    where: Where,
    talk: Talk,
) -> None:
    r"""Show events as they happen, and pass them on.

    A receiver on this machine takes signed webhooks and checks each; where the service may not call this machine, its stream
    of events is followed instead, which needs no address. --after goes on where one left off, by the stream.

    \b
    Examples:
      billowatt webhooks listen
      billowatt webhooks listen --forward http://127.0.0.1:3000/hooks
      billowatt webhooks listen --event bills_ready --limit 1 --json
    """
    from billowatt.remote.webhooks.listening import Asked
    from billowatt.remote.webhooks.listening import listen as run_listen

    for name, address in (("--forward", forward), ("--public-url", public_url)):
        if address and not address.startswith(("http://", "https://")):
            raise click.UsageError(f"{name} takes an address that begins with http:// or https://")
    asked = Asked(
        url=where.address().url,
        via="events" if after != "end" and via == "auto" else via,
        project_id=project_id,
        events=events,
        forward=forward,
        port=port,
        public_url=public_url,
        after=after,
        limit=limit,
        as_json=as_json,
    )
    with where.client() as client:
        run_listen(client, talk, asked)


@webhooks.command("list")
@AS_JSON
@remote
def list_endpoints(as_json: bool, where: Where, talk: Talk) -> None:
    """List the endpoints, newest first."""
    from billowatt.remote.webhooks.endpoints import show_endpoints

    with where.client() as client:
        show_endpoints(client, talk, as_json=as_json)


@webhooks.command()
@click.argument("address", metavar="URL")
@click.option("--event", "events", multiple=True, metavar="TYPE", help="Only events of this type; may be repeated.")
@click.option("--description", help="Words that tell it from others.")
@click.option("--format", "body_format", help="Whose words bodies are in, bayou or utilityapi.  [default: our own]")
@AS_JSON
@remote
def create(
    address: str,
    events: tuple[str, ...],
    description: str | None,
    body_format: str | None,
    as_json: bool,
    where: Where,
    talk: Talk,
) -> None:
    """Make an endpoint that is called by POST, and print its secret.

    The secret alone goes to standard output; it is what verifies what comes.
    """
    from billowatt.terminal import print_json

    with where.client() as client:
        made = client.create_webhook_endpoint(
            address, events=events or None, description=description, body_format=body_format
        )
    if as_json:
        print_json(made.raw)
        return
    talk.say(f"made       endpoint {made.webhook_endpoint_id}; its secret:")
    click.echo(made.secret)


@webhooks.command()
@ENDPOINT
@remote
def delete(endpoint_id: str, where: Where, talk: Talk) -> None:
    """Delete an endpoint with its secrets and its log."""
    with where.client() as client:
        client.delete_webhook_endpoint(endpoint_id)
    talk.say(f"deleted    {endpoint_id}")


@webhooks.command()
@ENDPOINT
@AS_JSON
@remote
def test(endpoint_id: str, as_json: bool, where: Where, talk: Talk) -> int:
    """Send an endpoint a test event, and tell whether it took it."""
    from billowatt.remote.webhooks.endpoints import send_test

    with where.client() as client:
        return Exit.DONE if send_test(client, talk, endpoint_id, as_json=as_json) else Exit.FAILED


@webhooks.command()
@ENDPOINT
@click.argument("delivery_id", required=False, metavar="[DELIVERY]")
@click.option("--status", type=click.Choice(["queued", "leased", "succeeded", "failed"]), help="Only these.")
@LIMIT
@AS_JSON
@remote
def deliveries(
    endpoint_id: str,
    delivery_id: str | None,
    status: str | None,
    limit: int,
    as_json: bool,
    where: Where,
    talk: Talk,
) -> None:
    """List an endpoint's deliveries, or show one with its attempts."""
    from billowatt.remote.webhooks.endpoints import show_deliveries, show_delivery

    with where.client() as client:
        if delivery_id:
            show_delivery(client, talk, endpoint_id, delivery_id, as_json=as_json)
        else:
            show_deliveries(client, talk, endpoint_id, status=status, limit=limit, as_json=as_json)


@webhooks.command()
@ENDPOINT
@click.argument("delivery_ids", nargs=-1, metavar="[DELIVERY]...")
@click.option("--since", type=click.DateTime(), metavar="TIME", help="What happened since then (UTC), as 2026-03-01.")
@click.option(
    "--which",
    type=click.Choice(["failed", "missing", "succeeded", "all"]),
    default="failed",
    show_default=True,
    help="Of that: what failed, was never sent, was taken, or all.",
)
@remote
def resend(
    endpoint_id: str, delivery_ids: tuple[str, ...], since: datetime | None, which: str, where: Where, talk: Talk
) -> None:
    """Send deliveries once more: some by their ids, or a stretch of time.

    Same ids, same bodies: a receiver that remembers ids acts once.
    """
    from billowatt.remote.webhooks import endpoints

    if bool(delivery_ids) == (since is not None):
        raise click.UsageError("give ids of deliveries, or --since")
    with where.client() as client:
        if since is None:
            endpoints.resend(client, talk, endpoint_id, delivery_ids)
        else:
            endpoints.resend_since(client, talk, endpoint_id, since.replace(tzinfo=UTC), which)
