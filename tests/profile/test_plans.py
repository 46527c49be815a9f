"""How PostgreSQL goes about our statements in big tables, and that every table stands behind the wall between tenants."""

import pytest

from runtime.postgres import owner_connection
from services.profile import store
from services.profile.fold import MERGED_BILLS_MAX, Rule
from services.profile.ledger.store.accounts import ACCOUNTS_PAGE
from tests.profile.readings import PROJECT, TENANT, numbered

MANY_PROJECTS = """
INSERT INTO profile.project (tenant_id, project_id) SELECT $1, gen_random_uuid() FROM generate_series(1, 20000)
"""

MANY_BILLS = """
INSERT INTO profile.bill (tenant_id, bill_id, project_id, received_at, read_at, read_position, usable, contribution)
SELECT $1, gen_random_uuid(), $2, now() + n * interval '1 second', now() + n * interval '1 second', n, true, ''
FROM generate_series(1, 3000) AS n
"""

MANY_STATEMENTS = """
INSERT INTO profile.statement (tenant_id, bill_id, ordinal, project_id, account_id, kind)
SELECT $1, bill_id, 1, project_id, $2, 'bill' FROM profile.bill
"""

ONE_ACCOUNT = """
INSERT INTO profile.account (tenant_id, account_id, issuer_id, issuer_name, number, number_normalised,
    created_at, printed_at, printed_position)
VALUES ($1, $2, '', '', '1', '1', now(), now(), 1)
"""


@pytest.fixture
async def full(database, database_url):
    """A database with many projects, many bills in one of them, all of one account."""
    account = numbered("account", 1)
    async with database.service() as connection:
        await connection.execute(MANY_PROJECTS, TENANT)
        await connection.execute(MANY_BILLS, TENANT, PROJECT)
        await connection.execute(ONE_ACCOUNT, TENANT, account)
        await connection.execute(MANY_STATEMENTS, TENANT, account)
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("ANALYZE profile.bill, profile.project, profile.statement, profile.account")
    return database


async def plan(connection, statement, *arguments) -> str:
    return "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + statement, *arguments))


@pytest.mark.parametrize("rule", list(Rule))
async def test_choice_of_the_active_bill_is_one_index_probe(full, rule):
    async with full.service() as connection:
        steps = await plan(connection, store.ACTIVE_BILL[rule], TENANT, PROJECT)
    assert "Index Scan Backward using bill_" in steps
    assert "Sort" not in steps


async def test_bills_to_merge_are_read_off_the_end_of_an_index(full):
    async with full.service() as connection:
        steps = await plan(connection, store.MERGED_BILLS, TENANT, PROJECT, MERGED_BILLS_MAX)
    assert "Index Scan Backward using bill_latest_period" in steps
    assert "Seq Scan" not in steps


async def test_accounts_are_found_by_index_whatever_the_number_of_statements(full):
    async with full.tenant(TENANT) as connection:
        steps = await plan(connection, ACCOUNTS_PAGE, PROJECT, None, None, 51)
    assert "Seq Scan on statement" not in steps
    assert "using statement_" in steps


async def test_projects_are_locked_and_saved_by_key(full):
    async with full.service() as connection:
        locked = await plan(connection, store.LOCK_PROJECTS, [TENANT] * 3, [PROJECT] * 3)
        row = [[TENANT], [PROJECT], ["last_parsed"], [None], [None], [1], [None], [1], [0]]
        saved = await plan(connection, store.SAVE_PROJECTS, *row)
    assert "Seq Scan on project" not in locked
    assert "Seq Scan on project" not in saved


async def test_every_table_forces_row_level_security(database_url):
    async with owner_connection(database_url, application_name="tests") as owner:
        tables = await owner.fetch(
            """
            SELECT relname, relforcerowsecurity AND relrowsecurity AS walled FROM pg_class
            WHERE relnamespace = 'profile'::regnamespace AND relkind = 'r'
            """
        )
    assert {row["relname"] for row in tables if not row["walled"]} == {"cursor"}
    assert len(tables) >= 11
