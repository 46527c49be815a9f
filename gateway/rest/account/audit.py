"""The audit log, as it is read: by an administrator of the tenant, or by the operator for all."""

from datetime import datetime
from typing import Any

from aiohttp import web

from domain.ids import TenantId
from domain.refusals import BadRequest
from gateway.call import Call, Rooms
from gateway.http.kept.store import Write, WriteFilter, list_writes
from gateway.rest.answers import page_response, time_json, time_parameter, uuid_parameter

_FILTERS = ("operation", "key_id", "since", "until")


async def list_audit_log(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's writes, newest first."""
    page = call.page(*_FILTERS)
    only = _filter(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found, token = await list_writes(connection, call.tenant_id, only, size=page.size, token=page.token)
    return page_response(call, "writes", [write_json(one) for one in found], token)


async def list_whole_audit_log(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the writes of all tenants and of the operator, newest first."""
    page = call.page(*_FILTERS, "tenant_id")
    only, tenant_id = _filter(call), uuid_parameter(call.request.query, "tenant_id")
    async with rooms.database.service(read_only=True) as connection:
        whose = None if tenant_id is None else TenantId(tenant_id)
        found, token = await list_writes(connection, whose, only, size=page.size, token=page.token)
    return page_response(call, "writes", [write_json(one) for one in found], token)


def _filter(call: Call) -> WriteFilter:
    query = call.request.query
    operation = query.get("operation")
    if operation is not None and not 1 <= len(operation) <= 100:
        raise BadRequest("operation must be the operationId of a write.", field="operation")
    since: datetime | None = time_parameter(query, "since")
    return WriteFilter(
        operation=operation,
        key_id=uuid_parameter(query, "key_id"),
        since=since,
        until=time_parameter(query, "until"),
    )


def write_json(write: Write) -> dict[str, Any]:
    """Render a write."""
    return {
        "at": time_json(write.at),
        "tenant_id": write.tenant_id,
        "actor": "operator" if write.key_id is None else "key",
        "key_id": write.key_id,
        "operation": write.operation,
        "method": write.method,
        "path": write.path,
        "status": write.status,
        "reason": write.reason or None,
        "request_id": write.request_id,
        "address": write.address,
    }
