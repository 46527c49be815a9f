"""Erasure, room by room in the order in which data travels: ingest, profile, what webhooks recorded, the edge's own.

Each step waits for what the one before told to arrive, and is safe to repeat: whoever is cut off asks again, and a tenant's
receipt adds up what was done in all.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from domain.ids import Position, ProjectId, TenantId
from domain.refusals import NoSuchTenant
from gateway.call import Rooms
from gateway.dialects import store as numbers
from gateway.erasure import store
from gateway.erasure.store import Receipt
from gateway.webhooks.store import fanout
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from runtime.keys import find_tenant
from runtime.logs import logger
from runtime.rpc.client import CALL_SECONDS
from runtime.rpc.refusals import refusals_raised

REQUEST_SECONDS = 20.0
"""One request works so long; below what proxies let pass."""

LOOK_SECONDS = 0.05


async def erase_project(rooms: Rooms, tenant_id: TenantId, project_id: ProjectId) -> bool:
    """Delete a project and all that is kept of it; False where one request was too short for that.

    Raises:
        NoSuchProject: the tenant never had one of this id.
    """
    until, metadata = time.monotonic() + REQUEST_SECONDS, rooms.credentials.for_tenant(tenant_id)
    while True:
        request = ingest_pb2.DeleteProjectRequest(project_id=project_id)
        with refusals_raised():
            deleted = await rooms.ingest.DeleteProject(request, timeout=CALL_SECONDS, metadata=metadata)
        if deleted.done:
            break
        if time.monotonic() > until:
            return False

    async def ask() -> profile_pb2.EraseResponse:
        request = profile_pb2.EraseProjectRequest(project_id=project_id, after_position=deleted.position)
        with refusals_raised():
            return await rooms.profiles.EraseProject(request, timeout=CALL_SECONDS, metadata=metadata)

    erased = await _done(ask, until)
    if erased is None or not await _followed(rooms, Position(erased.position), until):
        return False
    async with rooms.database.tenant(tenant_id) as connection:
        await fanout.erase_project(connection, tenant_id, project_id)
        await numbers.forget_project(connection, tenant_id, project_id)
    logger("gateway").info("project_erased", project_id=project_id)
    return True


async def erase_tenant(rooms: Rooms, tenant_id: TenantId) -> Receipt:
    """Erase a tenant as far as one request goes; the receipt says whether that was all.

    Raises:
        NoSuchTenant: there is none of this id, and none was erased.
    """
    async with rooms.database.service() as connection:
        known = await store.receipt(connection, tenant_id)
        if known is None:
            await find_tenant(connection, tenant_id)
            await store.begin(connection, tenant_id)
            await store.shut_out(connection, tenant_id)
    if known is None or known.erased_at is None:
        await _erase(rooms, tenant_id, time.monotonic() + REQUEST_SECONDS)
    async with rooms.database.service(read_only=True) as connection:
        found = await store.receipt(connection, tenant_id)
    if found is None:
        raise NoSuchTenant
    return found


async def _erase(rooms: Rooms, tenant_id: TenantId, until: float) -> None:
    metadata = rooms.credentials.for_tenant(tenant_id)
    while True:
        with refusals_raised():
            told = await rooms.ingest.EraseTenant(
                ingest_pb2.EraseTenantRequest(), timeout=CALL_SECONDS, metadata=metadata
            )
        async with rooms.database.service() as connection:
            await store.add(connection, tenant_id, projects=told.projects, bills=told.bills)
        if told.done:
            break
        if time.monotonic() > until:
            return

    async def ask() -> profile_pb2.EraseResponse:
        request = profile_pb2.EraseTenantRequest(after_position=told.position)
        with refusals_raised():
            return await rooms.profiles.EraseTenant(request, timeout=CALL_SECONDS, metadata=metadata)

    folded = await _done(ask, until)
    if folded is None:
        return
    async with rooms.database.service() as connection:
        await store.add(connection, tenant_id, rows=folded.rows)
    if not await _followed(rooms, Position(folded.position), until):
        return
    async with rooms.database.service() as connection:
        await store.remove_tenant(connection, tenant_id)
    logger("gateway").info("tenant_erased", tenant_id=tenant_id)


async def _done(
    ask: Callable[[], Awaitable[profile_pb2.EraseResponse]], until: float
) -> profile_pb2.EraseResponse | None:
    while not (answer := await ask()).done:
        if time.monotonic() > until:
            return None
        await asyncio.sleep(LOOK_SECONDS)
    return answer


async def _followed(rooms: Rooms, position: Position, until: float) -> bool:
    """Wait until the changes up to a position were turned into events, so that none of them becomes one later."""
    while True:
        async with rooms.database.service(read_only=True) as connection:
            if await fanout.cursor(connection) >= position:
                return True
        if time.monotonic() > until:
            logger("gateway").warning("erasure_waits_for_webhooks", position=position)
            return False
        await asyncio.sleep(LOOK_SECONDS)
