"""Shows a project's bills as they are read: a table that renews itself at a terminal, a line for each change elsewhere.

Events, streamed where that works, say when to look; at a terminal the bills in hand are asked for their pages between them.
"""

import queue
import sys
import threading
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from billowatt.terminal import Talk, escaped, plain, print_json
from billowatt_client import Bill, BillowattError, Client, Job

if TYPE_CHECKING:
    from rich.table import Table

LOOK_SECONDS = 1.0
"""How often pages are asked for at a terminal."""

QUIET_SECONDS = 15.0
"""Longest time without a look: a bill that was just uploaded is no event yet."""

BILLS_MAX = 200
"""The newest ones; older ones are at rest."""

JOBS_ASKED_MAX = 16
"""Each is a call a look; the oldest ones that wait are those being read."""

COLOURS = {"succeeded": "green", "failed": "red", "processing": "yellow"}


def watch_project(client: Client, talk: Talk, project_id: str, *, follow: bool, as_json: bool) -> bool:
    """Show the newest bills of a project until all of them are read, or for ever; return whether all of them were read."""
    client.project(project_id)
    shown: _Table | _Lines = _Lines(as_json) if as_json or not sys.stdout.isatty() else _Table(talk)
    bell = _Bell(client, project_id)
    with shown:
        while True:
            bills = list(islice(client.bills(project_id), BILLS_MAX))
            waiting = [(one.utility_bill_id, one.job_id) for one in bills if one.status == "pending" and one.job_id]
            asked = waiting[-JOBS_ASKED_MAX:] if isinstance(shown, _Table) else []
            shown.show(bills, {bill_id: client.job(job_id) for bill_id, job_id in asked})
            if not follow and not waiting:
                return all(one.status == "succeeded" for one in bills)
            bell.wait(LOOK_SECONDS if asked else QUIET_SECONDS)


class _Bell:
    """Rings when something happened in the project; a thread follows its events."""

    def __init__(self, client: Client, project_id: str) -> None:
        self._rung: queue.Queue[BaseException | None] = queue.Queue(1)
        # Taken before the first look, so that nothing happens between the two unheard.
        self._after = client.position(project_id)
        threading.Thread(target=self._follow, args=(client, project_id), name="watch", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait until something happened, or so long.

        Raises:
            BillowattError: events cannot be followed any more.
        """
        try:
            broken = self._rung.get(timeout=seconds)
        except queue.Empty:
            return
        if broken is not None:
            raise broken

    def _follow(self, client: Client, project_id: str) -> None:
        try:
            for _ in client.follow(project_id, after=self._after):
                self._ring(None)
        except (BillowattError, RuntimeError) as error:
            self._ring(error)

    def _ring(self, broken: BaseException | None) -> None:
        try:
            self._rung.put_nowait(broken)
        except queue.Full:
            if broken is not None:
                self._rung.get_nowait()
                self._rung.put_nowait(broken)


class _Lines:
    """A line for each change of a bill."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._seen: dict[str, str] = {}

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, bills: Sequence[Bill], jobs: dict[str, Job]) -> None:
        """Tell of the bills whose status is another, the oldest first."""
        for bill in reversed(bills):
            if self._seen.get(bill.utility_bill_id) == bill.status:
                continue
            self._seen[bill.utility_bill_id] = bill.status
            if self._as_json:
                print_json(bill.raw)
            else:
                why = f"  {bill.failure_reason}" if bill.failure_reason else ""
                print(f"{bill.status:10} {plain(bill.file_name)}  {bill.utility_bill_id}{why}", flush=True)


class _Table:
    """A table that is drawn over itself."""

    def __init__(self, talk: Talk) -> None:
        from rich.live import Live

        self._live = Live(console=talk.console(), auto_refresh=False, transient=False)

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, bills: Sequence[Bill], jobs: dict[str, Job]) -> None:
        """Draw all bills anew."""
        self._live.update(bill_table(bills, jobs), refresh=True)


def bill_table(bills: Sequence[Bill], jobs: dict[str, Job]) -> "Table":
    """Return bills as a table, with how far their jobs are where those were asked for."""
    from rich.table import Table

    table = Table("bill", "file", "status", "pages", "why", box=None, pad_edge=False)
    for bill in bills:
        job = jobs.get(bill.utility_bill_id)
        status = job.status if job is not None else bill.status
        pages = f"{job.pages_done} of {job.pages_total}" if job and job.pages_total else ""
        shown = f"[{COLOURS[status]}]{status}[/]" if status in COLOURS else status
        table.add_row(bill.utility_bill_id, escaped(bill.file_name), shown, pages, bill.failure_reason or "")
    return table
