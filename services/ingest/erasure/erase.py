"""Deletes projects and tenants: the project first, so that nothing more comes in; then its bills, one after the other.

Each step is safe to repeat, so a call that is cut off, or a process that dies, leaves nothing that the next call does not find.
"""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass

from domain.ids import ProjectId, TenantId
from domain.refusals import NoSuchProject
from runtime.journal import Journal
from runtime.objects import ObjectStore, derived_prefix, origin_of
from runtime.postgres import Database
from services.ingest.bills import Bills
from services.ingest.erasure import store
from services.ingest.receive import tenant_prefix

CALL_SECONDS = 6.0
"""One call deletes for so long; well below the limit of a call."""

BITE_BILLS = 50


@dataclass(slots=True)
class Erased:
    """What one call did. ``position`` holds once ``done``."""

    projects: int = 0
    bills: int = 0
    done: bool = False
    position: int = 0


class Eraser:
    """Deletes projects with all that is in them."""

    def __init__(self, database: Database, objects: ObjectStore, journal: Journal, bills: Bills) -> None:
        self._database = database
        self._objects = objects
        self._journal = journal
        self._bills = bills

    async def project(self, tenant_id: TenantId, project_id: ProjectId) -> Erased:
        """Delete a project, as far as that goes in one call.

        Raises:
            NoSuchProject: the tenant never had one of this id.
            StoreUnavailable: the object store does not answer; the file it kept is removed by the sweep.
        """
        erased = Erased()
        await self._delete(tenant_id, project_id, erased, time.monotonic() + CALL_SECONDS)
        return await self._told(erased)

    async def tenant(self, tenant_id: TenantId) -> Erased:
        """Delete all projects and files of a tenant, as far as that goes in one call.

        Raises:
            StoreUnavailable: the object store does not answer; what is left is deleted by the next call.
        """
        erased, until = Erased(done=True), time.monotonic() + CALL_SECONDS
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            projects = await store.living_projects(connection, tenant_id)
        for project_id in projects:
            await self._delete(tenant_id, project_id, erased, until)
            if not erased.done:
                break
            erased.projects += 1
        erased.done = erased.done and await self._remove_files(tenant_id, until)
        if erased.done:
            async with self._database.tenant(tenant_id) as connection:
                await store.forget_requests_of(connection, tenant_id)
        return await self._told(erased)

    async def _delete(self, tenant_id: TenantId, project_id: ProjectId, erased: Erased, until: float) -> None:
        async with self._database.tenant(tenant_id) as connection:
            if not await store.bury_project(connection, project_id):
                raise NoSuchProject
        erased.done = False
        while time.monotonic() < until:
            async with self._database.tenant(tenant_id, read_only=True) as connection:
                bills = await store.living_bills(connection, tenant_id, project_id, BITE_BILLS)
            if not bills:
                erased.done = True
                return
            for bill_id in bills:
                await self._bills.delete(tenant_id, project_id, bill_id)
                erased.bills += 1

    async def _remove_files(self, tenant_id: TenantId, until: float) -> bool:
        """Remove the files that stayed when a call or an upload was cut off; False where time is up or a bill names one."""
        removed: set[str] = set()
        files = tenant_prefix(tenant_id)
        try:
            async with asyncio.timeout(max(until - time.monotonic(), 0)):
                for prefix in (files, derived_prefix(files)):
                    async with aclosing(self._objects.list_keys(prefix)) as found:
                        async for info in found:
                            key = origin_of(info.key) or info.key
                            if key not in removed and not await self._bills.remove_unnamed(key):
                                return False
                            removed.add(key)
        except TimeoutError:
            return False
        return True

    async def _told(self, erased: Erased) -> Erased:
        if erased.done:
            async with self._database.service(read_only=True) as connection:
                erased.position = (await self._journal.head(connection)).position
        return erased
