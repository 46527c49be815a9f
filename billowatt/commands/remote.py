"""``billowatt upload``, ``watch`` and ``profile``: the partners' client, from a shell. What they need is loaded when they run."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from billowatt.exits import Exit
from runtime.settings import SettingsError, read_settings

if TYPE_CHECKING:
    from billowatt_client import Client

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
WAIT_SECONDS = 600.0


def _where(command: F) -> F:
    """Add the options that say where Billowatt runs."""
    command = click.option("--data", type=FOLDER, help="Data folder of a Billowatt on this machine.  [default: data]")(
        command
    )
    return click.option("--url", help="Where Billowatt answers, if elsewhere; its key is read from BILLOWATT_API_KEY.")(
        command
    )


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--project", "project_id", help="The project's id; without it a project is made.")
@click.option("--name", default="Bills", show_default=True, help="Name of the project that is made.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until every bill was read.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, a line each.")
@_where
def upload(
    files: tuple[Path, ...],
    project_id: str | None,
    name: str,
    wait: bool,
    as_json: bool,
    data: Path | None,
    url: str | None,
) -> None:
    """Upload bills to a running Billowatt, and show what was read of them."""
    from billowatt.remote.uploading import upload_files

    def work(client: "Client") -> bool:
        return upload_files(client, files, project_id, name, wait_seconds=WAIT_SECONDS if wait else 0, as_json=as_json)

    if not _with_client(data, url, work):
        sys.exit(Exit.NOT_READ)


@click.command()
@click.argument("project_id")
@click.option("--follow", is_flag=True, help="Go on when every bill was read, until Ctrl-C.")
@_where
def watch(project_id: str, follow: bool, data: Path | None, url: str | None) -> None:
    """Watch a project's bills being read, until all of them are."""
    from billowatt.remote.watching import watch_project

    _with_client(data, url, lambda client: watch_project(client, project_id, follow=follow))


@click.command()
@click.argument("project_id")
@click.option("--json", "as_json", is_flag=True, help="The answer of the service, as it is.")
@_where
def profile(project_id: str, as_json: bool, data: Path | None, url: str | None) -> None:
    """Show a project's load profile: twelve months, and where each comes from."""
    from billowatt.remote.profiles import show_profile

    _with_client(data, url, lambda client: show_profile(client, project_id, as_json=as_json))


COMMANDS = (upload, watch, profile)


def _with_client(data: Path | None, url: str | None, work: Callable[["Client"], Any]) -> Any:
    """Open a client, do the work, and turn what the client raises into a sentence and an exit status."""
    from billowatt.remote.address import NotRunning, address
    from billowatt_client import BillowattError, Client

    try:
        settings = read_settings(data=data, url=url)
        found = address(settings)
        with Client(found.url, found.api_key) as client:
            return work(client)
    except SettingsError as error:
        told, code = str(error), Exit.BAD_SETTINGS
    except (BillowattError, NotRunning, OSError) as error:
        told, code = str(error), Exit.REFUSED
    except KeyboardInterrupt:
        told, code = "", Exit.DONE
    if told:
        click.echo(told, err=True)
    sys.exit(code)
