"""How the command talks: data to standard output, everything else to standard error, movement and colour at a terminal only.

``NO_COLOR``, ``FORCE_COLOR``, ``TERM=dumb`` and ``COLUMNS`` are honoured. An early-closed pipe is no error: nobody wants more.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA_VERSION = 1
"""Of what ``--json`` prints. Members are only added; one that is renamed or removed raises it."""

WIDTH_WITHOUT_TERMINAL = 160
"""Characters in a line of a table that goes to a file or another program, where ``COLUMNS`` does not say."""


class Steps(Protocol):
    """Progress of one thing: how many of how many steps are done; 0 of 0 while unknown."""

    def __call__(self, done: int, total: int) -> None:
        """Tell how far it is."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What the person asked to hear: ``quiet`` takes away all but errors, ``verbose`` adds details."""

    quiet: bool = False
    verbose: bool = False
    colour: bool = True

    def console(self) -> "Console":
        """Return where tables and charts for people go: standard output."""
        return _console(self.colour, stderr=False)

    def say(self, text: str) -> None:
        """Tell a person what happens, on standard error."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def detail(self, text: str) -> None:
        """Tell what only ``-v`` wants to hear."""
        if self.verbose:
            print(text, file=sys.stderr, flush=True)

    def error(self, sentence: str, remedy: str = "") -> None:
        """Tell what went wrong and what to do next, also where it is to be quiet."""
        print_error(sentence, remedy)

    @contextmanager
    def progress(self) -> "Iterator[Progress]":
        """Show bars on standard error while something lasts; where that is no terminal, nothing."""
        if self.quiet or not sys.stderr.isatty():
            yield Progress(None)
            return
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        console = _console(self.colour, stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bars(*columns, console=console, transient=True, disable=console.is_dumb_terminal) as bars:
            yield Progress(bars)


class Progress:
    """Bars, one for each thing that lasts, gone when it ends; none where there is nobody to look."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars

    @contextmanager
    def begin(self, name: str) -> Iterator[Steps]:
        """Show one more bar for as long as something lasts; what is yielded moves it."""
        bars = self._bars
        if bars is None:
            yield lambda done, total: None
            return
        task = bars.add_task(escaped(name), total=None)

        def move(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total or None)

        try:
            yield move
        finally:
            bars.remove_task(task)


def print_json(what: Mapping[str, Any]) -> None:
    """Print one line of JSON on standard output: an object that says its ``schema_version``."""
    print(json.dumps({"schema_version": SCHEMA_VERSION, **what}, ensure_ascii=False, default=str), flush=True)


def print_error(sentence: str, remedy: str = "") -> None:
    """Print ``error: …`` and, where something helps, ``try: …`` on standard error."""
    lines = [f"error: {sentence}"] + ([f"try: {remedy}"] if remedy else [])
    print("\n".join(plain(line, keep="\n") for line in lines), file=sys.stderr, flush=True)


def plain(text: object, keep: str = "") -> str:
    """Return a text without characters that move the cursor, change colours or reverse the direction of writing."""
    return "".join(
        sign if sign.isprintable() or sign in keep else " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}"
        for sign in str(text)
    )


def escaped(text: object) -> str:
    """Return a text of a bill or of the service, to stand as it is in what rich prints."""
    from rich.markup import escape

    return escape(plain(text))


def _console(colour: bool, *, stderr: bool) -> "Console":
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    width = None
    if not (sys.stderr if stderr else sys.stdout).isatty():
        width = shutil.get_terminal_size((WIDTH_WITHOUT_TERMINAL, 24)).columns
    return Piped(stderr=stderr, width=width, no_color=None if colour else True, highlight=False)
