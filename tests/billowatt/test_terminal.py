"""How the command talks: colours and movement where they belong, numbers as lines of JSON, and nothing that a text could do."""

import json
import sys

import pytest

from billowatt.exits import (
    MEANINGS,
    CommandFailed,
    Denied,
    EngineMissing,
    Exit,
    Fault,
    Unreachable,
    WrongUsage,
    failure_of,
)
from billowatt.terminal import escaped, plain, print_error, print_json
from domain.refusals import BillTooLarge, StoreUnavailable
from runtime.settings import SettingsError
from tests.billowatt.shell import at_terminal, run_python

SAY = (
    "from billowatt.terminal import Talk\n"
    "talk = Talk({options})\n"
    "with talk.progress() as progress, progress.begin('a bill') as steps:\n"
    "    steps(1, 2)\n"
    "talk.console().print('[red]red[/]')\n"
    "talk.say('said')\n"
)
RED, BAR = "\x1b[31m", "\x1b[?25l"


def _shown(options="", **environment):
    return at_terminal("-c", SAY.format(options=options), command=(sys.executable,), **environment)[1]


def test_terminal_gets_colours_and_bars():
    shown = _shown()
    assert RED in shown
    assert BAR in shown


@pytest.mark.parametrize(
    ("options", "environment"), [("", {"NO_COLOR": "1"}), ("", {"TERM": "dumb"}), ("colour=False", {})]
)
def test_colours_are_left_out_where_they_are_not_wanted(options, environment):
    shown = _shown(options, **environment)
    assert "red" in shown
    assert RED not in shown
    assert (BAR in shown) == ("TERM" not in environment)


def test_quiet_leaves_the_data_alone():
    shown = _shown("quiet=True")
    assert "red" in shown
    assert "said" not in shown
    assert BAR not in shown


def test_pipe_gets_neither_unless_colours_are_forced():
    piped = run_python(SAY.format(options=""))
    forced = run_python(SAY.format(options=""), FORCE_COLOR="1")
    assert (piped.stdout, piped.stderr) == ("red\n", "said\n")
    assert RED in forced.stdout
    assert BAR not in forced.stdout + forced.stderr


def test_json_is_one_line_with_its_version(capsys):
    print_json({"name": "Größe\nB", "schema_version": 7})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"schema_version": 7, "name": "Größe\nB"}


@pytest.mark.parametrize("hostile", ["\x1b[2Jgone", "a\rb", "\u202egpj.exe", "tab\tand\x00nul", "[red]markup[/]"])
def test_text_of_others_can_do_nothing_to_a_terminal(hostile, capsys):
    from rich.console import Console

    Console(width=80).print(escaped(hostile))
    print_error(hostile, hostile)
    shown = "".join(capsys.readouterr())
    assert not any(sign in shown for sign in ("\x1b", "\r", "\u202e", "\x00", "\t"))
    assert plain(hostile) in shown


def test_every_status_has_a_meaning_and_every_error_its_status():
    assert set(MEANINGS) == set(Exit)
    assert {kind.exit for kind in (WrongUsage, Unreachable, Denied, EngineMissing, Fault)} == {
        Exit.USAGE, Exit.UNREACHABLE, Exit.REFUSED, Exit.MISSING_ENGINE, Exit.FAULT,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SettingsError("BILLOWATT_X is not a setting"), Exit.USAGE),
        (StoreUnavailable(), Exit.UNREACHABLE),
        (BillTooLarge(), Exit.REFUSED),
        (PermissionError(13, "Permission denied", "/x"), Exit.REFUSED),
        (ModuleNotFoundError("No module named 'cv2'"), Exit.MISSING_ENGINE),
        (ExceptionGroup("several", [ExceptionGroup("inner", [StoreUnavailable()])]), Exit.UNREACHABLE),
        (KeyError("x"), Exit.FAULT),
        (Denied("no", "ask"), Exit.REFUSED),
    ],
)
def test_error_of_any_room_ends_with_its_status_and_a_sentence(error, status):
    failure = failure_of(error)
    assert isinstance(failure, CommandFailed)
    assert failure.exit is status
    assert failure.sentence


def test_errors_of_the_client_end_with_their_status():
    from billowatt_client import ConnectionFailed, WaitTimedOut
    from billowatt_client.errors import problem_of

    assert failure_of(ConnectionFailed("nobody")).exit is Exit.UNREACHABLE
    assert failure_of(WaitTimedOut("late")).exit is Exit.UNREACHABLE
    assert failure_of(problem_of(503, {"reason": "STORE_UNAVAILABLE"})).exit is Exit.UNREACHABLE
    for status, reason in ((401, "BAD_KEY"), (403, "MISSING_SCOPE"), (404, "NO_SUCH_PROJECT"), (429, "LIMIT_REACHED")):
        failure = failure_of(problem_of(status, {"reason": reason, "detail": "because"}))
        assert failure.exit is Exit.REFUSED
        assert failure.remedy
