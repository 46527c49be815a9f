"""The command: help, exit codes, and what it refuses."""

import json
import os
import socket
import subprocess
import sys

import pytest

from billowatt.exits import Exit


def _run(*arguments, seconds=60, **environment):
    return subprocess.run(
        [sys.executable, "-m", "billowatt", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        check=False,
    )


def test_help_lists_every_command_with_a_sentence():
    from billowatt.command import billowatt

    shown = _run("--help").stdout
    for name, command in billowatt.commands.items():
        assert name in shown
        assert command.help


def test_help_names_every_exit_code():
    shown = " ".join(_run("--help").stdout.split())
    for code in Exit:
        assert f"{code.value} " in shown


def test_help_loads_no_room():
    """Whoever asks for help does not wait for gRPC, the database or the reader."""
    done = _run_python(
        "import sys; from billowatt.command import billowatt\n"
        "try: billowatt(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'grpc', 'asyncpg', 'numpy', 'aiohttp', 'rich'} & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "[]"


def _run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_unknown_setting_is_refused_with_its_name():
    done = _run("read", __file__, BILLOWATT_SLOTS="2")
    assert done.returncode == Exit.BAD_SETTINGS
    assert "BILLOWATT_SLOTS is not a setting" in done.stderr


def test_role_without_its_settings_names_each_that_is_missing():
    done = _run("serve", "ingest")
    assert done.returncode == Exit.BAD_SETTINGS
    for name in ("BILLOWATT_DATABASE_URL", "BILLOWATT_OBJECTS_URL", "BILLOWATT_SECRET"):
        assert name in done.stderr


def test_missing_file_is_wrong_usage():
    assert _run("read", "/nonexistent.pdf").returncode == Exit.USAGE


def test_file_that_is_no_bill_gives_a_typed_failure_as_json(tmp_path):
    path = tmp_path / "bill.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing follows")

    done = _run("read", "--json", str(path))

    assert done.returncode == Exit.NOT_READ
    assert json.loads(done.stdout)["failure"]["reason"] == "corrupt"


def test_several_files_give_a_line_of_json_each(tmp_path):
    for name in ("one.pdf", "two.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.7\nnothing follows")

    done = _run("read", "--json", str(tmp_path / "one.pdf"), str(tmp_path / "two.pdf"))

    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == ["one.pdf", "two.pdf"]


def test_port_in_use_is_refused_with_a_sentence(tmp_path):
    tmp_path.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = _run("up", "--data", str(tmp_path / "data"), "--port", str(taken.getsockname()[1]))
    assert done.returncode == Exit.REFUSED
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "billowatt.json").exists()


@pytest.mark.parametrize("command", ["migrate", "tenant"])
def test_command_for_a_database_of_ones_own_says_which_setting_it_needs(command):
    done = _run(command, *(["a name"] if command == "tenant" else []))
    assert done.returncode == Exit.USAGE
    assert "BILLOWATT_DATABASE_URL" in done.stderr
