"""Runs the command as a shell does: another process, its own environment, what it printed and how it ended."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "billowatt" / "sample" / "sample-bill.pdf"
DOUBTFUL = ROOT / "billowatt" / "sample" / "sample-bill-doubt.pdf"
COMMAND = (sys.executable, "-m", "billowatt")
SECONDS = 100


def environment(**more):
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **more}


def run(*arguments, stdin=b"", cwd=None, **more):
    """Run the command without a terminal; outputs are text."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        env=environment(**{"PYTHONPATH": str(ROOT), **more}),
        cwd=cwd,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def run_python(code, **more):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        cwd=ROOT,
        env=environment(**more),
        check=False,
    )


def at_terminal(*arguments, keys=b"", command=COMMAND, **more):
    """Run the command, or another, at a terminal of 120 columns, type keys; return its status and all that was shown."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment(PYTHONPATH=str(ROOT), COLUMNS="120", **{"TERM": "xterm-256color", **more}),
        start_new_session=True,
    )
    os.close(follower)
    os.write(leader, keys)
    shown = b""
    while select.select([leader], [], [], SECONDS)[0]:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    return process.wait(SECONDS), shown.decode(errors="replace")
