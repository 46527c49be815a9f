"""The hot statements walk their indexes, however many rows there are."""

from uuid import uuid4

import pytest

from services.ingest import store
from services.ingest.jobs import store as job_store
from services.ingest.lists import store as lists

TENANTS, BILLS = 3, 3000


async def _filled(database):
    """A tenant and a project of it, among many others."""
    tenants = [str(uuid4()) for _ in range(TENANTS)]
    async with database.service() as connection:
        for tenant_id in tenants:
            await connection.execute(
                "INSERT INTO ingest.project (project_id, tenant_id, name, external_id) "
                "SELECT gen_random_uuid(), $1, 'Site ' || n, '' FROM generate_series(1, 300) AS n",
                tenant_id,
            )
        await connection.execute(
            """INSERT INTO ingest.bill
                (bill_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256, object_key, job_id)
            SELECT gen_random_uuid(), tenant_id, project_id, '', 'application/pdf', 1, '', 't/' || gen_random_uuid(),
                gen_random_uuid()
            FROM ingest.project, generate_series(1, $1)""",
            BILLS // 300,
        )
    async with database.service() as connection:
        await connection.execute("ANALYZE ingest.bill, ingest.project")
        project_id = await connection.fetchval("SELECT project_id FROM ingest.project WHERE tenant_id = $1", tenants[0])
        return tenants[0], project_id


async def _plan(database, tenant_id, sql, *arguments, by_key=False):
    async with database.tenant(tenant_id) as connection:
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        if by_key:
            await store.lock_object(connection, "t/x")
        return "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + sql, *arguments))


async def test_list_of_bills_walks_its_index(database):
    tenant_id, project_id = await _filled(database)

    plan = await _plan(database, tenant_id, lists.LIST_BILLS, tenant_id, project_id, None, None, 51)

    assert "bill_newest" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan


async def test_list_of_work_walks_its_index(database):
    tenant_id, _ = await _filled(database)

    everything = (tenant_id, None, None, None, 51, None, None, None, None, None, None)
    counts = await _plan(database, tenant_id, lists.COUNT_WORK, tenant_id, None, 10_000)
    for plan in (await _plan(database, tenant_id, lists.LIST_WORK, *everything), counts):
        assert "bill_most_urgent" in plan
        assert "Sort" not in plan
        assert "Seq Scan" not in plan


async def test_list_of_projects_walks_its_index(database):
    tenant_id, _ = await _filled(database)

    plan = await _plan(database, tenant_id, store.LIST_PROJECTS, tenant_id, None, None, 51)

    assert "project_newest" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan


async def test_sweep_and_duplicates_find_bills_by_the_object_key(database):
    tenant_id, _ = await _filled(database)

    plan = await _plan(database, tenant_id, store.UNNAMED_OBJECTS, ["t/x", "t/y"])

    assert "bill_of_object" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("sql", [job_store.DOCUMENTS_OF_JOBS, job_store.LOCK_DOCUMENTS_OF_JOBS], ids=["read", "lock"])
async def test_jobs_find_their_bills_by_key_even_when_the_plan_was_made_for_empty_tables(database, sql):
    plan = await _plan(database, str(uuid4()), sql, [str(uuid4()) for _ in range(10)], by_key=True)

    assert "job_pkey" in plan
    assert "bill_pkey" in plan
    assert "Index Cond: (bill_id" in plan


async def test_upload_looks_for_the_same_bytes_by_the_object_key_even_when_the_plan_was_made_for_an_empty_table(
    database,
):
    ids = [str(uuid4()) for _ in range(4)]

    plan = await _plan(database, ids[2], store.ADD_BILL, *ids, "", "", 1, "", "t/x", by_key=True)

    assert "bill_of_object" in plan
    assert "bill_newest" not in plan
