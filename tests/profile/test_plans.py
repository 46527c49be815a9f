"""How PostgreSQL goes about our statements in big tables, and that every table stands behind the wall between tenants."""

from datetime import UTC, date, datetime

import pytest

from runtime.postgres import owner_connection
from services.profile import store
from services.profile.fold import MERGED_BILLS_MAX, Rule
from services.profile.ledger.store.accounts import (
    ACCOUNT_FACTS,
    ACCOUNTS_OF_PROJECTS,
    ACCOUNTS_OF_TENANT,
    ACCOUNTS_PAGE,
    METER_FACTS,
    METERS_OF_ACCOUNT,
    METERS_OF_PROJECTS,
    METERS_OF_TENANT,
)
from services.profile.ledger.store.amendments import AMENDMENTS_PAGE
from services.profile.ledger.store.record_lists import BILL_DAYS, Asked, list_statement
from services.profile.ledger.store.records import SIBLINGS
from services.profile.ledger.store.statements import (
    ACROSS_OF_METER,
    ACROSS_OF_PROJECTS,
    CALENDAR,
    FIRST_DAYS,
    LAST_DAYS,
    PAST_STATEMENTS_OF_METER,
    PAST_STATEMENTS_OF_PROJECTS,
    STATEMENTS_OF_METER,
    STATEMENTS_OF_PROJECTS,
)
from services.profile.properties.store import PROPERTIES_PAGE, PROPERTY_FACTS, TEMPERATURES_PAGE
from services.profile.review.store import HELD_OF_PROJECT, HELD_OF_TENANT
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


WAITING = "UPDATE profile.bill SET waiting_at = read_at, waiting_position = 1, rejected = read_position > 9"
HELD = """
INSERT INTO profile.held (tenant_id, bill_id, project_id, received_at, read_at, read_position, readings, reasons)
SELECT tenant_id, bill_id, project_id, received_at, read_at, read_position, '', '' FROM profile.bill
"""


@pytest.mark.parametrize(("sql", "whose"), [(HELD_OF_PROJECT, PROJECT), (HELD_OF_TENANT, TENANT)])
async def test_bills_that_wait_are_read_off_an_index_however_many_were_rejected(full, database_url, sql, whose):
    async with full.service() as connection:
        await connection.execute(WAITING)
        await connection.execute(HELD)
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("ANALYZE profile.bill, profile.held")
    async with full.tenant(TENANT) as connection:
        steps = await plan(connection, sql, whose, False, None, None, 51)
    assert "using bill_waiting_of" in steps
    assert "Seq Scan" not in steps


async def test_accounts_are_found_by_index_whatever_the_number_of_statements(full):
    async with full.tenant(TENANT) as connection:
        steps = await plan(connection, ACCOUNTS_PAGE, PROJECT, None, None, 51)
    assert "Seq Scan on statement" not in steps
    assert "using statement_" in steps


METER, DAY = numbered("meter", 1), date(2026, 1, 1)
LEDGER = """
INSERT INTO profile.meter (tenant_id, meter_id, account_id, commodity, number, number_normalised, service_point, tariff,
    supplier, printed_at, printed_position)
VALUES ($1, $3, $2, 'electricity', '1', '1', '', '', '', now(), 1);
"""
SHOWN = """
INSERT INTO profile.statement_meter (tenant_id, bill_id, ordinal, meter_id, start_date, end_date, read_kind)
SELECT $1, bill_id, 1, $2, start_date, end_date, '' FROM profile.statement
"""
RECORDS = """
INSERT INTO profile.record (tenant_id, bill_id, ordinal, revision, project_id, account_id, first_day, after_day, recorded_at,
    body)
SELECT $1, bill_id, 1, 0, statement.project_id, account_id, start_date, end_date, read_at, ''
FROM profile.statement JOIN profile.bill USING (bill_id)
"""
RECORD_METERS = """
INSERT INTO profile.record_meter (tenant_id, meter_id, recorded_at, bill_id, ordinal, revision)
SELECT $1, $2, recorded_at, bill_id, 1, 0 FROM profile.record
"""
PROPERTIES = """
INSERT INTO profile.property (tenant_id, property_id, created_at, updated_at)
SELECT $1, gen_random_uuid(), now() + n * interval '1 second', now() FROM generate_series(1, 3000) AS n
"""
MAPPED = """
INSERT INTO profile.property_project (tenant_id, project_id, property_id)
SELECT $1, $2, property_id FROM profile.property ORDER BY property_id LIMIT 1
"""
OTHER_ACCOUNTS = """
INSERT INTO profile.account (tenant_id, account_id, issuer_id, issuer_name, number, number_normalised,
    created_at, printed_at, printed_position)
SELECT $1, gen_random_uuid(), '', '', n, n, now() - n * interval '1 second', now(), 1 FROM generate_series(2, 3000) AS n
"""
OTHER_METERS = """
INSERT INTO profile.meter (tenant_id, meter_id, account_id, commodity, number, number_normalised, service_point, tariff,
    supplier, created_at, printed_at, printed_position)
SELECT $1, gen_random_uuid(), account_id, 'electricity', '1', '1', '', '', '', created_at, now(), 1
FROM profile.account WHERE account_id <> $2
"""
OTHER_SHOWN = """
INSERT INTO profile.statement_meter (tenant_id, bill_id, ordinal, meter_id, start_date, end_date, read_kind)
SELECT $1, bill_id, 1, meter_id, start_date, end_date, ''
FROM (SELECT *, row_number() OVER () AS place FROM profile.statement) AS stated
JOIN (SELECT meter_id, row_number() OVER () AS place FROM profile.meter WHERE meter_id <> $2) AS other USING (place)
"""
TEMPERATURES = """
INSERT INTO profile.temperature (tenant_id, property_id, day, mean_f)
SELECT $1, property_id, date '2026-01-01' + n, 50 FROM profile.property CROSS JOIN generate_series(1, 3) AS n
"""
AMENDMENTS = """
INSERT INTO profile.amendment (tenant_id, amendment_id, bill_id, ordinal, field, amended_by, reason)
SELECT $1, gen_random_uuid(), bill_id, 1, 'holder', '', '' FROM profile.bill
"""


@pytest.fixture
async def filled(full, database_url):
    """As ``full``, with days, records, a meter on each bill, many accounts, meters, properties and corrections."""
    account = numbered("account", 1)
    async with full.service() as connection:
        await connection.execute(
            "UPDATE profile.statement SET start_date = date '2000-01-01' + read_position::int, "
            "end_date = date '2000-02-01' + read_position::int, statement_date = date '2000-02-03' + read_position::int "
            "FROM profile.bill WHERE bill.bill_id = statement.bill_id"
        )
        await connection.execute(LEDGER, TENANT, account, METER)
        await connection.execute(SHOWN, TENANT, METER)
        await connection.execute(RECORDS, TENANT)
        await connection.execute(RECORD_METERS, TENANT, METER)
        await connection.execute(OTHER_ACCOUNTS, TENANT)
        await connection.execute(OTHER_METERS, TENANT, account)
        await connection.execute(OTHER_SHOWN, TENANT, METER)
        await connection.execute(PROPERTIES, TENANT)
        await connection.execute(MAPPED, TENANT, PROJECT)
        await connection.execute(TEMPERATURES, TENANT)
        await connection.execute(AMENDMENTS, TENANT)
    tables = (
        "record, record_meter, meter, statement, statement_meter, property, property_project, temperature, amendment, "
        "account, bill"
    )
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute(f"ANALYZE {', '.join(f'profile.{name}' for name in tables.split(', '))}")
    return full


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "record_newest"),
        ({"project_ids": (PROJECT,)}, "record_of_project"),
        ({"account_id": numbered("account", 1)}, "record_of_account"),
        ({"meter_id": METER}, "record_of_meter"),
        ({"before": (datetime(2026, 1, 1, tzinfo=UTC), METER, 1, 0)}, "record_newest"),
        ({"standing": None, "known_on": datetime(2026, 1, 1, tzinfo=UTC)}, "record_newest"),
    ],
    ids=["tenant", "project", "account", "meter", "page", "as known on"],
)
async def test_list_of_bills_reads_its_page_off_an_index(filled, asked, index):
    statement, arguments = list_statement(Asked(tenant_id=TENANT, **asked), 51)
    async with filled.tenant(TENANT) as connection:
        steps = await plan(connection, statement, *arguments)
    assert f"using {index}" in steps, steps
    assert "Seq Scan on record" not in steps


ACCOUNT = numbered("account", 1)


@pytest.mark.parametrize(
    ("statement", "arguments", "tables"),
    [
        (ACCOUNTS_OF_TENANT, (TENANT, None, None, 51), "account"),
        (ACCOUNTS_OF_PROJECTS, ([PROJECT], None, None, 51), "account"),
        (ACCOUNT_FACTS, ([ACCOUNT], 1), "account, statement, record"),
        (METERS_OF_TENANT, (None, None, 51, None, TENANT), "meter"),
        (METERS_OF_ACCOUNT, (None, None, 51, None, ACCOUNT, [PROJECT]), "meter, statement_meter, statement"),
        (METERS_OF_PROJECTS, (None, None, 51, None, [PROJECT]), "meter, statement_meter, statement"),
        (METER_FACTS, ([METER], 1), "meter, statement_meter, statement, record"),
        (AMENDMENTS_PAGE, (METER, 1, None, 51), "amendment"),
        (BILL_DAYS, (TENANT, None, None, 31), "record"),
        (SIBLINGS, ([PROJECT], [METER], [DAY], [PROJECT], [METER], [DAY], [DAY]), "statement, bill, record"),
        (CALENDAR, (ACCOUNT, None, None, 4), "statement, statement_meter, meter"),
        (STATEMENTS_OF_METER, (METER, 4), "statement_meter, statement, bill"),
        (STATEMENTS_OF_PROJECTS, ([PROJECT], 4), "statement, bill"),
        (PAST_STATEMENTS_OF_METER, (METER, 4, DAY, DAY, DAY), "statement_meter, statement, bill"),
        (PAST_STATEMENTS_OF_PROJECTS, ([PROJECT], 4, DAY, DAY, DAY), "statement, bill"),
        (ACROSS_OF_METER, (METER, 4, DAY, 400), "statement_meter, statement"),
        (ACROSS_OF_PROJECTS, ([PROJECT], 4, DAY, 400), "statement"),
        (FIRST_DAYS, ([METER],), "statement_meter, statement"),
        (LAST_DAYS, ([METER],), "statement_meter, statement"),
        (PROPERTIES_PAGE, (TENANT, None, None, 51), "property"),
        (PROPERTY_FACTS, ([METER], 200), "meter, statement_meter, statement"),
        (TEMPERATURES_PAGE, (METER, None, None, 51), "temperature"),
    ],
    ids=[
        "accounts", "accounts of projects", "account", "meters", "meters of account", "meters of projects", "meter", "amendments",
        "days", "siblings", "calendar", "months of meter", "months of projects", "past months of meter",
        "past months of projects", "across months of meter", "across months of projects", "first days", "last days", "properties",
        "property",
        "temperatures",
    ],
)  # fmt: skip
async def test_no_list_reads_a_whole_table(filled, statement, arguments, tables):
    async with filled.tenant(TENANT) as connection:
        steps = await plan(connection, statement, *arguments)
    for table in tables.split(", "):
        assert f"profile.{table} " in statement.replace("\n", " ")
        assert f"Seq Scan on {table} " not in steps, steps


async def test_accounts_of_a_project_are_found_by_index_inside_their_function(filled):
    async with filled.tenant(TENANT) as connection:
        body = await connection.fetchval(
            "SELECT prosrc FROM pg_proc WHERE oid = 'profile.accounts_of_project'::regproc"
        )
        assert body.count("= project ") == 2
        steps = await plan(connection, body.replace("= project ", "= $1 "), PROJECT)
    assert "using statement_" in steps
    assert "Seq Scan on statement " not in steps, steps


async def test_projects_are_locked_and_saved_by_key(full):
    async with full.service() as connection:
        locked = await plan(connection, store.LOCK_PROJECTS, [TENANT] * 3, [PROJECT] * 3)
        row = [[TENANT], [PROJECT], ["last_parsed"], [None], [None], [1], [None], [1], [0], [0]]
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
