"""The command ``billowatt``: its subcommands by name, each loaded when it is called, and the one place where errors become words.

``--help`` loads click and nothing else; a test compares the sentences here with the subcommands' own.
"""

import contextlib
import os
import select
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import click

from billowatt.exits import MEANINGS, Exit, failure_of
from billowatt.terminal import print_error

COMMANDS: dict[str, tuple[str, str]] = {
    "read": ("read:read", "Read bills here and now, with no server."),
    "up": ("running:up", "Run everything on this machine until Ctrl-C."),
    "demo": ("remote:demo", "Show a sample bill on its whole way through a running Billowatt."),
    "upload": ("remote:upload", "Upload bills to a running Billowatt, and show what was read."),
    "watch": ("remote:watch", "Watch a project's bills being read, until all of them are."),
    "projects": ("remote:projects", "List the projects that the key sees."),
    "profile": ("remote:profile", "Show a project's load profile: twelve months, and their sources."),
    "review": ("review:review", "Go through the doubts of a project's bills: confirm or correct."),
    "export": ("export:export", "Export bills, months, profiles or all of a tenant to a file."),
    "webhooks": ("webhooks:webhooks", "Listen to events, and look after webhook endpoints."),
    "keys": ("keys:keys", "List, make, rotate and revoke API keys."),
    "tenants": ("keys:tenants", "List, make and erase tenants, for the operator."),
    "doctor": ("doctor:doctor", "Check this machine and what runs on it, and say what to mend."),
    "bench": ("bench:bench", "Measure how fast this machine reads bills, and what runs on it."),
    "serve": ("running:serve", "Run one role of an installation that is spread over machines."),
    "migrate": ("running:migrate", "Bring the database's schema up to date, then end."),
    "completion": ("completion:completion", "Print the script that completes commands in your shell."),
}
"""Where each subcommand stands below ``billowatt.commands``, and its sentence; what people try first stands first."""

EXAMPLES = """\b
Examples:
  billowatt read --sample                 two sample bills, read on the spot
  billowatt read bill.pdf                 a table; --json or --csv for programs
  billowatt up                            everything on this machine
  billowatt upload bill.pdf               to what runs
  billowatt webhooks listen               see events arrive
"""


class LazyGroup(click.Group):
    """A group that loads a subcommand when it is called or explained, and lists all of them without loading any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one subcommand."""
        if cmd_name not in COMMANDS:
            return None
        _forbid_grpc_fork_handlers()
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        loaded: click.Command = getattr(import_module(f"billowatt.commands.{module}"), name)
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; one that is not there is answered with the one that was meant."""
        if args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


def _help() -> str:
    statuses = "\n".join(f"  {one.value:>3}  {meaning}" for one, meaning in MEANINGS.items())
    return f"""Reads utility bills, proves what it read, keeps the load profile, and tells your partners.

{EXAMPLES}
\b
Exit status:
{statuses}
"""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, help=_help())
@click.version_option(package_name="billowatt")
def billowatt() -> None:
    """See ``_help``."""


def main() -> None:
    """Run the command; the entry point of the installed script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with its arguments and return its exit status; whatever is raised becomes a sentence."""
    terminated = False

    def terminate(_number: int, frame: FrameType | None) -> None:
        """End as Ctrl-C does, so that what runs is cleaned up; roles that serve take the signal for themselves."""
        nonlocal terminated
        terminated = True
        interrupt = signal.getsignal(signal.SIGINT)
        if not callable(interrupt):  # a shell's background job does not hear of Ctrl-C
            raise SystemExit(int(Exit.TERMINATED))
        interrupt(signal.SIGINT, frame)

    with contextlib.suppress(ValueError):  # not in the main thread: a test's
        signal.signal(signal.SIGTERM, terminate)
    try:
        status = int(_invoked(arguments))
        return Exit.TERMINATED if terminated and status == Exit.INTERRUPTED else status
    except SystemExit as left:
        # click itself leaves with 1 where a pipe was closed early.
        code = left.code if isinstance(left.code, int) else Exit.FAULT
        return Exit.DONE if code == 1 and _nobody_reads() else code


def _invoked(arguments: list[str]) -> int:
    try:
        status: Any = billowatt.main(arguments, prog_name="billowatt", standalone_mode=False)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:
        if _nobody_reads():
            return Exit.DONE
        failure = failure_of(error)
        if failure.exit is Exit.FAULT:
            _print_trace(error)
        print_error(failure.sentence, failure.remedy)
        return failure.exit
    return status if isinstance(status, int) else Exit.DONE


def _nobody_reads() -> bool:
    """Tell whether standard output is a pipe that its reader has closed; what is still buffered is left unsaid then."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        output = select.poll()
        output.register(1, 0)
        if any(event & select.POLLERR for _, event in output.poll(0)):
            # The interpreter would try to write the rest once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return True
    return False


def _print_trace(error: Exception) -> None:
    import traceback

    traceback.print_exception(error)


def _forbid_grpc_fork_handlers() -> None:
    from runtime.settings import forbid_grpc_fork_handlers

    forbid_grpc_fork_handlers()
