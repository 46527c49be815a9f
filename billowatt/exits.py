"""How the command ends: one table of exit statuses, carried by its errors, and what each error tells a person to do next.

128 plus the number of a signal is the shell's own habit (POSIX, 2.8.2); 69 and 70 are ``EX_UNAVAILABLE`` and ``EX_SOFTWARE`` of
``sysexits.h``.
"""

import sys
from collections.abc import Iterator
from enum import IntEnum


class Exit(IntEnum):
    """What the command's exit status means."""

    DONE = 0
    """All that was asked is done."""
    FAILED = 1
    """At least one bill was not read, or one check failed; what the others gave was told."""
    USAGE = 2
    """The words of the call or the settings are off; nothing was done."""
    DOUBTS = 3
    """All bills were read, and at least one of them holds a doubt (with --fail-on doubt only)."""
    UNREACHABLE = 4
    """Billowatt, its database or its object store does not answer."""
    REFUSED = 5
    """The service or this machine said no: a key, a limit, an id, a port, a file."""
    MISSING_ENGINE = 69
    """A library or a program that reads bills is not installed."""
    FAULT = 70
    """A fault of Billowatt's own; the message has the details."""
    INTERRUPTED = 130
    """Ctrl-C."""
    TERMINATED = 143
    """SIGTERM."""

    @property
    def meaning(self) -> str:
        """Return what it means, in a sentence."""
        return MEANINGS[self]


MEANINGS = {
    Exit.DONE: "all that was asked is done",
    Exit.FAILED: "at least one bill was not read, or one check failed; the others were told",
    Exit.USAGE: "wrong usage or settings; nothing was done",
    Exit.DOUBTS: "a bill holds a doubt (with --fail-on doubt)",
    Exit.UNREACHABLE: "Billowatt, its database or its object store does not answer",
    Exit.REFUSED: "refused: a key, a limit, an id, a port, a file",
    Exit.MISSING_ENGINE: "a library or program that reads bills is missing",
    Exit.FAULT: "a fault of Billowatt's own",
    Exit.INTERRUPTED: "interrupted (Ctrl-C)",
    Exit.TERMINATED: "terminated (SIGTERM)",
}


class CommandFailed(Exception):
    """The command cannot go on. ``remedy`` is what to do next: a command, or a sentence; empty where nothing helps."""

    exit = Exit.FAULT

    def __init__(self, sentence: str, remedy: str = "") -> None:
        self.sentence = sentence
        self.remedy = remedy
        super().__init__(sentence)


class WrongUsage(CommandFailed):
    """The words of the call or the settings are off."""

    exit = Exit.USAGE


class Unreachable(CommandFailed):
    """Nobody answers there."""

    exit = Exit.UNREACHABLE


class Denied(CommandFailed):
    """The service or this machine said no."""

    exit = Exit.REFUSED


class EngineMissing(CommandFailed):
    """What reads bills is not installed."""

    exit = Exit.MISSING_ENGINE


class Fault(CommandFailed):
    """Something that should not happen."""

    exit = Exit.FAULT


def failure_of(raised: BaseException) -> CommandFailed:
    """Return what is told of an error, whoever raised it.

    Types of rooms and libraries are looked up among what is loaded: an error of theirs cannot come without them.
    """
    for error in _broken(raised):
        if isinstance(error, CommandFailed):
            return error
        told = _of_client(error) or _of_room(error) or _of_system(error)
        if told is not None:
            return told
    error = next(_broken(raised))
    return Fault(
        f"{type(error).__name__}: {error}",
        "this is a fault of Billowatt: `billowatt doctor --bundle report.tar.gz`, and file it with what you did",
    )


def _broken(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors of a group, the first one first; the others were stopped because of it."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _broken(one)
    else:
        yield error


def _is(error: BaseException, module: str, *names: str) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, tuple(getattr(loaded, name) for name in names))


def _of_client(error: BaseException) -> CommandFailed | None:
    client = "billowatt_client.errors"
    if _is(error, client, "ConnectionFailed"):
        return Unreachable(str(error), "see whether it runs: `billowatt doctor`; start it with `billowatt up`")
    if _is(error, client, "Unavailable", "WaitTimedOut"):
        return Unreachable(str(error), "try again in a moment; `billowatt doctor` looks for the cause")
    if _is(error, client, "Problem", "JobFailed"):
        return Denied(str(error), _remedy_of_problem(getattr(error, "reason", "")))
    return None


def _of_room(error: BaseException) -> CommandFailed | None:
    if _is(error, "runtime.settings", "SettingsError"):
        return WrongUsage(str(error), "docs/settings.md lists every setting; `billowatt doctor` checks them")
    if _is(error, "domain.refusals", "Unavailable", "TimedOut"):
        return Unreachable(_refused(error), "see that the database and the object store run: `billowatt doctor`")
    if _is(error, "domain.refusals", "Refusal"):
        return Denied(_refused(error))
    if _is(error, "runtime.embedded_postgres", "EmbeddedPostgresFailed"):
        return Denied(str(error), "`billowatt doctor` checks the data folder and the database's programs")
    if _is(error, "runtime.migrations", "MigrationRefused"):
        return Denied(str(error), "run the release that made this database, or a newer one")
    return None


def _of_system(error: BaseException) -> CommandFailed | None:
    match error:
        case ModuleNotFoundError():
            return EngineMissing(str(error), "install Billowatt whole again: `make setup`, or `pip install billowatt`")
        case OSError():
            return Denied(str(error))
    return None


def _refused(error: BaseException) -> str:
    return f"{getattr(error, 'reason', '')}: {getattr(error, 'sentence', error)}"


def _remedy_of_problem(reason: str) -> str:
    match reason:
        case "BAD_KEY" | "NO_KEY":
            return "give a key that lives in BILLOWATT_API_KEY; `billowatt keys list` shows those of the tenant"
        case "MISSING_SCOPE":
            return "use a key with the scope: `billowatt keys create NAME --scope SCOPE`"
        case "NO_SUCH_PROJECT":
            return "`billowatt projects` lists the projects that the key sees"
        case "LIMIT_REACHED":
            return "wait a moment and run the same command again"
        case "POSITION_PRUNED":
            return "begin anew without --after"
        case _:
            return ""
