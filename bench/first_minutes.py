"""Times a newcomer's first minutes: an empty folder, a clone, ``make run``, the first reading and the first webhook.

``python -m bench.first_minutes`` clones this repository into a new folder and does there what README.md says. The packages come
from the index or the cache that pip is set up with. Prints one line of JSON, times in seconds from the beginning:

- ``cloned``, ``ready``: the clone is there; ``make run`` says where it answers (the environment is built in between).
- ``first_reading``, ``first_webhook``: a bill's numbers can be fetched; its webhook has arrived, signed.
- ``reading_after_ready``, ``webhook_after_ready``: the same from the moment it was ready.
- ``sample_project``: from a second start, with ``--sample``, to twelve months that the console shows.

It ends with 1 where the promises are not kept: a reading within 60 s of being ready, a webhook within 5 minutes of nothing.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

READING_SECONDS_MAX, WEBHOOK_SECONDS_MAX = 60.0, 300.0
START_SECONDS_MAX = 900.0
STEP_SECONDS_MAX = 120.0
ROOT = Path(__file__).resolve().parents[1]


class Clock:
    """Seconds since the beginning, by the name of what came about."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.marks: dict[str, float] = {}

    def mark(self, name: str) -> None:
        self.marks[name] = round(time.monotonic() - self._began, 1)


def measure(folder: Path, port: int) -> dict[str, float]:
    """Do what README.md says in an empty folder and return when what came about [s]."""
    clock = Clock()
    place = folder / "billowatt"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(place)], check=True)
    clock.mark("cloned")
    with running(place, ["make", "run", f"PORT={port}"]):
        clock.mark("ready")
        command = [str(place / ".venv" / "bin" / "billowatt")]
        with webhooks(place, command) as listener:
            told = json.loads(output(place, [*command, "upload", "--json", "billowatt/sample/sample-bill.pdf"]))
            assert told["status"] == "succeeded", told
            clock.mark("first_reading")
            line = listener.stdout.readline() if listener.stdout else ""
            assert json.loads(line)["verified"], line
            clock.mark("first_webhook")
    again = Clock()
    with running(place, [*command, "up", "--sample", "--port", str(port)]):
        while not (project := sample_project(place, command)):
            time.sleep(0.2)
        output(place, [*command, "watch", project])
        months = json.loads(output(place, [*command, "profile", "--json", project]))["months"]
        assert all(month["energy_kwh"] is not None for month in months), months
        again.mark("sample_project")
    marks = clock.marks
    after = {
        f"{name}_after_ready": round(marks[f"first_{name}"] - marks["ready"], 1) for name in ("reading", "webhook")
    }
    return {**marks, **after, **again.marks}


@contextlib.contextmanager
def running(place: Path, command: list[str]) -> Iterator[None]:
    """Run Billowatt until the end of the block; begin when it is ready."""
    ready = place / "data" / "billowatt.json"
    with (place / "run.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=place, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not ready.exists():
            ended = process.poll() is not None or time.monotonic() > deadline
            assert not ended, (place / "run.log").read_text()[-2000:]
            time.sleep(0.05)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(STEP_SECONDS_MAX)
        wait_until_released(place / "data" / "lock")


def wait_until_released(lock: Path) -> None:
    """Wait until nobody holds the data folder: make ends before what it started has ended in order."""
    deadline = time.monotonic() + STEP_SECONDS_MAX
    with lock.open("a") as file:
        while time.monotonic() < deadline:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(0.05)
    raise AssertionError(f"somebody still holds {lock}")


@contextlib.contextmanager
def webhooks(place: Path, command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """Listen to one event by a webhook to this machine."""
    event = "utility_bill_upload_job_completed"
    words = ["webhooks", "listen", "--via", "webhook", "--event", event, "--limit", "1", "--json"]
    process = subprocess.Popen([*command, *words], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    assert process.stderr.readline().startswith("listening"), "no endpoint could be made"
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=STEP_SECONDS_MAX)


def sample_project(place: Path, command: list[str]) -> str:
    """Return the id of the sample project, empty while it is not there."""
    projects = map(json.loads, output(place, [*command, "projects", "--json"]).splitlines())
    return next((one["project_id"] for one in projects if one["external_id"] == "billowatt-sample"), "")


def output(place: Path, command: list[str]) -> str:
    """Return what a command printed."""
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=STEP_SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def main() -> int:
    """Measure, print, and tell whether the promises are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="billowatt-first-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user where this one is root
    try:
        figures = measure(folder, asked.port)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    kept = figures["reading_after_ready"] <= READING_SECONDS_MAX and figures["first_webhook"] <= WEBHOOK_SECONDS_MAX
    print(json.dumps({"bench": "first_minutes", **figures, "kept": kept}))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
