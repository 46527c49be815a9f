"""The sandbox: what a reading process can no longer do once it has closed it around itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ENTER = """
import json, os, sys
from pathlib import Path
from services.parser import sandbox
orders = json.loads(sys.argv[1])
bounds = sandbox.Bounds(orders["memory_bytes"], Path(orders["folder"]), programs=orders["programs"])
report = sandbox.enter(bounds, os.getppid())
def tried(action):
    try:
        return str(action())
    except BaseException as error:
        return type(error).__name__
"""


@pytest.fixture
def inside(tmp_path):
    """Run a script inside a sandbox; it prints one JSON value."""

    def run(script, *, memory_bytes=2**30, programs=False, **environment):
        orders = {"memory_bytes": memory_bytes, "folder": str(tmp_path), "programs": programs}
        return subprocess.run(
            [sys.executable, "-c", ENTER + script, json.dumps(orders)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_part_is_in_force_on_this_machine(inside):
    report = told(inside("print(json.dumps(report))"))
    needed = {"dies_with_parent", "no_new_privileges", "not_dumpable", "limits", "no_network"}
    assert {name for name in needed if not report[name]} == set()


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_socket_cannot_be_opened(inside, family):
    script = f"import socket; print(json.dumps(tried(lambda: socket.socket(socket.{family}))))"
    assert told(inside(script)) == "PermissionError"


def test_program_cannot_be_run_and_parent_cannot_be_killed(inside):
    script = """
import subprocess
print(json.dumps([
    tried(lambda: subprocess.run(["true"])),
    tried(lambda: os.fork()),
    tried(lambda: os.kill(os.getppid(), 9)),
]))
"""
    assert told(inside(script)) == ["PermissionError", "PermissionError", "PermissionError"]


def test_program_can_be_run_when_the_engine_needs_one(inside):
    script = 'import subprocess; print(json.dumps(tried(lambda: subprocess.run(["/bin/true"]).returncode)))'
    assert told(inside(script, programs=True)) == "0"


def test_memory_is_bounded(inside):
    script = "print(json.dumps([tried(lambda: len(bytearray(2**26))), tried(lambda: len(bytearray(2**29)))]))"
    assert told(inside(script, memory_bytes=2**29)) == [str(2**26), "MemoryError"]


def test_files_are_bounded_and_none_is_written(inside, tmp_path):
    script = """
written = lambda: open("x", "wb", buffering=0).write(b"x" * 10)
many = lambda: [open("/dev/null") for _ in range(100)]
print(json.dumps([tried(written), tried(many)]))
"""
    assert told(inside(script)) == ["OSError", "OSError"]
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


def test_file_of_the_house_cannot_be_read_when_the_kernel_has_landlock(inside, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("password")
    script = f"""
print(json.dumps([report["own_files_only"], tried(lambda: open({str(secret)!r}).read()), tried(lambda: os.listdir("/root"))]))
"""
    held, content, listing = told(inside(script))
    if not held:
        pytest.skip("this kernel has no Landlock")
    assert (content, listing) == ("PermissionError", "PermissionError")


def test_open_files_of_the_parent_are_closed(inside):
    script = """
import errno
def state(number):
    try:
        os.fstat(number)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "open"
print(json.dumps(sorted({state(number) for number in range(3, 200)})))
"""
    assert told(inside(script)) == ["EBADF"]


def test_cpu_is_bounded(inside):
    done = inside("sandbox.allow_cpu(0.2)\nwhile True: pass")
    assert done.returncode == -24  # SIGXCPU


def test_process_ends_when_its_parent_is_gone_already(inside):
    done = inside("sandbox.enter(bounds, 1); print('still here')")
    assert (done.returncode, done.stdout) == (1, "")
