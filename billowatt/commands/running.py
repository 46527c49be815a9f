"""``billowatt up``, ``serve`` and ``migrate``: Billowatt itself, whole or in parts."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from billowatt.commands.options import FOLDER, settings_with_logs, talking
from billowatt.exits import WrongUsage
from billowatt.terminal import Talk

if TYPE_CHECKING:
    from billowatt.up import Ready

NO_DATABASE = "BILLOWATT_DATABASE_URL is not set; `billowatt up` migrates its own database by itself"


@click.command()
@click.option("--data", type=FOLDER, help="Folder of the database, the files and the keys.  [default: data]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the gateway; 0 takes a free one.  [default: 8080]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the gateway listens on.")
@click.option("--sample", is_flag=True, help="Load a sample project with two bills, once it runs.")
@talking
def up(data: Path | None, port: int | None, host: str, sample: bool, talk: Talk) -> None:
    """Run everything on this machine until Ctrl-C.

    Gateway, services, database and files, all in the data folder; Ctrl-C and SIGTERM end it in order.
    """
    from billowatt.up import up as run_up

    settings = settings_with_logs(talk, data=data)
    if port is not None:
        settings = replace(settings, http_listen=f"{host}:{port}")

    def announce(ready: "Ready") -> None:
        click.echo(welcome(ready, settings.data.resolve()))
        if sample:
            from billowatt.remote.samples import load_beside

            load_beside(ready.url, ready.api_key, talk.say)

    asyncio.run(run_up(settings, announce))


@click.command()
@click.argument("role", type=click.Choice(["ingest", "parser", "profile", "gateway", "webhooks"]))
@talking
def serve(role: str, talk: Talk) -> None:
    """Run one role of an installation that is spread over machines.

    It is configured by BILLOWATT_ variables (docs/settings.md).
    """
    from billowatt.roles import Role
    from billowatt.serve import serve as run_serve

    settings = settings_with_logs(talk)
    asyncio.run(run_serve(Role(role), settings, lambda address: click.echo(f"{role} answers on {address}")))


@click.command()
@talking
def migrate(talk: Talk) -> None:
    """Bring the database's schema up to date, then end.

    It prints what was applied, a line each.
    """
    from billowatt.roles import ROOT
    from runtime.migrations import migrate as run_migrate
    from runtime.migrations import room_folders

    settings = settings_with_logs(talk)
    if not settings.database_url:
        raise WrongUsage(NO_DATABASE, "BILLOWATT_DATABASE_URL=postgresql://… billowatt migrate")
    for name in asyncio.run(run_migrate(settings.database_url, room_folders(ROOT))):
        click.echo(name)


def welcome(ready: "Ready", data: Path) -> str:
    """Return what a person reads once Billowatt runs."""
    url, bills = ready.url, f"{ready.url}/v1/projects/PROJECT_ID/utility_bills"
    named = """-H 'Content-Disposition: attachment; filename="bill.pdf"'"""
    return f"""Billowatt is ready at {url}   (API: {url}/docs)
  data     {data}
  key      {ready.api_key}
  console  {ready.sign_in}   (opens once, within 15 minutes; then sign in with the key)

  AUTH="Authorization: Bearer {ready.api_key}"
  curl -sS -H "$AUTH" -H 'Content-Type: application/json' -d '{{"name": "Home"}}' {url}/v1/projects
  curl -sS -H "$AUTH" {named} --data-binary @bill.pdf {bills}
  curl -sS -H "$AUTH" {url}/v1/projects/PROJECT_ID/load_profile
"""
