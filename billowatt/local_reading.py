"""``billowatt read``: the parser's own pool on this machine, no server; a table for people, JSON for programs."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from domain.outcome import Failure, Outcome, Success
from domain.summary import merged_summary, to_json
from runtime.settings import Settings
from runtime.wire import reading_to_proto
from services.parser.draw.marks import marks_of
from services.parser.pool import Limits, ReaderPool

CONFIDENCE_SURE, CONFIDENCE_FAIR = 0.99, 0.9


async def read_files(
    files: Sequence[Path], settings: Settings, tell: Callable[[dict[str, Any]], None], picture: Path | None = None
) -> Failure | None:
    """Read files, several at a time, and tell of each in the order given.

    Args:
        files: what to read.
        settings: limits and engine.
        tell: gets the report of each file.
        picture: where the pages of the one file are drawn to, values boxed and labelled; a file that is not read is not drawn.

    Returns:
        Why there is no picture of what was read; None where there is one, or none was wanted.

    Raises:
        OSError: a file cannot be opened, or the picture not written.
    """
    limits = Limits(wall_seconds=settings.parse_wall_seconds, memory_bytes=settings.parse_memory_bytes)
    slots = min(settings.parser_slots, len(files))
    async with ReaderPool(slots, limits, engine=settings.ocr_engine) as pool:
        gate = asyncio.Semaphore(slots)

        async def one(path: Path) -> Outcome:
            async with gate:
                data = await asyncio.to_thread(path.read_bytes)
                return await pool.read(data, lambda done, total: None)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(path)) for path in files]
            for path, task in zip(files, tasks, strict=True):
                tell(report(path, await task))
        outcome = tasks[0].result()
        if picture is None or isinstance(outcome, Failure):
            return None
        return await _draw(pool, files[0], outcome, picture)


async def _draw(pool: ReaderPool, path: Path, outcome: Success, picture: Path) -> Failure | None:
    data = await asyncio.to_thread(path.read_bytes)
    drawn = await pool.picture(data, marks_of(outcome.readings))
    if isinstance(drawn, Failure):
        return drawn
    await asyncio.to_thread(picture.write_bytes, drawn)
    return None


def report(path: Path, outcome: Outcome) -> dict[str, Any]:
    """Return what is said of one file: ``summary`` and ``readings``, or ``failure``."""
    if isinstance(outcome, Failure):
        failure = {"reason": outcome.reason.value, "detail": outcome.detail}
        return {"file": path.name, "summary": None, "failure": failure}
    return {"file": path.name, "summary": _summary(outcome), "readings": [_as_dict(one) for one in outcome.readings]}


def print_table(said: dict[str, Any]) -> None:
    """Print one file's report for people."""
    console = Console()
    if "failure" in said:
        console.print(f"[bold]{said['file']}[/]  not read: {said['failure']['reason']}. {said['failure']['detail']}")
        return
    for reading in said["readings"]:
        console.print(_facts(said["file"], reading))
        console.print(_charges(reading))
        for proof in reading.get("proofs", ()):
            mark = {"VERDICT_PASS": "[green]proved[/]", "VERDICT_FAIL": "[red]fails [/]"}.get(proof["verdict"])
            if mark:
                console.print(f"  {mark} {proof['rule_id']}: {proof['statement']}", highlight=False)


def _summary(outcome: Success) -> Any:
    return json.loads(to_json(merged_summary(outcome.readings)))


def _as_dict(reading: Any) -> dict[str, Any]:
    return MessageToDict(reading_to_proto(reading), preserving_proto_field_name=True)


def _facts(name: str, reading: dict[str, Any]) -> Table:
    table = Table("field", "value", "page", "sure", title=name, title_justify="left", box=None, pad_edge=False)
    issuer = reading.get("issuer", {}).get("name")
    for field, fact in [("issuer", issuer), *reading.items()]:
        if isinstance(fact, dict) and "evidence" in fact:
            table.add_row(field.replace("_", " "), *_shown(fact))
    for usage in reading.get("usages", ()):
        words = (usage.get("commodity", ""), usage.get("kind", ""), usage.get("label", ""))
        table.add_row(" ".join(filter(None, words)), *_shown(usage["quantity"]))
    return table


def _charges(reading: dict[str, Any]) -> Table:
    table = Table("charge", "amount", "page", "sure", box=None, pad_edge=False)
    for charge in reading.get("charges", ()):
        table.add_row(charge["description"], *_shown(charge["amount"]))
    return table


def _shown(fact: dict[str, Any]) -> tuple[str, str, str]:
    value = fact.get("value", "")
    if isinstance(value, dict):
        value = f"{value['start']} to {value['end']}" if "start" in value else " ".join(value.values())
    sure = fact["evidence"].get("confidence", 0.0)
    colour = "green" if sure >= CONFIDENCE_SURE else "yellow" if sure >= CONFIDENCE_FAIR else "red"
    return str(value), str(fact["evidence"]["page"]), f"[{colour}]{sure:.0%}[/]"
