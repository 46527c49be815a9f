"""``billowatt bench``: what a user can measure on the machine at hand.

How long the command takes to start, bills a minute, and how long a bill takes from upload to numbers on what runs.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from billowatt.exits import Denied
from billowatt.reading.running import Read, Reader, Source, sample_sources
from billowatt.sample import SAMPLES, sample
from billowatt.terminal import Progress
from billowatt_client import Client
from runtime.settings import Settings

START_RUNS = 5
READING_SECONDS_MAX = 60.0
PROJECT = "Bench"

Figures = dict[str, Any]


def start_figures() -> Figures:
    """Return how long ``billowatt --help`` takes, and a bare interpreter beside it: the best of five [ms]."""
    return {
        "help_ms": _best([sys.executable, "-m", "billowatt", "--help"]),
        "python_ms": _best([sys.executable, "-c", "pass"]),
    }


async def read_figures(settings: Settings, bills: int, jobs: int, progress: Progress) -> Figures:
    """Return how fast the sample bill (two pages with a text layer) is read, several at a time.

    ``first_seconds`` is the first bill, which starts a reading process; ``bills_per_minute`` all others.
    """
    source = sample_sources()[0]

    async def tell(_: Reader, read: Read) -> None:
        if read.report["status"] != "succeeded":
            raise Denied("the sample bill was not read", "`billowatt doctor` looks for the cause")

    async with Reader(settings, jobs) as reader:
        began = time.perf_counter()
        await reader.read_all([source], progress, tell)
        first = time.perf_counter() - began
        began = time.perf_counter()
        await reader.read_all(_copies(source, bills), progress, tell)
        rest = time.perf_counter() - began
    return {
        "bills": bills,
        "jobs": jobs,
        "processors": os.cpu_count(),
        "first_seconds": round(first, 2),
        "bills_per_minute": round(bills / rest * 60),
    }


def service_figures(client: Client, bills: int, progress: Progress) -> Figures:
    """Return how long bills take on what runs, one after the other [ms].

    ``upload`` until the upload is answered, ``numbers`` until what was read can be fetched.
    """
    data, answered, numbers = sample(SAMPLES[0]), [], []
    project = client.create_project(PROJECT).project_id
    try:
        with progress.begin("service") as steps:
            for number in range(bills):
                began = time.perf_counter()
                bill = client.upload(project, data + b"\n" * number, file_name=f"bench-{number}.pdf")
                answered.append(time.perf_counter() - began)
                client.wait(bill, timeout_seconds=READING_SECONDS_MAX)
                client.reading(project, bill.utility_bill_id, wait_seconds=READING_SECONDS_MAX)
                numbers.append(time.perf_counter() - began)
                steps(number + 1, bills)
    finally:
        client.delete_project(project)
    return {
        "bills": bills,
        "upload_ms_median": round(median(answered) * 1000),
        "numbers_ms_median": round(median(numbers) * 1000),
        "numbers_ms_max": round(max(numbers) * 1000),
    }


def _copies(source: Source, bills: int) -> list[Source]:
    data = source.load()

    def loader(number: int) -> Callable[[], bytes]:
        return lambda: data + b"\n" * number

    return [Source(f"{number}.pdf", f"{number}.pdf", loader(number)) for number in range(bills)]


def _best(command: list[str]) -> int:
    times = []
    for _ in range(START_RUNS):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return round(min(times) * 1000)
