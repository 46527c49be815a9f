"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07) for what the edge makes itself.

The first answer is kept in the transaction that makes the thing, so a key makes one thing however often it is tried, also
through a kill. Malformed: 400. Another request under the same key: 422. The first one is still under way: 409.
What ingest makes (projects, bills) it remembers itself, by the same key.
"""

import hashlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from domain.refusals import RequestInProgress, RequestReused
from gateway.call import Call, Rooms
from gateway.http.kept import store
from runtime.postgres import Connection


async def once(
    rooms: Rooms, call: Call, operation: str, make: Callable[[Connection], Awaitable[web.Response]]
) -> web.Response:
    """Make something in one transaction of the tenant; under an Idempotency-Key that came before, answer as then.

    Raises:
        RequestReused: the key came with another request.
        RequestInProgress: that request is under way.
    """
    key = call.idempotency_key()
    if not key:
        async with rooms.database.tenant(call.tenant_id) as connection:
            return await make(connection)
    fingerprint = hashlib.sha256(f"{call.request.path}\n".encode() + await call.body()).digest()
    async with rooms.database.tenant(call.tenant_id) as connection:
        if not await store.try_turn(connection, f"{call.tenant_id} {operation} {key}"):
            raise RequestInProgress
        first = await store.find_repeat(connection, call.tenant_id, operation, key)
        if first is None:
            answer = await make(connection)
            assert isinstance(answer.body, bytes), "what is made is told in JSON"
            sealed = rooms.seal.close(answer.body, call.tenant_id)
            kept = store.Repeat(
                fingerprint=fingerprint,
                status=answer.status,
                location=answer.headers.get("Location", ""),
                body=sealed,
            )
            await store.keep_repeat(connection, call.tenant_id, operation, key, kept)
            return answer
    if first.fingerprint != fingerprint:
        raise RequestReused
    return web.Response(
        status=first.status,
        body=rooms.seal.open(first.body, call.tenant_id),
        content_type="application/json",
        headers={"Location": first.location} if first.location else None,
    )
