"""Tenants, for the operator: made with a first key, listed, retrieved."""

from contextlib import aclosing
from typing import Any

from aiohttp import web

from domain.ids import TenantId
from domain.refusals import BadRequest, NoSuchTenant
from gateway.call import Call, Rooms
from gateway.erasure.erase import erase_tenant
from gateway.erasure.export import export
from gateway.erasure.store import Receipt
from gateway.rest.account.keys import key_json
from gateway.rest.answers import json_response, page_response, time_json
from gateway.rest.paging import PAGE_SIZE, item_before, token_behind
from runtime.filenames import content_disposition
from runtime.keys import TenantRecord, create_key, create_tenant, find_tenant, list_tenants

FIRST_KEY = "made with the tenant"


async def make_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a tenant with an administrator's key, and show its text, this once."""
    fields = await call.fields()
    name = fields.text("name", 200)
    fields.end()
    async with rooms.database.service() as connection:
        tenant_id = await create_tenant(connection, name)
        record, text = await create_key(connection, tenant_id, name=FIRST_KEY, scopes=["admin"])
        tenant = await find_tenant(connection, tenant_id)
    made = {**tenant_json(tenant), "first_key": {**key_json(record), "api_key": text}}
    return json_response(made, 201, {"Location": f"/v1/tenants/{tenant_id}"})


async def list_all_tenants(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List tenants, newest first."""
    page = call.page()
    size = page.size or PAGE_SIZE
    async with rooms.database.service(read_only=True) as connection:
        found = await list_tenants(connection, item_before("tenants", page.token), size + 1)
    shown = found[:size]
    more = token_behind("tenants", shown[-1].created_at, shown[-1].tenant_id) if len(found) > size else ""
    return page_response(call, "tenants", [tenant_json(one) for one in shown], more)


async def get_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one tenant."""
    async with rooms.database.service(read_only=True) as connection:
        return json_response(tenant_json(await find_tenant(connection, tenant_of_path(call))))


async def get_own_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell a key whose it is."""
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        return json_response(tenant_json(await find_tenant(connection, call.tenant_id)))


async def erase_own_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Erase the tenant of the key; its id, said again, proves that this is meant."""
    confirmed = call.query("confirm").get("confirm", "")
    if confirmed != call.tenant_id:
        raise BadRequest("confirm must be the id of the tenant that is to be erased.", field="confirm")
    return _receipt(await erase_tenant(rooms, call.tenant_id))


async def erase_any_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Erase a tenant; asked again later, show the receipt."""
    return _receipt(await erase_tenant(rooms, tenant_of_path(call)))


async def export_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send all that the tenant has as a ZIP that is made while it is sent."""
    call.query()
    name = content_disposition("attachment", f"billowatt-{call.tenant_id}.zip")
    response = web.StreamResponse(headers={"Content-Type": "application/zip", "Content-Disposition": name})
    await response.prepare(call.request)
    if call.request.method != "HEAD":
        async with aclosing(export(rooms, call)) as pieces:
            async for piece in pieces:
                await response.write(piece)
    await response.write_eof()
    return response


def _receipt(receipt: Receipt) -> web.Response:
    told = {
        "tenant_id": receipt.tenant_id,
        "state": "erasing" if receipt.erased_at is None else "erased",
        "began_at": time_json(receipt.began_at),
        "erased_at": time_json(receipt.erased_at),
        "projects": receipt.projects,
        "bills": receipt.bills,
        "rows_removed": receipt.rows_removed,
    }
    return json_response(told, 202 if receipt.erased_at is None else 200)


def tenant_of_path(call: Call) -> TenantId:
    """Return the tenant that the path names.

    Raises:
        NoSuchTenant: it is no UUID.
    """
    return TenantId(call.path_uuid("tenant_id", NoSuchTenant))


def tenant_json(tenant: TenantRecord) -> dict[str, Any]:
    """Render a tenant."""
    return {"tenant_id": tenant.tenant_id, "name": tenant.name, "created_at": time_json(tenant.created_at)}
