"""The command as a whole: what help loads and says, how it completes, what it refuses, and how pipes and signals end it."""

import asyncio
import fcntl
import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import click
import pytest

from billowatt.command import COMMANDS, billowatt
from billowatt.exits import MEANINGS, Exit
from billowatt.reference import command_page
from billowatt.remote.address import ready_of
from billowatt.secrets import LOCK_FILE, READY_FILE
from tests.billowatt.shell import COMMAND, ROOT, SAMPLE, environment, run, run_python

HEAVY = {
    "grpc",
    "asyncpg",
    "numpy",
    "rich",
    "aiohttp",
    "httpx",
    "onnxruntime",
    "cv2",
    "pypdfium2",
    "PIL",
    "google.protobuf",
}


def _commands():
    root = click.Context(billowatt)
    for name in COMMANDS:
        command = billowatt.get_command(root, name)
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", command.commands[inner]) for inner in command.list_commands(root))


def test_help_lists_every_command_and_exit_status():
    shown = run("--help").stdout
    for name, (_, sentence) in COMMANDS.items():
        assert f"  {name}" in shown
        assert sentence in shown
    for status, meaning in MEANINGS.items():
        assert f"{status.value}  {meaning}" in shown


def test_sentence_of_the_list_is_that_of_the_command():
    for name, command in _commands():
        assert command.help, name
        if name in COMMANDS:
            assert command.help.splitlines()[0].replace("\b", "") == COMMANDS[name][1]


def test_help_loads_click_and_nothing_heavy():
    """Whoever asks for help does not wait for gRPC, the database, the reader or even tables."""
    done = run_python(
        "import sys; from billowatt.command import run\n"
        "assert run(['--help']) == 0\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), 'asyncio' in sys.modules, 'runtime.settings' in sys.modules)"
    )
    assert done.stdout.splitlines()[-1] == "[] False False", done.stderr


@pytest.mark.parametrize("name", ["read", "upload", "webhooks", "doctor", "export"])
def test_help_of_a_command_loads_nothing_heavy_either(name):
    done = run_python(
        f"import sys; from billowatt.command import run\nassert run([{name!r}, '--help']) == 0\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_page_of_the_docs_is_what_the_command_says():
    assert (ROOT / "docs" / "command.md").read_text() == command_page()


def test_every_option_says_what_it_is_for():
    silent = [
        f"{name} {option.opts[0]}"
        for name, command in _commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete --no-files")]
)
def test_completion_prints_a_script_that_the_shell_reads(shell, word):
    done = run("completion", shell)
    assert done.returncode == 0
    assert word in done.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.stdout.encode(), check=True, timeout=20)


def test_completion_offers_commands_and_options():
    offered = run(_BILLOWATT_COMPLETE="bash_complete", COMP_WORDS="billowatt re", COMP_CWORD="1").stdout
    options = run(_BILLOWATT_COMPLETE="bash_complete", COMP_WORDS="billowatt read --j", COMP_CWORD="2").stdout
    assert offered.split() == ["plain,read", "plain,review"]
    assert options.split() == ["plain,--json", "plain,--jobs"]


def test_wrong_word_is_answered_with_the_right_one():
    done = run("raed")
    assert done.returncode == Exit.USAGE
    assert "read" in done.stderr


def test_unknown_setting_is_refused_with_its_name():
    done = run("read", SAMPLE, BILLOWATT_SLOTS="2")
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert "error: BILLOWATT_SLOTS is not a setting" in done.stderr
    assert "try: " in done.stderr


def test_role_without_its_settings_names_each_that_is_missing():
    done = run("serve", "ingest")
    assert done.returncode == Exit.USAGE
    for name in ("BILLOWATT_DATABASE_URL", "BILLOWATT_OBJECTS_URL", "BILLOWATT_SECRET"):
        assert name in done.stderr


def test_port_in_use_is_refused_with_a_sentence(tmp_path):
    tmp_path.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("up", "--data", tmp_path / "data", "--port", taken.getsockname()[1])
    assert done.returncode == Exit.REFUSED
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "billowatt.json").exists()


def test_command_for_a_database_of_ones_own_says_which_setting_it_needs():
    done = run("migrate")
    assert done.returncode == Exit.USAGE
    assert "BILLOWATT_DATABASE_URL" in done.stderr


def test_database_that_is_away_is_unreachable():
    done = run("migrate", BILLOWATT_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert (done.returncode, done.stdout) == (Exit.UNREACHABLE, "")
    assert "STORE_UNAVAILABLE" in done.stderr


async def test_first_tenant_of_a_database_is_made_before_anything_runs(database, database_url):
    from runtime.keys import find_key

    done = await asyncio.to_thread(run, "tenants", "create", "First", BILLOWATT_DATABASE_URL=database_url)
    made = json.loads(done.stdout)
    async with await type(database).open(database_url, application_name="test") as opened:
        known = await find_key(opened, made["api_key"])
    assert known is not None
    assert known.tenant_id == made["tenant_id"]


def test_nothing_running_is_unreachable_and_says_how_to_start_it(tmp_path):
    done = run("profile", "some-project", "--data", tmp_path)
    assert (done.returncode, done.stdout) == (Exit.UNREACHABLE, "")
    assert f"try: `billowatt up --data {tmp_path}`" in done.stderr


def test_nobody_at_the_address_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = run("projects", "--url", f"http://127.0.0.1:{port}", BILLOWATT_API_KEY="bk_live_x")
    assert (done.returncode, done.stdout) == (Exit.UNREACHABLE, "")
    assert "Traceback" not in done.stderr


def test_address_without_a_key_is_wrong_usage():
    done = run("projects", "--url", "http://127.0.0.1:1")
    assert done.returncode == Exit.USAGE
    assert "BILLOWATT_API_KEY" in done.stderr


def test_pipe_that_is_closed_early_is_no_error():
    with subprocess.Popen(["head", "-c", "20"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        done = subprocess.run(
            [*COMMAND, "read", "--json", str(SAMPLE), str(SAMPLE)],
            stdout=reader.stdin,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=ROOT,
            timeout=100,
            check=False,
        )
        output, _ = reader.communicate(timeout=20)
    assert len(output) == 20
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)])
def test_signal_ends_it_with_its_own_status_and_leaves_no_reading_process(number, status):
    running = subprocess.Popen(
        [*COMMAND, "read", *[str(SAMPLE)] * 20],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (children := _children_of(running.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.send_signal(number)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == status
    assert b"Traceback" not in errors
    assert [one for one in children if Path("/proc", one).exists()] == []


def _children_of(pid):
    return [
        stat.parent.name
        for stat in Path("/proc").glob("[0-9]*/stat")
        if (words := _words(stat)) and words[1] == str(pid)
    ]


def _words(stat):
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def test_fault_of_our_own_says_so(monkeypatch, capfd):
    from billowatt.command import run as run_here

    monkeypatch.setattr("billowatt.commands.completion.get_completion_class", lambda shell: 1 / 0)
    assert run_here(["completion", "bash"]) == Exit.FAULT
    output, errors = capfd.readouterr()
    assert output == ""
    assert "error: ZeroDivisionError" in errors
    assert "doctor --bundle" in errors


@pytest.fixture(autouse=True)
def _own_signals():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_what_a_killed_billowatt_left_behind_is_not_taken_for_a_running_one(tmp_path):
    (tmp_path / READY_FILE).write_text(json.dumps({"url": "http://127.0.0.1:1", "api_key": "k"}))
    assert ready_of(tmp_path) is None
    (tmp_path / LOCK_FILE).touch()
    assert ready_of(tmp_path) is None
    with (tmp_path / LOCK_FILE).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert ready_of(tmp_path) == {"url": "http://127.0.0.1:1", "api_key": "k"}
    assert ready_of(tmp_path) is None
    assert ready_of(tmp_path / "nowhere") is None
