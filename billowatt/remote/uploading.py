"""Uploads files one after the other, waits for all of them, and tells of each in the order given."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from billowatt.remote.chart import print_summary
from billowatt_client import Bill, Client, Job, JobFailed

READING_SECONDS = 30.0
"""Between the end of a job and its reading being there lies a moment; longer than this is trouble."""


def upload_files(
    client: Client, files: Sequence[Path], project_id: str | None, name: str, *, wait_seconds: float, as_json: bool
) -> bool:
    """Upload files into a project, made where none is named; return whether every bill was read.

    Args:
        client: who uploads.
        files: what.
        project_id: where to; None: into a new project.
        name: of the new project.
        wait_seconds: how long to wait for each bill at most [s]; 0: not at all.
        as_json: tell programs rather than people.
    """
    console, talk = Console(), Console(stderr=True, quiet=as_json)
    project = project_id or client.create_project(name).project_id
    talk.print(f"project    {project}", highlight=False)
    bills = [_uploaded(client, talk, project, file) for file in files]
    all_read = True
    for file, bill in zip(files, bills, strict=True):
        told = _told(client, talk, bill, wait_seconds)
        all_read = all_read and told["status"] != "failed"
        if as_json:
            print(json.dumps({"file": file.name, **told}, ensure_ascii=False))
        else:
            _print(console, file.name, told)
    return all_read


def _uploaded(client: Client, talk: Console, project_id: str, file: Path) -> Bill:
    bill = client.upload(project_id, file)
    copy = f"  the same bytes as {bill.duplicate_of}" if bill.duplicate_of else ""
    talk.print(f"uploaded   {file.name} as bill {bill.utility_bill_id}{copy}", highlight=False, soft_wrap=True)
    return bill


def _told(client: Client, talk: Console, bill: Bill, wait_seconds: float) -> dict[str, Any]:
    told: dict[str, Any] = {
        "project_id": bill.project_id,
        "utility_bill_id": bill.utility_bill_id,
        "job_id": bill.job_id,
        "status": bill.status,
    }
    if not wait_seconds:
        return told
    try:
        _waited(client, talk, bill, wait_seconds)
    except JobFailed as failed:
        why = {"reason": failed.job.failure_reason, "detail": failed.job.failure_detail}
        return {**told, "status": "failed", "failure": why}
    reading = client.reading(bill.project_id, bill.utility_bill_id, wait_seconds=READING_SECONDS)
    return {**told, "status": "succeeded", "summary": reading.summary}


def _waited(client: Client, talk: Console, bill: Bill, wait_seconds: float) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=talk, transient=True) as progress:
        task = progress.add_task(bill.file_name, total=None)

        def show(job: Job) -> None:
            progress.update(task, completed=job.pages_done, total=job.pages_total)

        client.wait(bill, timeout_seconds=wait_seconds, on_progress=show)


def _print(console: Console, file_name: str, told: dict[str, Any]) -> None:
    console.print(f"[bold]{file_name}[/]  {told['status']}", highlight=False)
    if failure := told.get("failure"):
        console.print(f"  {failure['reason']}: {failure['detail']}", highlight=False)
    if "summary" in told:
        print_summary(console, told["summary"])
