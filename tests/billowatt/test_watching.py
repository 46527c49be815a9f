"""``billowatt watch``: it asks for few jobs at a time and goes on until every bill is read."""

from types import SimpleNamespace

import pytest

from billowatt.remote.watching import JOBS_ASKED_MAX, watch_project

COUNT = 40


class ReadingClient:
    """A project whose oldest bill is read between two looks; newest first, as the service lists."""

    def __init__(self):
        self.bills_left = COUNT
        self.asked: list[list[int]] = [[]]

    def project(self, project_id):
        pass

    def bills(self, project_id):
        self.asked.append([])
        read = COUNT - self.bills_left
        self.bills_left = max(self.bills_left - 1, 0)
        for number in reversed(range(COUNT)):
            status = "succeeded" if number < read else "pending"
            yield SimpleNamespace(
                utility_bill_id=str(number), job_id=str(number), status=status, file_name="a.pdf", failure_reason=None
            )

    def job(self, job_id):
        self.asked[-1].append(int(job_id))
        return SimpleNamespace(status="queued", pages_done=0, pages_total=None)


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr("billowatt.remote.watching.LOOK_SECONDS", 0.0)
    return ReadingClient()


def test_watching_asks_for_the_oldest_jobs_only_and_ends_when_every_bill_is_read(client, capsys):
    watch_project(client, "p", follow=False)

    looks = client.asked[1:]
    assert sorted(looks[0]) == list(range(JOBS_ASKED_MAX))
    assert sorted(looks[1]) == list(range(1, JOBS_ASKED_MAX + 1))
    assert max(len(look) for look in looks) == JOBS_ASKED_MAX
    assert looks[-1] == []
    assert capsys.readouterr().out.count("succeeded") == COUNT
