"""What is erased is nowhere any more: every table, every journal, every file and the database's own files are searched."""

import base64
import io
import json
import zipfile
from pathlib import Path

import pytest

from domain.ids import Position
from gateway.dialects.store import Thing, call_it, thing_of_external_id
from gateway.erasure import store
from gateway.webhooks.follow import changes_follower
from runtime.component import Component
from runtime.journal import Journal
from runtime.postgres import owner_connection
from runtime.rpc.client import Credentials
from runtime.wire import outcome_to_proto
from tests.gateway.delivering import delivery_log, dispatching, make_endpoint
from tests.gateway.edge import OPERATOR_KEY, running, until
from tests.profile.readings import electric_bill, fact, history, success

MARKS = {
    "file": b"%PDF-1.7\nmark-of-the-file-81c2\n%%EOF\n",
    "file name": "mark-of-the-name-17aa.pdf",
    "project": "mark-of-the-project-90bd",
    "external id": "mark-of-the-external-4c1e",
    "account": "MARK-ACCOUNT-5512",
    "endpoint": "mark-of-the-endpoint-3f77",
    "key": "mark-of-the-key-77ab",
    "request": "mark-of-the-request-1d0c",
}


NOTHING_OLDER = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > $1 AND NOT EXISTS (
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_xmin::text::bigint <= $1)
"""


def following_real(edge):
    """Follow profile's own changes, as the role webhooks does."""
    follower = changes_follower(edge.database, edge.rooms_channel, Credentials(edge.tokens))
    return running(Component(name="follow", tasks=(("follow", follower.run),)))


async def fill(edge, receiver, key):
    """Leave a mark in every corner of a tenant."""
    made = {"name": MARKS["project"], "external_id": MARKS["external id"]}
    project = await edge.json("POST", "/v1/projects", status=201, key=key, json=made)
    await make_endpoint_of(edge, key, f"{receiver.url}/{MARKS['endpoint']}")
    named = {"name": MARKS["key"], "scopes": ["read"]}
    await edge.json(
        "POST", "/v1/api_keys", status=201, key=key, json=named, headers={"Idempotency-Key": MARKS["request"]}
    )
    name = {"Content-Disposition": f'attachment; filename="{MARKS["file name"]}"', "Idempotency-Key": MARKS["request"]}
    told = await edge.upload(project["project_id"], MARKS["file"], headers=name, key=key)
    past = tuple(history(f"2025-{month:02}", 900 + month) for month in range(3, 13))
    await edge.read_next(outcome_to_proto(success(electric_bill(history=past, account_number=fact(MARKS["account"])))))
    path = f"/v1/projects/{project['project_id']}"
    reading = f"{path}/utility_bills/{told['utility_bill_id']}/reading"

    async def readable():
        async with edge.ask("GET", reading, key=key) as answer:
            return answer.status == 200

    await until(readable)
    await edge.json("PUT", f"{path}/load_profile/supplied", key=key, json={"monthly_energy": [100] * 12})
    return project["project_id"], told


async def make_endpoint_of(edge, key, url):
    return (
        await make_endpoint(edge, url)
        if key == edge.key
        else await edge.json("POST", "/v1/webhook_endpoints", status=201, key=key, json={"url": url})
    )


async def found(edge, database_url, tmp_path):
    """Return which marks stand in a row of a table or in a file of the object store."""
    seen = set()
    async with owner_connection(database_url, application_name="search") as connection:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname IN ('runtime', 'ingest', 'profile', 'gateway')"
        )
        for table in tables:
            for row in await connection.fetch(f"SELECT t::text AS whole FROM {table['name']} AS t"):
                seen |= {name for name, mark in MARKS.items() if _within(mark, row["whole"].encode())}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            seen |= {name for name, mark in MARKS.items() if _within(mark, path.read_bytes())}
    return seen


def _raw(mark):
    return mark.encode() if isinstance(mark, str) else mark


def _within(mark, data):
    """Look for a mark as it is, as hexadecimal (how bytea is printed) and as base64."""
    raw = _raw(mark)
    return any(form in data for form in (raw, raw.hex().encode(), base64.b64encode(raw)[2:-4]))


async def in_database_files(database_url):
    """Rewrite all tables, so that no dead row is left, and search the files in which the server keeps them."""
    async with owner_connection(database_url, application_name="search") as connection:
        # Dead rows are kept while a transaction runs that began before they died, also one of another test's database:
        # whatever the rewriting sees is as old as the oldest of the whole server.
        now = int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
        await until(lambda: connection.fetchval(NOTHING_OLDER, now), seconds=60)
        await connection.execute("VACUUM FULL")
        await connection.execute("CHECKPOINT")
        base = await connection.fetchval(
            "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = current_database()"
        )
    data = b"".join(path.read_bytes() for path in Path(base).iterdir() if path.is_file())
    return {name for name, mark in MARKS.items() if _raw(mark) in data}


@pytest.fixture
async def tenant(edge):
    made = await edge.json("POST", "/v1/tenants", status=201, json={"name": "To be erased"}, key=OPERATOR_KEY)
    return made["tenant_id"], made["first_key"]["api_key"]


async def test_erased_tenant_is_nowhere_any_more(edge, receiver, tenant, database_url, tmp_path):
    tenant_id, key = tenant
    async with following_real(edge), dispatching(edge):
        _, told = await fill(edge, receiver, key)
        await receiver.wait(f"/{MARKS['endpoint']}")
        bystander = await edge.project()
        assert await found(edge, database_url, tmp_path) >= set(MARKS) - {"account"}
        assert await in_database_files(database_url) >= {"project", "external id", "file name"}
        told = await edge.json("DELETE", f"/v1/tenant?confirm={tenant_id}", key=key)
    assert (told["state"], told["projects"], told["bills"]) == ("erased", 1, 1)
    assert told["rows_removed"] > 5
    assert await found(edge, database_url, tmp_path) == set()
    assert await in_database_files(database_url) == set()
    assert await edge.json("DELETE", f"/v1/tenants/{tenant_id}", key=OPERATOR_KEY) == told
    assert [one["project_id"] for one in (await edge.json("GET", "/v1/projects"))["projects"]] == [bystander]
    listed = await edge.json("GET", "/v1/tenants", key=OPERATOR_KEY)
    assert tenant_id not in [one["tenant_id"] for one in listed["tenants"]]

    async def shut_out():
        async with edge.ask("GET", "/v1/projects", key=key) as answer:
            return answer.status == 401

    await until(shut_out)


async def test_deleted_project_takes_its_bills_files_and_numbers_with_it(edge, receiver, database_url, tmp_path):
    async with following_real(edge):
        project_id, told = await fill(edge, receiver, edge.key)
        other = await edge.project()
        async with edge.database.tenant(edge.tenant_id) as connection:
            for number, of in enumerate((project_id, f"{project_id}/{told['utility_bill_id']}")):
                thing = Thing("named", of)
                assert await call_it(connection, edge.tenant_id, thing, f"{MARKS['external id']} {number}")
            assert await call_it(connection, edge.tenant_id, Thing("named", other), "stays")
        await edge.json("DELETE", f"/v1/projects/{project_id}", status=204)
        await edge.json("DELETE", f"/v1/projects/{project_id}", status=204)
        for path in ("", "/policy", "/load_profile", "/utility_bills", "/events", "/months"):
            gone = await edge.json("GET", f"/v1/projects/{project_id}{path}", status=404)
            assert gone["reason"] == "NO_SUCH_PROJECT"
        await edge.json("GET", f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}", status=404)
        await edge.upload(project_id, status=404)
        listed = await edge.json("GET", "/v1/projects")
        assert [one["project_id"] for one in listed["projects"]] == [other]
        left = await found(edge, database_url, tmp_path)
    assert left <= {"endpoint", "key", "request"}
    async with edge.database.service(read_only=True) as connection:
        assert await thing_of_external_id(connection, edge.tenant_id, "named", "stays") == other
        for table in ("profile.project", "profile.supplied", "profile.bill", "profile.statement", "profile.account"):
            rows = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", edge.tenant_id)
            assert rows == 0, table


async def test_deletion_of_a_project_waits_for_what_follows_so_that_no_event_comes_behind_it(edge, monkeypatch):
    monkeypatch.setattr("gateway.erasure.erase.REQUEST_SECONDS", 0.2)
    endpoint = await make_endpoint(edge, "http://127.0.0.1:9/strict", strict_order=True)
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}"
    # A change that webhooks has not heard of yet.
    await edge.json("PUT", f"{path}/load_profile/supplied", json={"monthly_energy": [9] * 12})
    await edge.json("DELETE", path, status=202)
    async with following_real(edge):

        async def deleted():
            async with edge.ask("DELETE", path) as answer:
                return answer.status == 204

        await until(deleted)
    async with edge.database.service(read_only=True) as connection:
        events = await connection.fetch("SELECT body, parameters FROM gateway.event WHERE project_id = $1", project_id)
    assert [(row["body"], row["parameters"]) for row in events] == [(None, "{}")] * len(events) != []
    deliveries = await delivery_log(edge, endpoint)
    assert {(one["status"], one["failure_reason"]) for one in deliveries} == {("failed", "erased")}


async def test_deleted_bill_leaves_no_byte_of_its_file_name_or_reading(edge, receiver, database_url, tmp_path):
    async with following_real(edge):
        project_id, told = await fill(edge, receiver, edge.key)
        await edge.json("DELETE", f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}", status=204)

        async def gone():
            return not {"file", "file name", "account"} & await found(edge, database_url, tmp_path)

        await until(gone)
    assert not {"file", "file name", "account"} & await in_database_files(database_url)


async def test_export_holds_all_that_the_tenant_has_and_nothing_of_another(edge, receiver, tenant):
    _, key = tenant
    project_id, told = await fill(edge, receiver, key)
    made = await edge.json("POST", "/v1/properties", status=201, key=key, json={"name": "Mill"})
    other = await edge.project()
    await edge.property_of(other)
    archive = await exported(edge, key)
    folder = f"projects/{project_id}"
    assert set(archive.namelist()) == {
        "projects.ndjson",
        f"{folder}/bills.ndjson",
        f"{folder}/readings.ndjson",
        f"{folder}/load_profile.json",
        f"{folder}/accounts.ndjson",
        f"{folder}/files/{told['utility_bill_id']}/{MARKS['file name']}",
        "ledger_bills.ndjson",
        "properties.ndjson",
        "events.ndjson",
        "audit_log.ndjson",
    }
    assert archive.read(f"{folder}/files/{told['utility_bill_id']}/{MARKS['file name']}") == MARKS["file"]
    reading = json.loads(archive.read(f"{folder}/readings.ndjson"))
    assert reading["summary"]["account_number"] == MARKS["account"]
    listed = await edge.json("GET", "/v1/ledger_bills?selection=all", key=key)
    assert lines_of(archive, "ledger_bills.ndjson") == listed["ledger_bills"] != []
    assert made in lines_of(archive, "properties.ndjson")
    assert {project_id} <= {one for told in lines_of(archive, "properties.ndjson") for one in told["project_ids"]}
    writes = lines_of(archive, "audit_log.ndjson")
    assert {"create_project", "upload_utility_bill", "create_api_key"} <= {one["operation"] for one in writes}
    events = lines_of(archive, "events.ndjson")
    assert "utility_bill_upload_job_completed" in [one["type"] for one in events]
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert other.encode() not in whole
    assert edge.tenant_id.encode() not in whole


async def test_export_holds_the_events_that_are_left_once_the_journal_is_pruned(edge, receiver, tenant):
    _, key = tenant
    await fill(edge, receiver, key)
    before = lines_of(await exported(edge, key), "events.ndjson")
    async with edge.database.service() as connection:
        await Journal("profile.change").prune(connection, Position(int(before[0]["position"])))
    assert lines_of(await exported(edge, key), "events.ndjson") == before[1:] != []


async def exported(edge, key):
    async with edge.ask("GET", "/v1/tenant/export", key=key) as answer:
        assert answer.content_type == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert archive.testzip() is None
    return archive


def lines_of(archive, name):
    return [json.loads(line) for line in archive.read(name).splitlines()]


async def test_erasure_waits_for_what_follows_and_goes_on_when_asked_again(edge, tenant, monkeypatch):
    monkeypatch.setattr("gateway.erasure.erase.REQUEST_SECONDS", 0.2)
    tenant_id, key = tenant
    project_id = await edge.project(key=key)
    # A change of this tenant that webhooks has not heard of yet.
    await edge.json(
        "PUT", f"/v1/projects/{project_id}/load_profile/supplied", key=key, json={"monthly_energy": [9] * 12}
    )
    path = f"/v1/tenants/{tenant_id}"
    told = await edge.json("DELETE", path, status=202, key=OPERATOR_KEY)
    assert (told["state"], told["erased_at"]) == ("erasing", None)
    async with following_real(edge):

        async def erased():
            async with edge.ask("DELETE", path, key=OPERATOR_KEY) as answer:
                return answer.status == 200

        await until(erased)
    async with edge.database.service(read_only=True) as connection:
        receipt = await store.receipt(connection, tenant_id)
    assert receipt is not None
    assert (receipt.projects, receipt.bills) == (1, 0)


async def test_tenant_is_erased_only_by_who_says_its_id(edge):
    for query in ("", "?confirm=yes", f"?confirm={await edge.new_tenant()}"):
        told = await edge.json("DELETE", f"/v1/tenant{query}", status=400)
        assert told["metadata"]["field"] == "confirm"
    missing = "/v1/tenants/7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e"
    assert (await edge.json("DELETE", missing, status=404, key=OPERATOR_KEY))["reason"] == "NO_SUCH_TENANT"
