"""Projects and tenants deleted while uploads are under way."""

import asyncio

import pytest

from domain.refusals import NoSuchProject
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.rpc.refusals import refusals_raised
from tests.ingest.running import PDF, WAIT_SECONDS, pdf, running_ingest, success, until


class FailingStore:
    """An object store that halts when it is asked for a size, where it is told to."""

    def __init__(self, inner):
        self._inner = inner
        self.halt = False
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def size(self, key):
        if self.halt:
            self.asked.set()
            await self.go_on.wait()
        return await self._inner.size(key)


@pytest.fixture
async def ingest(database, tmp_path):
    async with running_ingest(database, tmp_path, wrap=FailingStore) as running:
        yield running


@pytest.fixture
def patient(monkeypatch):
    """Let an upload wait for the object store for as long as a test takes."""
    monkeypatch.setattr("services.ingest.receive.OBJECT_SECONDS", 10 * WAIT_SECONDS)


async def hanging_upload(ingest, project_id, body):
    """An upload that holds its project and waits for the object store."""
    ingest.objects.halt = True
    upload = asyncio.ensure_future(ingest.a.upload(project_id, body))
    async with asyncio.timeout(WAIT_SECONDS):
        await ingest.objects.asked.wait()
    return upload


async def test_outcome_is_recorded_while_an_upload_waits_for_the_object_store(ingest, patient):
    project = await ingest.a.project()
    await ingest.a.upload(project.project_id, pdf("first"))
    async with ingest.worker() as worker:
        lease = await worker.lease()
        upload = await hanging_upload(ingest, project.project_id, pdf("second"))

        assert (await worker.finish(lease, success())).accepted

        assert not upload.done()
        ingest.objects.go_on.set()
        assert (await upload).bill.state == pb.BILL_STATE_PENDING


async def test_deletion_of_a_project_waits_for_an_upload_under_way_and_takes_its_bill_along(ingest, patient):
    project = await ingest.a.project()
    upload = await hanging_upload(ingest, project.project_id, PDF)
    request = pb.DeleteProjectRequest(project_id=project.project_id)
    deletion = asyncio.ensure_future(ingest.stub.DeleteProject(request, metadata=ingest.a.metadata))

    async def waiting():
        async with ingest.database.service(read_only=True) as connection:
            return deletion.done() or await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")

    await until(waiting)
    assert not deletion.done()
    ingest.objects.go_on.set()
    await upload
    deleted = await deletion

    assert (deleted.done, deleted.bills) == (True, 1)
    assert ingest.files() == []
    with pytest.raises(NoSuchProject), refusals_raised():
        await ingest.a.upload(project.project_id, PDF)
