"""Keys, tenants, corrections and exports by the client that awaits, against the edge; and downloads that break off."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from billowatt_client import AsyncClient, Client, ConnectionFailed, Forbidden, Refused
from billowatt_client.retry import Retries
from tests.gateway.edge import OPERATOR_KEY, PDF

PIECE = b"a row of an export\n" * 1000


async def test_administrator_makes_rotates_and_revokes_keys(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        made = await client.create_api_key("nightly", ["read"], expires_in_days=3)
        assert made.api_key
        assert made.api_key.startswith(made.prefix)
        rotated = await client.rotate_api_key(made.key_id, grace_hours=0)
        assert rotated.api_key not in (None, made.api_key)
        ended = await client.revoke_api_key(rotated.key_id)
        live = [one.key_id async for one in client.api_keys(live=True)]
        every = {one.key_id async for one in client.api_keys()}
    assert ended.revoked_at is not None
    assert {made.key_id, rotated.key_id} <= every
    assert rotated.key_id not in live


async def test_operator_makes_and_erases_tenants(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        with pytest.raises(Forbidden):
            await client.create_tenant("no")
    async with AsyncClient(edge.url, OPERATOR_KEY) as operator:
        made = await operator.create_tenant("Second")
        assert made.first_key
        assert made.first_key.api_key
        assert made.tenant_id in [one.tenant_id async for one in operator.tenants()]
        receipt = await operator.erase_tenant(made.tenant_id)
    assert receipt["tenant_id"] == made.tenant_id


async def test_record_is_corrected_annotated_and_exported(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        project = (await client.create_project("Home")).project_id
        bill = await client.upload(project, PDF)
        await edge.read_next()
        await client.reading(project, bill.utility_bill_id, wait_seconds=20)
        [record] = [one async for one in client.ledger_bills(project_id=project)]
        noted = await client.put_ledger_bill_metadata(record.ledger_bill_id, {"seen": True})
        changed = await client.amend_ledger_bill(
            record.ledger_bill_id, {"account_number": "77-1"}, amended_by="Robin", reason="misread"
        )
        with pytest.raises(Refused):
            await client.amend_ledger_bill(changed.ledger_bill_id, {"colour": "red"}, amended_by="Robin", reason="x")
        looked_at = await client.review(project, bill.utility_bill_id)
        with pytest.raises(Refused):
            await client.confirm_bill(project, bill.utility_bill_id, reviewed_by="Kim", version="of another time")
        valued = await client.confirm_values(project, bill.utility_bill_id, ["account_number"], reviewed_by="Kim")
        undone = await client.confirm_values(
            project, bill.utility_bill_id, ["account_number"], reviewed_by="Kim", undo=True
        )
        found_right = await client.confirm_bill(
            project, bill.utility_bill_id, reviewed_by="Kim", version=undone.version
        )
        with pytest.raises(Refused):
            await client.reject_bill(project, bill.utility_bill_id, reviewed_by="Kim", reason="nothing waits")
        async with client.export("/v1/exports/bills", project_id=project) as export:
            text = b"".join([piece async for piece in export.pieces]).decode()
        with pytest.raises(Refused):
            async with client.export("/v1/exports/bills", project_id="none"):
                pass
    assert noted.metadata == {"seen": True}
    assert changed.amended_fields == ("account_number",)
    assert (looked_at.state, looked_at.statements[0].amended_fields) == ("in_effect", ("account_number",))
    assert [one["confirmed_by"] for one in valued.statements[0].confirmed_values] == ["Kim"]
    assert undone.statements[0].confirmed_values == ()
    assert found_right.state == "confirmed"
    assert "77-1" in text
    assert (export.file_name, export.content_type) == ("bills.csv", "text/csv; charset=utf-8")


@asynccontextmanager
async def breaking_off(attempts):
    """A service that is away for the first attempts, and then breaks its answer off in the middle."""
    asked: list[str] = []

    async def answer(request):
        asked.append(request.path_qs)
        if len(asked) <= attempts:
            return web.json_response({"reason": "STORE_UNAVAILABLE"}, status=503)
        response = web.StreamResponse(headers={"Content-Disposition": 'attachment; filename="x.csv"'})
        await response.prepare(request)
        await response.write(PIECE)
        request.transport.close()
        return response

    application = web.Application()
    application.router.add_get("/v1/exports/bills", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def test_export_that_breaks_off_is_an_error_and_no_shorter_file():
    quick = Retries(attempts=3, first_seconds=0.01)
    async with breaking_off(1) as (url, asked):
        async with AsyncClient(url, "key", retries=quick) as client, client.export("/v1/exports/bills") as export:
            with pytest.raises(ConnectionFailed):
                _ = [piece async for piece in export.pieces]

        def block():
            with Client(url, "key", retries=quick) as client, client.export("/v1/exports/bills", form="csv") as it:
                return b"".join(it.pieces)

        with pytest.raises(ConnectionFailed):
            await asyncio.to_thread(block)
    assert asked == ["/v1/exports/bills", "/v1/exports/bills", "/v1/exports/bills?form=csv"]
