"""Shows a project's bills as they are read: a table that renews itself on a terminal, a line for each change elsewhere."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table

from billowatt_client import Bill, Client, Job

LOOK_SECONDS = 1.0
BILLS_MAX = 200
"""The newest ones; older ones are at rest."""

JOBS_ASKED_MAX = 16
"""Each is a call a look; the oldest ones that wait are those being read."""

COLOURS = {"succeeded": "green", "failed": "red", "processing": "yellow"}


def watch_project(client: Client, project_id: str, *, follow: bool) -> None:
    """Show the newest bills of a project until all of them are read, or for ever."""
    console, seen = Console(), dict[str, str]()
    client.project(project_id)
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            bills = [bill for bill, _ in zip(client.bills(project_id), range(BILLS_MAX), strict=False)]
            pending = [
                (bill.utility_bill_id, bill.job_id) for bill in bills if bill.status == "pending" and bill.job_id
            ]
            jobs = {bill_id: client.job(job_id) for bill_id, job_id in pending[-JOBS_ASKED_MAX:]}
            if console.is_terminal:
                live.update(_table(bills, jobs), refresh=True)
            else:
                _print_changes(console, bills, jobs, seen)
            if not follow and not pending:
                return
            time.sleep(LOOK_SECONDS)


def _table(bills: Sequence[Bill], jobs: dict[str, Job]) -> Table:
    table = Table("bill", "file", "status", "pages", "why", box=None)
    for bill in bills:
        status = _status(bill, jobs)
        job = jobs.get(bill.utility_bill_id)
        pages = f"{job.pages_done} of {job.pages_total}" if job and job.pages_total else ""
        shown = f"[{COLOURS[status]}]{status}[/]" if status in COLOURS else status
        table.add_row(bill.utility_bill_id, bill.file_name, shown, pages, bill.failure_reason or "")
    return table


def _print_changes(console: Console, bills: Sequence[Bill], jobs: dict[str, Job], seen: dict[str, str]) -> None:
    for bill in reversed(bills):
        status = _status(bill, jobs)
        if seen.get(bill.utility_bill_id) != status:
            seen[bill.utility_bill_id] = status
            why = f"  {bill.failure_reason}" if bill.failure_reason else ""
            console.print(f"{status:10} {bill.file_name}  {bill.utility_bill_id}{why}", highlight=False, soft_wrap=True)


def _status(bill: Bill, jobs: dict[str, Job]) -> str:
    job = jobs.get(bill.utility_bill_id)
    return job.status if job is not None else bill.status
