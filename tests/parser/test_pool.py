"""The pool: outcomes come back, processes are bounded, killed as a group, replaced and cleaned up."""

import asyncio
import os
import signal
import tempfile
from pathlib import Path

import pytest

from domain.outcome import Failure, FailureReason
from domain.refusals import LimitReached, ShuttingDown
from services.parser.pool import Limits, ReaderPool
from services.parser.process import ChildDied, Died
from tests.parser.see.papers import content_bomb_pdf, many_pages_pdf

MIB = 1024 * 1024
BOMB = content_bomb_pdf(1000)
"""Keeps a process busy for longer than any limit here."""

PAGES = many_pages_pdf(61)
"""Refused quickly, with a reason that only the child can give."""


LOADED_BYTES_MIN = 100 * MIB
"""The networks alone take more; a child without them has about 60 MiB in memory."""


def silent(_done, _total):
    pass


def alive(pid):
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Heard:
    """Progress of one reading: ``times`` of the same is waited for."""

    def __init__(self, times=1):
        self._left = times
        self._enough = asyncio.Event()

    def __call__(self, _done, _total):
        self._left -= 1
        if self._left <= 0:
            self._enough.set()

    async def enough(self, seconds=20):
        async with asyncio.timeout(seconds):
            await self._enough.wait()


def pids(pool):
    return {process.pid for process in pool._processes}


async def test_document_is_read_and_the_process_kept(tmp_path):
    async with ReaderPool(1) as pool:
        first = await pool.read(PAGES, silent)
        kept = pids(pool)
        second = await pool.read(PAGES, silent)

        assert isinstance(first, Failure)
        assert first.reason is FailureReason.TOO_MANY_PAGES
        assert first.engine_version.startswith("billowatt-")
        assert second == first
        assert pids(pool) == kept
        assert len(kept) == 1


async def test_hanging_process_is_killed_as_a_group_when_the_wall_limit_passes():
    limits = Limits(wall_seconds=1.5, memory_bytes=3072 * MIB)
    async with ReaderPool(1, limits, prewarm=True) as pool:
        await pool.warm()
        (hanging,) = pids(pool)
        outcome = await pool.read(BOMB, silent)
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.TIMED_OUT
        assert not alive(hanging)


async def test_pool_reads_on_when_a_process_was_killed():
    limits = Limits(wall_seconds=3, memory_bytes=3072 * MIB)
    async with ReaderPool(1, limits) as pool:
        await pool.read(BOMB, silent)
        outcome = await pool.read(PAGES, silent)
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.TOO_MANY_PAGES


async def test_document_is_read_again_when_its_process_is_killed_from_outside():
    async with ReaderPool(1, prewarm=True) as pool:
        await pool.warm()
        (first,) = pids(pool)
        os.kill(first, signal.SIGSTOP)  # so that it cannot have answered before it dies
        reading = asyncio.create_task(pool.read(PAGES, silent))
        for _ in range(10):
            await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        outcome = await reading
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.TOO_MANY_PAGES
        assert first not in pids(pool)


async def test_cpu_is_bounded_for_each_document():
    limits = Limits(wall_seconds=60, cpu_seconds=1, memory_bytes=3072 * MIB)
    async with ReaderPool(1, limits) as pool:
        outcome = await pool.read(BOMB, silent)
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.TIMED_OUT


async def test_memory_is_bounded_and_two_deaths_are_a_failure():
    limits = Limits(wall_seconds=60, memory_bytes=700 * MIB)
    async with ReaderPool(1, limits) as pool:
        outcome = await pool.read(BOMB, silent)
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.UNREADABLE
        assert "memory" in outcome.detail


async def test_process_is_killed_and_the_place_free_when_the_caller_gives_up():
    async with ReaderPool(1, prewarm=True) as pool:
        await pool.warm()
        (busy,) = pids(pool)
        heard = Heard()
        reading = asyncio.create_task(pool.read(BOMB, heard))
        await heard.enough()
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled()
        assert not alive(busy)
        assert isinstance(await pool.read(PAGES, silent), Failure)


async def test_progress_is_repeated_while_one_page_takes_long():
    async with ReaderPool(1, prewarm=True) as pool:
        await pool.warm()
        heard = Heard(times=5)
        reading = asyncio.create_task(pool.read(BOMB, heard))
        try:
            await heard.enough()
        finally:
            reading.cancel()
            await asyncio.wait({reading})


async def test_process_is_replaced_after_its_share_of_documents():
    async with ReaderPool(1, Limits(documents_per_process=2)) as pool:
        seen = []
        for _ in range(3):
            await pool.read(PAGES, silent)
            seen.append(pids(pool))
        assert seen[1] == set()
        assert seen[0] != seen[2]


async def test_too_many_waiting_are_refused():
    async with ReaderPool(1, Limits(waiting_max=1)) as pool:
        tasks = [asyncio.create_task(pool.read(PAGES, silent)) for _ in range(3)]
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(one, LimitReached) for one in done) == 1
        assert sum(isinstance(one, Failure) for one in done) == 2


async def test_as_many_are_read_at_a_time_as_there_are_places():
    async with ReaderPool(2) as pool:
        await asyncio.gather(*(pool.read(PAGES, silent) for _ in range(6)))
        assert len(pids(pool)) == 2


async def test_closed_pool_reads_nothing_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with ReaderPool(2, prewarm=True) as pool:
        await pool.warm()
        processes = pids(pool)
        assert len(list(tmp_path.iterdir())) == 2
    assert [pid for pid in processes if alive(pid)] == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ShuttingDown):
        await pool.read(PAGES, silent)


async def test_child_sees_nothing_of_the_parents_environment(monkeypatch):
    monkeypatch.setenv("BILLOWATT_SECRET", "hidden-from-readers-0123456789abcdef")
    async with ReaderPool(1, prewarm=True) as pool:
        await pool.warm()
        (pid,) = pids(pool)
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except PermissionError:
            environment = b""  # not dumpable: only root may look, and root's runs of this test do
    names = {entry.split(b"=")[0].decode() for entry in environment.split(b"\0") if entry}
    assert b"hidden-from-readers" not in environment
    assert names <= {
        "PATH", "PYTHONPATH", "LANG", "HOME", "TMPDIR", "OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    }  # fmt: skip


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_process_has_loaded_what_reading_needs_before_its_first_document():
    async with ReaderPool(1) as bare, ReaderPool(1, prewarm=True) as pool:
        await bare.warm()
        assert pids(pool) == set()
        await pool.warm()
        (unloaded,), (loaded,) = pids(bare), pids(pool)
        assert resident_bytes(loaded) > resident_bytes(unloaded) + LOADED_BYTES_MIN


async def test_process_that_cannot_load_what_reading_needs_reads_what_it_can():
    async with ReaderPool(2, Limits(memory_bytes=500 * MIB), prewarm=True) as pool:
        await pool.warm()
        assert len(pids(pool)) == 2
        outcome = await pool.read(PAGES, silent)
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.TOO_MANY_PAGES


async def test_warming_tells_that_no_process_comes_up_and_loses_no_place(monkeypatch):
    async def dying(**_orders):
        raise ChildDied(Died.CRASHED, 1)

    async with ReaderPool(2, prewarm=True) as pool:
        with monkeypatch.context() as broken:
            broken.setattr("services.parser.pool.spawn", dying)
            with pytest.raises(ChildDied):
                await pool.warm()
        await asyncio.gather(*(pool.read(PAGES, silent) for _ in range(2)))
        assert len(pids(pool)) == 2


async def test_every_child_reports_a_closed_sandbox():
    async with ReaderPool(1, prewarm=True) as pool:
        await pool.warm()
        (process,) = pool._processes
        assert process.sandbox["no_network"]
        assert process.sandbox["limits"]
