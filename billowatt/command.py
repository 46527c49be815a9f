"""The command ``billowatt``. Its modules are loaded by the subcommand that needs them, so that ``--help`` is quick."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from billowatt.exits import Exit
from billowatt.remote.commands import COMMANDS as REMOTE_COMMANDS
from billowatt.remote.commands import FILE, FOLDER
from runtime.settings import Settings, SettingsError, forbid_grpc_fork_handlers, read_settings

NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="billowatt")
def billowatt() -> None:
    """Reads utility bills, proves what it read, keeps the load profile, and tells your partners.

    Exit status: 0 done, 1 broke, 2 wrong usage, 3 a bill was not read, 4 refused or away, 5 bad settings.
    """


@billowatt.command()
@click.option("--data", type=FOLDER, help="Folder of the database, the files and the keys.  [default: data]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the gateway; 0 takes a free one.  [default: 8080]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the gateway listens on.")
def up(data: Path | None, port: int | None, host: str) -> None:
    """Run everything on this machine until Ctrl-C: gateway, services, database, files."""
    from billowatt.up import Ready
    from billowatt.up import up as run_up

    settings = _settings(data=data)
    if port is not None:
        settings = replace(settings, http_listen=f"{host}:{port}")

    def announce(ready: Ready) -> None:
        click.echo(_welcome(ready.url, ready.api_key, ready.sign_in, settings.data.resolve()))

    _run(run_up(settings, announce))


@billowatt.command()
@click.argument("role", type=click.Choice(["ingest", "parser", "profile", "gateway", "webhooks"]))
def serve(role: str) -> None:
    """Run one role, configured by BILLOWATT_ variables (docs/settings.md)."""
    from billowatt.roles import Role
    from billowatt.serve import serve as run_serve

    _run(run_serve(Role(role), _settings(), lambda address: click.echo(f"{role} answers on {address}")))


@billowatt.command()
def migrate() -> None:
    """Bring the database's schema up to date, then end."""
    from billowatt.roles import ROOT
    from runtime.migrations import migrate as run_migrate
    from runtime.migrations import room_folders

    settings = _settings()
    if not settings.database_url:
        raise click.UsageError("BILLOWATT_DATABASE_URL names the database; `billowatt up` migrates its own by itself")
    for name in _run(run_migrate(settings.database_url, room_folders(ROOT))):
        click.echo(name)


@billowatt.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, a line each when there are several.")
@click.option("--show", "picture", type=NEW_FILE, help="Draw the pages with every value boxed and labelled, as a PNG.")
def read(files: tuple[Path, ...], as_json: bool, picture: Path | None) -> None:
    """Read bills here and now, with no server."""
    from billowatt.local_reading import print_table, read_files

    if picture is not None and len(files) > 1:
        raise click.UsageError("--show draws one file")
    settings = _settings()
    failed = False

    def tell(report: dict[str, Any]) -> None:
        nonlocal failed
        failed = failed or "failure" in report
        if as_json:
            click.echo(json.dumps(report, ensure_ascii=False, indent=None if len(files) > 1 else 1))
        else:
            print_table(report)

    undrawn = _run(read_files(files, settings, tell, picture))
    if undrawn is not None:
        click.echo(f"{picture} not drawn: {undrawn.detail}", err=True)
    if failed or undrawn is not None:
        sys.exit(Exit.NOT_READ)


@billowatt.command()
@click.option("--data", type=FOLDER, help="Data folder of the running Billowatt.  [default: data]")
def demo(data: Path | None) -> None:
    """Upload a sample bill to a running Billowatt and show what comes of it."""
    from billowatt.remote.demo import DemoFailed
    from billowatt.remote.demo import demo as run_demo

    try:
        _run(run_demo(_settings(data=data).data))
    except DemoFailed as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.REFUSED)


@billowatt.command()
@click.argument("name")
def tenant(name: str) -> None:
    """Make a tenant with a first API key in the database of BILLOWATT_DATABASE_URL, and print both."""
    from billowatt.tenants import make_tenant
    from runtime.postgres import Database

    settings = _settings()
    if not settings.database_url:
        raise click.UsageError("BILLOWATT_DATABASE_URL names the database; `billowatt up` has a tenant of its own")

    async def make() -> tuple[str, str]:
        async with await Database.open(settings.database_url, application_name="billowatt tenant") as database:
            return await make_tenant(database, name)

    tenant_id, key = _run(make())
    click.echo(json.dumps({"tenant_id": tenant_id, "api_key": key}))


for remote_command in REMOTE_COMMANDS:
    billowatt.add_command(remote_command)


def main() -> None:
    """Run the command; the entry point of the installed script."""
    forbid_grpc_fork_handlers()
    billowatt()


def _settings(**overrides: Any) -> Settings:
    from runtime.logs import configure_logs

    try:
        settings = read_settings(**overrides)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.BAD_SETTINGS)
    configure_logs(settings.log_level, settings.log_format)
    return settings


def _run(work: Any) -> Any:
    """Run a coroutine and turn what it raises into a sentence and an exit status."""
    from domain.refusals import Refusal

    try:
        return asyncio.run(work)
    except (Exception, BaseExceptionGroup) as raised:
        from runtime.embedded_postgres import EmbeddedPostgresFailed
        from runtime.migrations import MigrationRefused

        match _first(raised):
            case SettingsError() as error:
                told, code = str(error), Exit.BAD_SETTINGS
            case Refusal() as refusal:
                told, code = f"{refusal.reason}: {refusal.sentence}", Exit.REFUSED
            case OSError() | MigrationRefused() | EmbeddedPostgresFailed() as error:
                told, code = str(error), Exit.REFUSED
            case _:
                raise
        click.echo(told, err=True)
        sys.exit(code)


def _first(error: BaseException) -> BaseException:
    """Return the error that broke a group of tasks; the others were stopped because of it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _welcome(url: str, key: str, sign_in: str, data: Path) -> str:
    bills = f"{url}/v1/projects/PROJECT_ID/utility_bills"
    named = """-H 'Content-Disposition: attachment; filename="bill.pdf"'"""
    return f"""Billowatt is ready at {url}   (API: {url}/docs)
  data     {data}
  key      {key}
  console  {sign_in}   (opens once, within 15 minutes; then sign in with the key)

  AUTH="Authorization: Bearer {key}"
  curl -sS -H "$AUTH" -H 'Content-Type: application/json' -d '{{"name": "Home"}}' {url}/v1/projects
  curl -sS -H "$AUTH" {named} --data-binary @bill.pdf {bills}
  curl -sS -H "$AUTH" {url}/v1/projects/PROJECT_ID/load_profile
"""
