"""Projects, bills and jobs for those who ask: make, look up, list, delete, read again."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from uuid import uuid4

from domain.ids import BillId, JobId, ProjectId, TenantId
from domain.outcome import FailureReason
from domain.refusals import JobNotFinished, NoSuchBill, NoSuchJob, NoSuchProject, RequestReused
from runtime.journal import Journal
from runtime.lease import LeaseTable
from runtime.logs import logger
from runtime.objects import ObjectStore, derived_prefix
from runtime.postgres import Connection, Database, ring
from services.ingest import store, wire
from services.ingest.jobs import store as job_store
from services.ingest.lists.store import (
    BillFilter,
    Urgency,
    WorkFilter,
    count_work,
    list_bills,
    list_work,
    narrowed_bills,
    settle_bill,
)
from services.ingest.receive import one_look
from services.ingest.records import Bill, Call, Job, PageKey, Project, Request

CANCELLED_DETAIL = "The bill was deleted before it was read."

DELETED_AT_ONCE = 16
"""Objects deleted together: a long bill has hundreds of drawn pages, and its key is locked until the last one is gone."""


class Bills:
    """The records of one installation, each tenant's for itself."""

    def __init__(self, database: Database, objects: ObjectStore, journal: Journal, leases: LeaseTable) -> None:
        self._database = database
        self._objects = objects
        self._journal = journal
        self._leases = leases
        self._log = logger("ingest")

    async def create_project(self, tenant_id: TenantId, name: str, external_id: str, request_id: str) -> Project:
        """Make a project; the same request_id within a day returns the one made first.

        Raises:
            RequestReused: the request_id was used before for another name or external id.
        """
        project_id = ProjectId(str(uuid4()))
        fingerprint = hashlib.sha256(f"{name}\0{external_id}".encode()).hexdigest()
        async with self._database.tenant(tenant_id) as connection:
            if request_id:
                request = Request(
                    call=Call.CREATE_PROJECT, request_id=request_id, fingerprint=fingerprint, project_id=project_id
                )
                if not await store.remember_request(connection, tenant_id, request):
                    return await _first_project(connection, tenant_id, request)
            project = await store.add_project(connection, tenant_id, project_id, name, external_id)
        self._log.info("project_created", tenant_id=tenant_id, project_id=project_id)
        return project

    async def project(self, tenant_id: TenantId, project_id: ProjectId) -> Project:
        """Return a project.

        Raises:
            NoSuchProject: the tenant has none of this id.
        """
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            return await _project(connection, project_id)

    async def projects(self, tenant_id: TenantId, before: PageKey | None, limit: int) -> Sequence[Project]:
        """Return a tenant's projects, newest first, from behind ``before`` on."""
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            return await store.list_projects(connection, tenant_id, before, limit)

    async def bill(self, tenant_id: TenantId, project_id: ProjectId, bill_id: BillId) -> Bill:
        """Return a bill.

        Raises:
            NoSuchBill: the project has none of this id, or it was deleted.
        """
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            return await _living_bill(connection, project_id, bill_id)

    async def bills(
        self, tenant_id: TenantId, project_id: ProjectId, before: PageKey | None, limit: int, only: BillFilter
    ) -> Sequence[Bill]:
        """Return a project's bills that pass the filter, newest first, from behind ``before`` on.

        Raises:
            NoSuchProject: the tenant has none of this id.
        """
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            await _project(connection, project_id)
            if only.narrows():
                return await narrowed_bills(connection, tenant_id, project_id, before, limit, only)
            return await list_bills(connection, tenant_id, project_id, before, limit)

    async def work(
        self, tenant_id: TenantId, before: PageKey | None, limit: int, only: WorkFilter
    ) -> tuple[Sequence[tuple[Bill, str]], dict[Urgency, int]]:
        """Return a tenant's bills with the names of their projects, the most urgent first, and with the first page the counts.

        Raises:
            NoSuchProject: bills of a project were asked for, and the tenant has none of this id.
        """
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            if only.project_id is not None:
                await _project(connection, only.project_id)
            counts = await count_work(connection, tenant_id, only.project_id) if before is None else {}
            return await list_work(connection, tenant_id, before, limit, only), counts

    async def settle(self, tenant_id: TenantId, project_id: ProjectId, bill_id: BillId, *, settled: bool) -> Bill:
        """Note whether anything is still to be done about what came of a bill.

        Raises:
            NoSuchBill: the project has none of this id, or it was deleted.
            JobNotFinished: it is being read, so nothing has come of it yet.
        """
        async with self._database.tenant(tenant_id) as connection:
            await _living_bill(connection, project_id, bill_id)
            bill = await settle_bill(connection, bill_id, settled=settled)
            if bill is None:
                raise JobNotFinished
            return bill

    async def job(self, tenant_id: TenantId, job_id: JobId) -> Job:
        """Return a job.

        Raises:
            NoSuchJob: the tenant has none of this id.
        """
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            job = await job_store.find_job(connection, job_id)
        if job is None:
            raise NoSuchJob
        return job

    async def reparse(self, tenant_id: TenantId, project_id: ProjectId, bill_id: BillId) -> Job:
        """Queue a bill to be read again, by a new job with attempts of its own.

        Raises:
            NoSuchBill: the project has none of this id, or it was deleted.
            JobNotFinished: it is being read.
        """
        job_id = JobId(str(uuid4()))
        async with self._database.tenant(tenant_id) as connection:
            bill = await _living_bill(connection, project_id, bill_id)
            job = await job_store.add_job(connection, bill, job_id)
            if job is None:
                raise JobNotFinished
            if not await store.reopen_bill(connection, bill_id, job_id):
                raise NoSuchBill
            await ring(connection, self._leases.channel)
        self._log.info("bill_queued_again", bill_id=bill_id, job_id=job_id)
        return job

    async def delete(self, tenant_id: TenantId, project_id: ProjectId, bill_id: BillId) -> None:
        """Remove a bill's file, its name and the payloads of its completions; a tombstone and one last completion stay.

        The job that may be reading it is cancelled: its outcome, when it comes, counts no more.

        Raises:
            NoSuchBill: the project never had one of this id.
        """
        async with self._database.tenant(tenant_id) as connection:
            bill = await store.find_bill(connection, bill_id)
            if bill is None or bill.project_id != project_id:
                raise NoSuchBill
            if bill.deleted_at is not None:
                return
            await store.lock_object(connection, bill.object_key)
            cancelled = await job_store.cancel_jobs(connection, bill_id, FailureReason.GAVE_UP.value, CANCELLED_DETAIL)
            await store.lock_same_bytes(connection, bill.object_key, project_id)
            if not await store.bury_bill(connection, bill_id):
                return
            # Once more: a job may have been queued between the first time and the tombstone, and none can be since.
            cancelled |= await job_store.cancel_jobs(connection, bill_id, FailureReason.GAVE_UP.value, CANCELLED_DETAIL)
            await job_store.blank_job_details(connection, bill_id)
            await store.point_duplicates(connection, bill_id, bill.object_key, project_id)
            await self._journal.erase(connection, tenant_id, bill_id)
            still_open = None
            if cancelled:
                still_open = (await job_store.jobs_open(connection, [project_id]))[project_id]
            await self._journal.append(connection, [wire.new_entry(bill, bill.job_id, None, still_open)])
        self._log.info("bill_deleted", bill_id=bill_id, project_id=project_id)
        await self.remove_unnamed(bill.object_key)

    async def remove_unnamed(self, object_key: str) -> bool:
        """Remove an object that no living bill names, and what was made from it; return whether it was one.

        Only after the commit that took its last name away, and again under the lock, as the same bytes may just have come
        in once more. What a crash leaves here is found by the sweep.

        Raises:
            StoreUnavailable: the object store does not answer.
        """
        async with self._database.service() as connection:
            await store.lock_object(connection, object_key)
            if not await store.unnamed_objects(connection, [object_key]):
                return False
            await self._delete_objects([object_key])
            async with one_look(), aclosing(self._objects.list_keys(derived_prefix(object_key))) as found:
                derived = [info.key async for info in found]
            for start in range(0, len(derived), DELETED_AT_ONCE):
                await self._delete_objects(derived[start : start + DELETED_AT_ONCE])
        return True

    async def _delete_objects(self, keys: Sequence[str]) -> None:
        """Delete a few objects at once, all within the limit of one look at the store."""
        try:
            async with one_look(), asyncio.TaskGroup() as group:
                for key in keys:
                    group.create_task(self._objects.delete(key))
        except ExceptionGroup as broken:
            raise broken.exceptions[0] from None


async def _project(connection: Connection, project_id: ProjectId) -> Project:
    project = await store.find_project(connection, project_id)
    if project is None:
        raise NoSuchProject
    return project


async def _living_bill(connection: Connection, project_id: ProjectId, bill_id: BillId) -> Bill:
    bill = await store.find_bill(connection, bill_id)
    if bill is None or bill.project_id != project_id or bill.deleted_at is not None:
        raise NoSuchBill
    return bill


async def _first_project(connection: Connection, tenant_id: TenantId, request: Request) -> Project:
    first = await store.find_request(connection, tenant_id, request.call, request.request_id)
    assert first is not None, "a request that stood in the way a moment ago is younger than a day"
    if first.fingerprint != request.fingerprint:
        raise RequestReused
    return await _project(connection, first.project_id)
