"""``billowatt watch``: it looks when something happened, asks for few jobs at a time, and goes on until every bill is read."""

import queue
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from billowatt.remote.watching import JOBS_ASKED_MAX, bill_table, watch_project
from billowatt.terminal import Talk
from billowatt_client import ConnectionFailed

COUNT = 40


class ReadingClient:
    """A project whose oldest bill is read between two looks, each of them an event; newest first, as the service lists."""

    def __init__(self):
        self.bills_left = COUNT
        self.asked: list[list[int]] = [[]]
        self.happened: queue.Queue[object] = queue.Queue()
        self.followed_from = ""

    def project(self, project_id):
        pass

    def position(self, project_id):
        return "7"

    def follow(self, project_id, *, after):
        self.followed_from = after
        while (event := self.happened.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    def bills(self, project_id):
        self.asked.append([])
        read = COUNT - self.bills_left
        self.bills_left = max(self.bills_left - 1, 0)
        self.happened.put("an event")
        for number in reversed(range(COUNT)):
            status = "succeeded" if number < read else "pending"
            bill = {
                "utility_bill_id": str(number),
                "job_id": str(number),
                "status": status,
                "file_name": "a\x1b[2J.pdf",
            }
            yield SimpleNamespace(**bill, failure_reason=None, raw=bill)

    def job(self, job_id):
        self.asked[-1].append(int(job_id))
        return SimpleNamespace(status="queued", pages_done=1, pages_total=3)


@pytest.fixture
def client():
    client = ReadingClient()
    yield client
    client.happened.put(None)


def test_each_change_is_a_line_and_it_ends_when_every_bill_is_read(client, capsys):
    assert watch_project(client, Talk(), "p", follow=False, as_json=False)
    output = capsys.readouterr().out
    assert output.count("succeeded") == COUNT
    assert output.count("pending") == COUNT
    assert "\x1b" not in output
    assert client.followed_from == "7"
    assert [asked for asked in client.asked if asked] == []


def test_terminal_asks_for_the_oldest_jobs_only(client, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert watch_project(client, Talk(colour=False), "p", follow=False, as_json=False)
    looks = client.asked[1:]
    assert sorted(looks[0]) == list(range(JOBS_ASKED_MAX))
    assert sorted(looks[1]) == list(range(1, JOBS_ASKED_MAX + 1))
    assert max(len(look) for look in looks) == JOBS_ASKED_MAX
    assert looks[-1] == []


def test_events_that_can_be_followed_no_more_end_it_with_their_reason(client, monkeypatch):
    monkeypatch.setattr(client, "bills", lambda _: iter([SimpleNamespace(
        utility_bill_id="1", job_id="1", status="pending", file_name="a.pdf", failure_reason=None, raw={})]))  # fmt: skip
    client.happened.put(ConnectionFailed("nobody answers"))
    with pytest.raises(ConnectionFailed):
        watch_project(client, Talk(quiet=True), "p", follow=False, as_json=True)


def test_table_shows_how_far_each_is():
    from rich.console import Console

    bill: Any = SimpleNamespace(
        utility_bill_id="1", job_id="1", status="pending", file_name="a.pdf", failure_reason=None
    )
    job: Any = SimpleNamespace(status="processing", pages_done=2, pages_total=5)
    console = Console(width=100)
    with console.capture() as shown:
        console.print(bill_table([bill], {"1": job}))
    assert "processing" in shown.get()
    assert "2 of 5" in shown.get()
