"""Options that several subcommands share, and the settings and the client that they lead to."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from billowatt.terminal import Talk

if TYPE_CHECKING:
    from billowatt.remote.address import Address
    from billowatt_client import Client
    from runtime.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DASHED = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)

AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
PROJECT = click.option("--project", "project_id", metavar="ID", help="Only of this project.")


def explained(command: F) -> F:
    """Turn the mark of a docstring before lines that stand as they are into the character that click looks for there."""
    command.__doc__ = (command.__doc__ or "").replace(r"\b", "\b")
    return command


def talking(command: F) -> F:
    """Add ``-q``, ``-v`` and ``--no-color``; the command gets them as ``talk``."""

    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more of what happens.")
    @click.option("--no-color", is_flag=True, help="No colours; NO_COLOR does the same.")
    @functools.wraps(explained(command))
    def wrapped(*arguments: Any, quiet: bool, verbose: bool, no_color: bool, **options: Any) -> Any:
        return command(*arguments, talk=Talk(quiet, verbose, not no_color), **options)

    return wrapped  # type: ignore[return-value]


def remote(command: F) -> F:
    """Add the options that say where Billowatt runs; the command gets them as ``where``."""
    talks = talking(command)

    @click.option("--data", type=FOLDER, help="Data folder of a Billowatt on this machine.  [default: data]")
    @click.option("--url", help="Where Billowatt answers, if elsewhere; its key is read from BILLOWATT_API_KEY.")
    @functools.wraps(talks)
    def wrapped(*arguments: Any, data: Path | None, url: str | None, **options: Any) -> Any:
        return talks(*arguments, where=Where(data, url), **options)

    return wrapped  # type: ignore[return-value]


class Where:
    """Where Billowatt runs, as the options say it."""

    def __init__(self, data: Path | None, url: str | None) -> None:
        self.data = data
        self.url = url

    def settings(self) -> "Settings":
        """Return the settings with these options."""
        from runtime.settings import read_settings

        return read_settings(data=self.data, url=self.url)

    def address(self) -> "Address":
        """Return where that is, and the key."""
        from billowatt.remote.address import address

        return address(self.settings())

    @contextmanager
    def client(self) -> "Iterator[Client]":
        """Yield a client of what runs there."""
        from billowatt_client import Client

        found = self.address()
        with Client(found.url, found.api_key) as client:
            yield client

    @contextmanager
    def operator(self) -> "Iterator[Client]":
        """Yield a client that speaks with the operator's key."""
        from billowatt.remote.address import operator_address
        from billowatt_client import Client

        found = operator_address(self.settings())
        with Client(found.url, found.api_key) as client:
            yield client


def make_sure(question: str, yes: bool) -> None:
    """Ask before something is done that cannot be undone, unless that was said already.

    Raises:
        UsageError: nobody is there to be asked.
        Abort: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("give --yes: there is no terminal to ask at")
    click.confirm(question, abort=True, err=True)


def settings_with_logs(talk: Talk, **overrides: Any) -> "Settings":
    """Return the settings of a command that runs rooms itself, its logs set up as they and ``-q`` or ``-v`` say."""
    from runtime.logs import configure_logs
    from runtime.settings import read_settings

    settings = read_settings(**overrides)
    level = "debug" if talk.verbose else "error" if talk.quiet else settings.log_level
    configure_logs(level, settings.log_format)
    return settings
