"""Deaths in the middle: after the object, before the row; and bytes that two hands reach for at the same time."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from domain.refusals import StoreUnavailable
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.journal import Journal
from runtime.lease import LeaseTable
from runtime.objects import derived_prefix
from runtime.rpc.refusals import refusals_raised
from services.ingest.chores import Pace
from services.ingest.jobs.desk import Desk
from services.ingest.jobs.work import WorkSession
from tests.ingest.running import PDF, WAIT_SECONDS, pdf, running_ingest, success, until

SWEEPING = Pace(sweep_seconds=0.05, reap_seconds=0.05, forget_seconds=0.05, idle_seconds=0.2)
NOT_SWEEPING = Pace(sweep_seconds=3600.0)


class HaltingStore:
    """An object store that can be made to halt once the bytes are durable, before anybody hears of it."""

    def __init__(self, inner):
        self._inner = inner
        self.halt = False
        self.stored = asyncio.Event()
        self.go_on = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def put_stream(self, key_prefix, chunks):
        stored = await self._inner.put_stream(key_prefix, chunks)
        if self.halt:
            self.stored.set()
            await self.go_on.wait()
        return stored


@asynccontextmanager
async def halting_ingest(database, tmp_path, pace, **settings):
    async with running_ingest(database, tmp_path, pace, wrap=HaltingStore, **settings) as ingest:
        yield ingest


async def _bills(ingest):
    async with ingest.database.service() as connection:
        return await connection.fetchval("SELECT count(*) FROM ingest.bill")


async def test_death_after_the_object_leaves_an_orphan_that_the_sweep_removes_and_the_retry_makes_one_bill(
    database, tmp_path
):
    (tmp_path / "first").mkdir()
    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest:
        project = await ingest.a.project()
        tenant = ingest.a
        ingest.objects.halt = True
        dying = asyncio.ensure_future(ingest.a.upload(project.project_id, PDF, request_id="r-1"))
        async with asyncio.timeout(WAIT_SECONDS):
            await ingest.objects.stored.wait()
        await ingest.server.stop(0)
        assert isinstance((await asyncio.gather(dying, return_exceptions=True))[0], Exception)
        assert (len(ingest.files()), await _bills(ingest)) == (1, 0)

    async with halting_ingest(database, tmp_path, SWEEPING, orphan_age_seconds=0.0) as ingest:

        async def swept():
            return ingest.files() == []

        await until(swept)

    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest:
        answers = [await ingest.service_for(tenant).upload(project.project_id, PDF, request_id="r-1") for _ in range(2)]
        assert answers[0].bill.bill_id == answers[1].bill.bill_id
        assert (len(ingest.files()), await _bills(ingest)) == (1, 1)


async def test_sweep_that_crosses_an_upload_never_leaves_a_bill_without_its_bytes(database, tmp_path):
    async with halting_ingest(database, tmp_path, SWEEPING, orphan_age_seconds=0.0) as ingest:
        project = await ingest.a.project()
        ingest.objects.halt = True
        crossing = asyncio.ensure_future(ingest.a.upload(project.project_id, PDF))
        async with asyncio.timeout(WAIT_SECONDS):
            await ingest.objects.stored.wait()

        async def swept():
            return ingest.files() == []

        await until(swept)
        ingest.objects.go_on.set()
        with pytest.raises(StoreUnavailable), refusals_raised():
            await crossing
        assert await _bills(ingest) == 0


async def test_sweep_keeps_what_a_bill_names_however_old(database, tmp_path):
    async with halting_ingest(database, tmp_path, SWEEPING, orphan_age_seconds=0.0) as ingest:
        project = await ingest.a.project()

        async def upload_that_was_not_crossed():
            try:
                with refusals_raised():
                    return await ingest.a.upload(project.project_id, PDF)
            except StoreUnavailable:
                return None

        answer = await until(upload_that_was_not_crossed)
        (tmp_path / "objects" / "t" / "orphan").write_bytes(PDF)

        async def swept():
            return not (tmp_path / "objects" / "t" / "orphan").exists()

        await until(swept)
        key = (await ingest.service_for(ingest.a).bill(answer.bill)).object_key
        assert await ingest.objects.read(key, 1000) == PDF


async def test_deletion_that_crosses_an_upload_of_the_same_bytes_never_leaves_a_bill_without_them(database, tmp_path):
    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest:
        project = await ingest.a.project()
        first = (await ingest.a.upload(project.project_id, PDF)).bill
        ingest.objects.halt = True
        crossing = asyncio.ensure_future(ingest.a.upload(project.project_id, PDF))
        async with asyncio.timeout(WAIT_SECONDS):
            await ingest.objects.stored.wait()
        await ingest.a.delete(first)
        ingest.objects.go_on.set()
        with pytest.raises(StoreUnavailable), refusals_raised():
            await crossing
        ingest.objects.halt = False

        again = (await ingest.a.upload(project.project_id, PDF)).bill

        assert again.duplicate_of == ""
        assert len(ingest.files()) == 1


async def test_death_between_tombstone_and_file_is_made_good_by_the_sweep(database, tmp_path):
    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest:
        project = await ingest.a.project()
        bill = (await ingest.a.upload(project.project_id, PDF)).bill
        path = tmp_path / "objects" / ingest.files()[0]
        await ingest.a.delete(bill)
        path.write_bytes(PDF)

    async with halting_ingest(database, tmp_path, SWEEPING, orphan_age_seconds=0.0):

        async def swept():
            return not path.exists()

        await until(swept)


async def test_image_drawn_while_its_bill_was_deleted_is_removed_by_the_sweep(database, tmp_path):
    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest:
        project = await ingest.a.project()
        kept, gone = [(await ingest.a.upload(project.project_id, pdf(text))).bill for text in "ab"]
        images = {}
        for bill in (kept, gone):
            key = (await ingest.service_for(ingest.a).bill(bill)).object_key
            images[bill.bill_id] = tmp_path / "objects" / derived_prefix(key) / "page-1"
        await ingest.a.delete(gone)
        for path in images.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"image")

    async with halting_ingest(database, tmp_path, SWEEPING, orphan_age_seconds=0.0):

        async def swept():
            return not images[gone.bill_id].exists()

        await until(swept)
        assert images[kept.bill_id].exists()


async def test_death_of_ingest_after_the_lease_costs_nothing_but_the_stream(database, tmp_path):
    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest:
        project = await ingest.a.project()
        await ingest.a.upload(project.project_id, PDF)
        async with ingest.worker() as worker:
            lease = await worker.lease()
            await ingest.server.stop(0)

    async with halting_ingest(database, tmp_path, NOT_SWEEPING) as ingest, ingest.worker() as worker:
        assert (await worker.finish(lease, success())).accepted


async def test_death_of_a_worker_after_the_lease_hands_the_bill_to_another(ingest):
    project = await ingest.a.project()
    await ingest.a.upload(project.project_id, PDF)
    async with ingest.worker() as worker:
        lease = await worker.lease()

    await ingest.lapse(lease.job_id)

    async with ingest.worker() as worker:
        again = await worker.lease()
    assert (again.job_id, again.attempt) == (lease.job_id, 2)


async def test_lease_that_was_never_sent_is_given_back_when_the_stream_breaks(ingest):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, PDF)).bill
    desk = Desk(
        ingest.database, Journal("ingest.completion"), LeaseTable("ingest.job"), lease_seconds=30, attempts_max=3
    )
    session = WorkSession(desk, Pace(), asyncio.Event())

    async def requests():
        yield pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="worker-1"))
        yield pb.WorkOnBillsRequest(credit=pb.Credit(leases=1))
        await asyncio.Event().wait()

    async def leased():
        return not session.outgoing.empty()

    running = asyncio.ensure_future(session.run(requests()))
    await until(leased)
    assert (await ingest.a.job(bill.job_id)).state == pb.JOB_STATE_LEASED
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await session.give_back_unsent()

    job = await ingest.a.job(bill.job_id)
    assert (job.state, job.attempts) == (pb.JOB_STATE_QUEUED, 0)


async def test_requests_older_than_a_day_are_forgotten(database, tmp_path):
    async with halting_ingest(database, tmp_path, SWEEPING) as ingest:
        await ingest.a.project(request_id="old")
        await ingest.a.project(request_id="new")
        async with ingest.database.service() as connection:
            await connection.execute(
                "UPDATE ingest.request SET created_at = created_at - interval '25 hours' WHERE request_id = 'old'"
            )

        async def forgotten():
            async with ingest.database.service() as connection:
                return [
                    row["request_id"] for row in await connection.fetch("SELECT request_id FROM ingest.request")
                ] == ["new"]

        await until(forgotten)
