"""Uploads files one after the other, waits for all of them, and tells of each in the order given."""

import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from billowatt.chart import print_summary
from billowatt.terminal import Progress, Steps, Talk, escaped, plain, print_json
from billowatt_client import Bill, Client, Job, JobFailed, Refused

READING_SECONDS = 30.0
"""Between the end of a job and its reading being there lies a moment; longer than this is trouble."""


def upload_files(
    client: Client,
    talk: Talk,
    files: Sequence[Path],
    project_id: str | None,
    name: str,
    *,
    wait_seconds: float,
    as_json: bool,
) -> bool:
    """Upload files into a project, made where none is named; return whether every bill was taken and read.

    Args:
        client: who uploads.
        talk: how it tells of it.
        files: what; ``-`` is standard input.
        project_id: where to; None: into a new project.
        name: of the new project.
        wait_seconds: how long to wait for each bill at most [s]; 0: not at all.
        as_json: tell programs rather than people.
    """
    project = project_id or client.create_project(name).project_id
    talk.say(f"project    {project}")
    bills = [_uploaded(client, talk, project, file) for file in files]
    all_read = True
    with talk.progress() as progress:
        for file, bill in zip(files, bills, strict=True):
            told = bill if isinstance(bill, dict) else _told(client, progress, bill, wait_seconds)
            all_read = all_read and told["status"] != "failed"
            _tell(talk, file, told, as_json=as_json)
    return all_read


def _uploaded(client: Client, talk: Talk, project_id: str, file: Path) -> Bill | dict[str, Any]:
    """Upload one file; what is refused is told as a failure, and the others go on."""
    piped = str(file) == "-"
    try:
        if piped:
            bill = client.upload(project_id, BytesIO(sys.stdin.buffer.read()), file_name="stdin")
        else:
            bill = client.upload(project_id, file)
    except Refused as refused:
        why = {"reason": refused.reason.lower(), "detail": refused.detail}
        return {"project_id": project_id, "status": "failed", "failure": why}
    copy = f"  the same bytes as {bill.duplicate_of}" if bill.duplicate_of else ""
    talk.say(f"uploaded   {plain(file.name)} as bill {bill.utility_bill_id}{copy}")
    return bill


def _told(client: Client, progress: Progress, bill: Bill, wait_seconds: float) -> dict[str, Any]:
    told: dict[str, Any] = {
        "project_id": bill.project_id,
        "utility_bill_id": bill.utility_bill_id,
        "job_id": bill.job_id,
        "status": bill.status,
    }
    if not wait_seconds:
        return told
    try:
        with progress.begin(bill.file_name) as steps:
            client.wait(bill, timeout_seconds=wait_seconds, on_progress=lambda job: _move(steps, job))
    except JobFailed as failed:
        why = {"reason": failed.job.failure_reason, "detail": failed.job.failure_detail}
        return {**told, "status": "failed", "failure": why}
    reading = client.reading(bill.project_id, bill.utility_bill_id, wait_seconds=READING_SECONDS)
    return {**told, "status": "succeeded", "summary": reading.summary}


def _move(steps: Steps, job: Job) -> None:
    steps(job.pages_done, job.pages_total or 0)


def _tell(talk: Talk, file: Path, told: dict[str, Any], *, as_json: bool) -> None:
    """Tell of one bill; what failed goes to standard error, for programs also beside the others."""
    if as_json:
        print_json({"file": file.name, **told})
    if failure := told.get("failure"):
        remedy = "billowatt read " + str(file) + " shows the same here" if told.get("job_id") else ""
        talk.error(f"{file}: {failure['reason']}: {failure['detail']}", remedy)
    elif not as_json:
        console = talk.console()
        console.print(f"[bold]{escaped(file.name)}[/]  {told['status']}")
        if "summary" in told:
            print_summary(console, told["summary"])
