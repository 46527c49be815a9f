"""Projects and tenants deleted while uploads are under way, and by a store that is slow or fails."""

import asyncio

import pytest

from domain.refusals import NoSuchProject, StoreUnavailable
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.objects import derived_prefix
from runtime.rpc.refusals import refusals_raised
from tests.ingest.running import PDF, WAIT_SECONDS, pdf, running_ingest, success, until

IMAGES = 60
SLOW_SECONDS = 0.05


class FailingStore:
    """An object store that halts when it is asked for a size, or fails or dawdles when it deletes, where it is told to."""

    def __init__(self, inner):
        self._inner = inner
        self.halt = False
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.deletes_refused = 0
        self.delete_seconds = 0.0

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def size(self, key):
        if self.halt:
            self.asked.set()
            await self.go_on.wait()
        return await self._inner.size(key)

    async def delete(self, key):
        await asyncio.sleep(self.delete_seconds)
        if self.deletes_refused > 0:
            self.deletes_refused -= 1
            raise StoreUnavailable("The object store refused the request.")
        await self._inner.delete(key)


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


async def erase(ingest):
    request = pb.EraseTenantRequest()
    with refusals_raised():
        return await ingest.stub.EraseTenant(request, metadata=ingest.service_for(ingest.a).metadata)


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


async def test_tenant_is_not_erased_before_its_last_file_is_gone(ingest, monkeypatch):
    project = await ingest.a.project()
    await ingest.a.upload(project.project_id, PDF)
    ingest.objects.deletes_refused = 1

    with pytest.raises(StoreUnavailable):
        await erase(ingest)
    with monkeypatch.context() as hurry:
        hurry.setattr("services.ingest.erasure.erase.CALL_SECONDS", 0.0)
        assert not (await erase(ingest)).done
    assert len(ingest.files()) == 1
    assert (await erase(ingest)).done

    assert ingest.files() == []


async def test_erasure_of_a_tenant_leaves_no_image_and_no_file_of_another(ingest):
    project, other = await ingest.a.project(), await ingest.b.project()
    await ingest.a.upload(project.project_id, PDF)
    [key] = ingest.files()
    await draw_pages(ingest, key, 1)
    ingest.objects.deletes_refused = 1
    with pytest.raises(StoreUnavailable):
        await erase(ingest)
    await ingest.objects.delete(key)
    await ingest.b.upload(other.project_id, PDF)

    assert (await erase(ingest)).done

    assert [file.split("/")[1] for file in ingest.files()] == [str(ingest.b.tenant_id)]


async def draw_pages(ingest, key, count):
    """Put something beside a bill's file that was made from it, as a parser does that draws pages."""

    async def body():
        yield b"image"

    for number in range(count):
        await ingest.objects.put_stream(f"{derived_prefix(key)}/page-{number}", body())


async def test_bill_with_many_drawn_pages_is_deleted_by_a_slow_store(ingest, monkeypatch):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, PDF)).bill
    [key] = ingest.files()
    await draw_pages(ingest, key, IMAGES)
    monkeypatch.setattr("services.ingest.receive.OBJECT_SECONDS", SLOW_SECONDS * IMAGES / 2)
    ingest.objects.delete_seconds = SLOW_SECONDS

    with refusals_raised():
        await ingest.a.delete(bill)

    assert ingest.files() == []
