"""Migrations run once, in order, whole or not at all, and a file that was applied is never changed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from domain.ids import TenantId
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.migrations import MigrationRefused, fingerprint, migrate
from runtime.postgres import Database, owner_connection

TENANT = TenantId("7b0f4c1e-6f0a-4d8c-9a51-0d5f2f1f3b10")


@pytest.fixture
def rooms(tmp_path: Path) -> dict[str, Path]:
    """One room, ``attic``, with a folder of its own."""
    folder = tmp_path / "attic"
    folder.mkdir()
    return {"attic": folder}


@pytest_asyncio.fixture
async def plain_owner_url(open_folder: Path) -> AsyncIterator[str]:
    """A database owned by a login that is no superuser but may make roles, as hosted PostgreSQL gives it."""
    async with EmbeddedPostgres(open_folder, settings={"fsync": "off"}) as server:
        async with owner_connection(server.url, application_name="tests") as superuser:
            await superuser.execute("CREATE ROLE landlord LOGIN CREATEROLE PASSWORD 'plain'")
            await superuser.execute("ALTER DATABASE billowatt OWNER TO landlord")
        yield f"postgresql://landlord:plain@{server.url.partition('@')[2]}"


async def fetch(url: str, query: str) -> list[asyncpg.Record]:
    async with owner_connection(url, application_name="tests") as owner:
        return await owner.fetch(query)


async def test_files_are_applied_in_order_and_once(empty_database_url: str, rooms: dict[str, Path]) -> None:
    (rooms["attic"] / "0002_more_pre.sql").write_text("INSERT INTO attic.trace VALUES ('0002 pre');")
    (rooms["attic"] / "0001_trace_post.sql").write_text("INSERT INTO trace VALUES ('0001 post');")
    (rooms["attic"] / "0001_trace_pre.sql").write_text("CREATE TABLE trace (what text, id serial);")

    applied = await migrate(empty_database_url, rooms)

    assert applied[-3:] == ["attic/0001_trace_pre.sql", "attic/0001_trace_post.sql", "attic/0002_more_pre.sql"]
    assert applied[0].startswith("runtime/0001")
    rows = await fetch(empty_database_url, "SELECT what FROM attic.trace ORDER BY id")
    assert [row["what"] for row in rows] == ["0001 post", "0002 pre"]
    assert await migrate(empty_database_url, rooms) == []


async def test_a_new_file_is_applied_later(empty_database_url: str, rooms: dict[str, Path]) -> None:
    await migrate(empty_database_url, rooms)
    (rooms["attic"] / "0001_chest_pre.sql").write_text("CREATE TABLE chest (lid text);")

    assert await migrate(empty_database_url, rooms) == ["attic/0001_chest_pre.sql"]


async def test_an_applied_file_that_was_changed_is_refused(empty_database_url: str, rooms: dict[str, Path]) -> None:
    file = rooms["attic"] / "0001_chest_pre.sql"
    file.write_text("CREATE TABLE chest (lid text);")
    await migrate(empty_database_url, rooms)
    file.write_text("CREATE TABLE chest (lid text, lock text);")

    with pytest.raises(MigrationRefused, match="0001_chest_pre"):
        await migrate(empty_database_url, rooms)


async def test_a_new_file_before_an_applied_one_is_refused(empty_database_url: str, rooms: dict[str, Path]) -> None:
    (rooms["attic"] / "0002_chest_pre.sql").write_text("CREATE TABLE chest (lid text);")
    await migrate(empty_database_url, rooms)
    (rooms["attic"] / "0001_box_pre.sql").write_text("CREATE TABLE box (lid text);")

    with pytest.raises(MigrationRefused, match="stands before"):
        await migrate(empty_database_url, rooms)


@pytest.mark.parametrize("name", ["1_chest_pre.sql", "0001_chest.sql", "0001-chest_pre.sql"])
async def test_a_file_with_an_odd_name_is_refused(name: str, empty_database_url: str, rooms: dict[str, Path]) -> None:
    (rooms["attic"] / name).write_text("SELECT 1;")

    with pytest.raises(MigrationRefused, match="named like"):
        await migrate(empty_database_url, rooms)


async def test_a_file_that_fails_leaves_nothing_and_can_be_mended(
    empty_database_url: str, rooms: dict[str, Path]
) -> None:
    file = rooms["attic"] / "0001_chest_pre.sql"
    file.write_text("CREATE TABLE chest (lid text); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database_url, rooms)

    file.write_text("CREATE TABLE chest (lid text);")
    assert await migrate(empty_database_url, rooms) == ["attic/0001_chest_pre.sql"]


async def test_several_migrations_at_once_apply_each_file_once(empty_database_url: str, rooms: dict[str, Path]) -> None:
    (rooms["attic"] / "0001_chest_pre.sql").write_text("CREATE TABLE chest (lid text);")

    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(migrate(empty_database_url, rooms)) for _ in range(4)]

    assert sum(run.result().count("attic/0001_chest_pre.sql") for run in runs) == 1


async def test_the_application_may_use_what_was_made_and_not_the_record(
    empty_database_url: str, rooms: dict[str, Path]
) -> None:
    (rooms["attic"] / "0001_chest_pre.sql").write_text("CREATE TABLE chest (id serial, lid text);")
    await migrate(empty_database_url, rooms)

    async with await Database.open(empty_database_url, application_name="tests") as database:
        async with database.service() as connection:
            await connection.execute("INSERT INTO attic.chest (lid) VALUES ('oak')")
        for forbidden in (
            "DELETE FROM runtime.migration",
            "UPDATE runtime.migration SET sha256 = ''",
            "CREATE TABLE attic.forged ()",
            "DROP TABLE attic.chest",
            "ALTER TABLE runtime.api_key DISABLE ROW LEVEL SECURITY",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with database.service() as connection:
                    await connection.execute(forbidden)


async def test_an_owner_who_is_no_superuser_can_migrate_and_is_walled_too(
    plain_owner_url: str, rooms: dict[str, Path]
) -> None:
    (rooms["attic"] / "0001_chest_pre.sql").write_text(
        "CREATE TABLE chest (tenant_id uuid); SELECT runtime.protect('attic.chest'); "
        f"INSERT INTO chest VALUES ('{TENANT}'); SELECT runtime.create_journal('attic', 'diary');"
    )
    await migrate(plain_owner_url, rooms)
    assert await migrate(plain_owner_url, rooms) == []

    async with await Database.open(plain_owner_url, application_name="tests") as database:
        async with database.tenant(TENANT) as connection:
            assert await connection.fetchval("SELECT count(*) FROM attic.chest") == 1
        async with database.tenant(TenantId("00000000-0000-4000-8000-000000000000")) as connection:
            assert await connection.fetchval("SELECT count(*) FROM attic.chest") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(plain_owner_url, "SELECT * FROM attic.chest")


async def test_every_table_with_a_tenant_is_walled(database_url: str) -> None:
    open_tables = await fetch(
        database_url,
        """SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' AND NOT a.attisdropped
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
    )

    assert [row["name"] for row in open_tables] == []


def test_the_fingerprint_follows_the_files(rooms: dict[str, Path]) -> None:
    before = fingerprint(rooms)
    (rooms["attic"] / "0001_chest_pre.sql").write_text("SELECT 1;")

    assert fingerprint(rooms) != before
