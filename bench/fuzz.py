"""Feeds mutated files to the reader's pool and holds it to its promises: a typed outcome for each, bounded time and memory.

``python -m bench.fuzz --files 20000 --seed 1`` prints what came of the files; those that broke a promise, and those whose
reading failed by a fault of ours, are kept in a folder. The last line of its output is one JSON object with the figures.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, assert_never

import click

from bench.mutants.mutations import Mutant, mutant
from domain.evidence import Box
from domain.outcome import Failure, Outcome, Success
from services.parser.draw.marks import Mark, marks_of
from services.parser.pool import Limits, ReaderPool

MIB = 1024 * 1024
LIMITS = Limits(wall_seconds=10, cpu_seconds=5, memory_bytes=1536 * MIB)
RESIDENT_BYTES_MAX = 900 * MIB
"""What a reading process may hold at its peak, its weights included."""

OVERTIME_SECONDS = 10.0
"""Killing a process and starting another takes its time on a busy machine, beyond what reading may take."""

PICTURE_EVERY = 10
"""Of so many files one is drawn too, with the marks of its reading, or with one that fits nowhere."""

STRAY = Mark(1, Box(-1e9, 5.0, 1e9, 1e6), "stray", 0.5)
FAULTS = {
    "The reader failed on this file.": "fault",
    "The reading process ended while it read the file, twice.": "died",
    "Reading the file needs more memory than a bill may take.": "out_of_memory",
}
"""Failures that are typed and contained, and still worth a look: by the sentence that tells them."""

REPORT_EVERY = 1000


@dataclass(slots=True)
class Tally:
    """What came of the files so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    worth_a_look: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    pictures: int = 0
    slowest_seconds: float = 0.0
    resident_bytes: int = 0


async def fuzz(files: int, seed: int, kept: Path, processes: int = 2) -> Tally:
    """Feed so many mutants to a pool; those worth a look are written to ``kept``."""
    tally = Tally()
    numbers = iter(range(files))
    async with ReaderPool(processes, LIMITS, prewarm=True) as pool:
        await pool.warm()
        async with asyncio.TaskGroup() as group:
            for _ in range(processes):
                group.create_task(_feed(pool, numbers, seed, kept, tally))
    return tally


async def _feed(pool: ReaderPool, numbers: Iterator[int], seed: int, kept: Path, tally: Tally) -> None:
    for number in numbers:
        made = mutant(seed, number)
        named = f"{seed}-{number}-{made.form}"
        began = time.monotonic()
        try:
            outcome = await pool.read(made.data, partial(_watch_memory, pool, tally, named))
            told = _told(outcome)
            if number % PICTURE_EVERY == 0:
                marks = marks_of(outcome.readings) if isinstance(outcome, Success) else (STRAY,)
                drawn = await pool.picture(made.data, marks)
                tally.pictures += isinstance(drawn, bytes)
                told = told or _told(drawn)
        except Exception as error:
            _keep(kept, named, made, type(error).__name__)
            tally.broken.append(f"{named}: {type(error).__name__} in the parent")
            continue
        _count(tally, made, outcome, time.monotonic() - began, named)
        _watch_memory(pool, tally, named)
        if told is not None:
            tally.worth_a_look[told] += 1
            _keep(kept, named, made, told)
        if sum(tally.outcomes.values()) % REPORT_EVERY == 0:
            print(f"{sum(tally.outcomes.values())} files  {dict(tally.worth_a_look)}", flush=True)


def _told(outcome: Outcome | bytes) -> str | None:
    if isinstance(outcome, Failure):
        return "timed_out" if outcome.reason.value == "timed_out" else FAULTS.get(outcome.detail)
    return None


def _count(tally: Tally, made: Mutant, outcome: Outcome, seconds: float, named: str) -> None:
    match outcome:
        case Success():
            tally.outcomes["success"] += 1
        case Failure():
            tally.outcomes[outcome.reason.value] += 1
        case _:
            assert_never(outcome)
    tally.forms[made.form] += 1
    tally.slowest_seconds = max(tally.slowest_seconds, seconds)
    if seconds > 2 * LIMITS.wall_seconds + OVERTIME_SECONDS:
        tally.broken.append(f"{named}: took {seconds:.0f} s")


def _watch_memory(pool: ReaderPool, tally: Tally, named: str, *_progress: int) -> None:
    for pid in pool.pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            told = Path(f"/proc/{pid}/status").read_text()
            peak = next((int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("VmHWM")), 0)
            if peak > RESIDENT_BYTES_MAX >= tally.resident_bytes:
                tally.broken.append(f"{named} or one before it: {peak // MIB} MiB held")
            tally.resident_bytes = max(tally.resident_bytes, peak)


def _keep(kept: Path, named: str, made: Mutant, told: str) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{told}-{named}.{'+'.join(made.changes)}").write_bytes(made.data)


@click.command()
@click.option("--files", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True)
@click.option("--kept", type=click.Path(path_type=Path, file_okay=False), help="Folder for files worth a look.")
def main(files: int, seed: int, processes: int, kept: Path | None) -> None:
    """Fuzz the reader."""
    folder = kept or Path(tempfile.mkdtemp(prefix="billowatt-fuzz-"))
    began = time.monotonic()
    tally = asyncio.run(fuzz(files, seed, folder, processes))
    seconds = time.monotonic() - began
    for title, counted in (("outcome", tally.outcomes), ("format", tally.forms), ("worth a look", tally.worth_a_look)):
        for name, count in counted.most_common():
            print(f"{title:12} {name:24} {count:6}")
    for line in tally.broken:
        print(f"broken: {line}")
    if any(folder.glob("*")):
        print(f"kept in {folder}")
    print(json.dumps(_figures(tally, seed, files, seconds)))
    sys.exit(1 if tally.broken else 0)


def _figures(tally: Tally, seed: int, files: int, seconds: float) -> dict[str, Any]:
    return {
        "files": files,
        "seed": seed,
        "outcomes": dict(tally.outcomes),
        "pictures": tally.pictures,
        "worth_a_look": dict(tally.worth_a_look),
        "broken": len(tally.broken),
        "files_per_second": round(files / seconds, 1),
        "slowest_seconds": round(tally.slowest_seconds, 2),
        "reader_peak_mb": round(tally.resident_bytes / MIB),
    }


if __name__ == "__main__":
    main()
