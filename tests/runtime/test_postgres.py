"""Transactions are walled between tenants, errors come as refusals, and bells ring."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from domain.ids import TenantId
from domain.refusals import Contended, StoreUnavailable, TimedOut
from runtime.postgres import Database, TransactionAborted, owner_connection, qualified_name, ring, savepoint

wait_seconds = 10


@pytest_asyncio.fixture
async def letters(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A database with a walled table of letters, one of tenant A and one of tenant B."""
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("""
            CREATE TABLE runtime.letter (tenant_id uuid NOT NULL, words text NOT NULL);
            SELECT runtime.protect('runtime.letter');
        """)
    for tenant_id, words in ((A, "for a"), (B, "for b")):
        async with database.tenant(tenant_id) as connection:
            await connection.execute("INSERT INTO runtime.letter VALUES ($1, $2)", tenant_id, words)
    yield database


A = TenantId(str(uuid4()))
B = TenantId(str(uuid4()))


async def words_seen_by(database: Database, tenant_id: TenantId) -> list[str]:
    async with database.tenant(tenant_id, read_only=True) as connection:
        return [row["words"] for row in await connection.fetch("SELECT words FROM runtime.letter")]


async def test_connections_work_as_a_role_that_cannot_step_over_the_wall(database: Database) -> None:
    async with database.service() as connection:
        row = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")

    assert row is not None
    assert row["rolname"] == "billowatt_app"
    assert not row["rolsuper"]
    assert not row["rolbypassrls"]


async def test_a_tenant_sees_only_its_own_rows(letters: Database) -> None:
    assert await words_seen_by(letters, A) == ["for a"]
    assert await words_seen_by(letters, B) == ["for b"]


async def test_a_service_sees_the_rows_of_every_tenant(letters: Database) -> None:
    async with letters.service() as connection:
        assert await connection.fetchval("SELECT count(*) FROM runtime.letter") == 2


async def test_a_tenant_cannot_write_a_row_of_another(letters: Database) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with letters.tenant(A) as connection:
            await connection.execute("INSERT INTO runtime.letter VALUES ($1, 'forged')", B)

    async with letters.tenant(A) as connection:
        assert (
            await connection.execute("UPDATE runtime.letter SET words = 'forged' WHERE tenant_id = $1", B) == "UPDATE 0"
        )
        assert await connection.execute("DELETE FROM runtime.letter WHERE tenant_id = $1", B) == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with letters.tenant(A) as connection:
            await connection.execute("UPDATE runtime.letter SET tenant_id = $1", B)
    assert await words_seen_by(letters, B) == ["for b"]


async def test_rows_cannot_be_read_when_no_tenant_is_named(letters: Database, database_url: str) -> None:
    async with owner_connection(database_url, application_name="tests") as connection:
        await connection.execute("SET ROLE billowatt_app")

        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="tenant is not set"):
            await connection.fetch("SELECT * FROM runtime.letter")
        # What a session is left with after a transaction that named one.
        await connection.execute(f"BEGIN; SET LOCAL billowatt.tenant = '{A}'; COMMIT")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="tenant is not set"):
            await connection.fetch("SELECT * FROM runtime.letter")


async def test_the_wall_binds_a_table_owner_who_is_no_superuser(letters: Database, database_url: str) -> None:
    async with owner_connection(database_url, application_name="tests") as owner:
        assert await owner.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'runtime.letter'::regclass")


async def test_a_tenant_id_that_is_no_uuid_is_refused(database: Database) -> None:
    with pytest.raises(ValueError):
        async with database.tenant(TenantId("*")):
            pass


async def test_nothing_stays_when_the_block_raises(letters: Database) -> None:
    with pytest.raises(LookupError):  # noqa: PT012
        async with letters.tenant(A) as connection:
            await connection.execute("INSERT INTO runtime.letter VALUES ($1, 'never sent')", A)
            raise LookupError

    assert await words_seen_by(letters, A) == ["for a"]


async def test_a_swallowed_error_cannot_pass_for_a_commit(letters: Database) -> None:
    with pytest.raises(TransactionAborted):  # noqa: PT012
        async with letters.tenant(A) as connection:
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                await connection.execute("SELECT 1 / 0")


async def test_a_savepoint_undoes_only_its_block(letters: Database) -> None:
    async with letters.tenant(A) as connection:
        await connection.execute("INSERT INTO runtime.letter VALUES ($1, 'kept')", A)
        with pytest.raises(asyncpg.DivisionByZeroError):  # noqa: PT012
            async with savepoint(connection):
                await connection.execute("INSERT INTO runtime.letter VALUES ($1, 'undone')", A)
                await connection.execute("SELECT 1 / 0")

    assert await words_seen_by(letters, A) == ["for a", "kept"]


async def test_a_cancelled_transaction_leaves_a_usable_pool(database_url: str) -> None:
    async with await Database.open(database_url, application_name="tests", connections_max=1) as database:
        entered = asyncio.Event()

        async def linger() -> None:
            async with database.service() as connection:
                entered.set()
                await connection.execute("SELECT pg_sleep(60)")

        async with asyncio.TaskGroup() as tasks:
            lingering = tasks.create_task(linger())
            await entered.wait()
            lingering.cancel()

        async with database.service() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_read_only_transaction_cannot_write(letters: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with letters.tenant(A, read_only=True) as connection:
            await connection.execute("DELETE FROM runtime.letter")


async def test_a_lock_not_had_in_time_is_a_typed_refusal(letters: Database) -> None:
    async with letters.service() as holder:
        await holder.execute("LOCK TABLE runtime.letter")
        with pytest.raises(Contended):  # noqa: PT012
            async with letters.tenant(A) as connection:
                await connection.execute("SET LOCAL lock_timeout = '10ms'")
                await connection.fetch("SELECT * FROM runtime.letter")


async def test_a_statement_not_done_in_time_is_a_typed_refusal_of_its_own(database: Database) -> None:
    with pytest.raises(TimedOut) as refusal:  # noqa: PT012
        async with database.service() as connection:
            await connection.execute("SET LOCAL statement_timeout = '10ms'")
            await connection.execute("SELECT pg_sleep(10)")
    assert not isinstance(refusal.value, Contended)


async def test_open_refuses_when_nobody_answers() -> None:
    with pytest.raises(StoreUnavailable):
        await Database.open("postgresql://u:p@/nowhere?host=/nonexistent", application_name="tests")


async def test_a_connection_cut_in_the_middle_is_a_typed_refusal(database: Database, database_url: str) -> None:
    with pytest.raises(StoreUnavailable):  # noqa: PT012
        async with database.service() as connection:
            await cut(database_url, await connection.fetchval("SELECT pg_backend_pid()"))
            await connection.fetchval("SELECT 1")


async def test_connections_cut_while_they_lay_in_the_pool_are_replaced_unseen(
    database: Database, database_url: str
) -> None:
    async with database.service() as one, database.service() as other:
        pids = [await one.fetchval("SELECT pg_backend_pid()"), await other.fetchval("SELECT pg_backend_pid()")]
    for pid in pids:
        await cut(database_url, pid)

    async with database.service() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_ids_travel_as_text(database: Database) -> None:
    async with database.service() as connection:
        assert await connection.fetchval("SELECT $1::uuid", A) == A
        assert await connection.fetchval("SELECT $1::uuid[]", [A, B]) == [A, B]


async def test_a_bell_wakes_every_waiter_when_the_transaction_commits(database: Database) -> None:
    bells = [database.bell("supper") for _ in range(3)]
    for bell in bells:
        # The first wait begins to listen and counts as a ring.
        assert await bell.wait(wait_seconds)

    async with asyncio.TaskGroup() as tasks:
        waits = [tasks.create_task(bell.wait(wait_seconds)) for bell in bells]
        async with database.service() as connection:
            await ring(connection, "supper")

    assert [wait.result() for wait in waits] == [True, True, True]


async def test_a_bell_rung_between_two_waits_is_heard(database: Database) -> None:
    bell = database.bell("supper")
    await bell.wait(wait_seconds)
    other = database.bell("supper")

    async with database.service() as connection:
        await ring(connection, "supper")

    assert await other.wait(wait_seconds)
    assert await bell.wait(wait_seconds)


async def test_a_bell_says_no_when_the_time_is_over(database: Database) -> None:
    bell = database.bell("supper")
    await bell.wait(wait_seconds)

    assert not await bell.wait(0.01)


async def test_a_bell_listens_again_when_its_connection_was_cut(database: Database, database_url: str) -> None:
    bell = database.bell("supper")
    await bell.wait(wait_seconds)
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'tests bell' AND datname = current_database()""")

    assert await bell.wait(wait_seconds)
    while await bell.wait(0.1):
        # Lost and renewed are rings as well; let them fade away.
        pass
    async with asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(bell.wait(wait_seconds))
        async with database.service() as connection:
            await ring(connection, "supper")
    assert heard.result()


@pytest.mark.parametrize("name", ["ingest.job; DROP TABLE x", "job", 'in"gest.job', "Ingest.job", "ingest.job\n", ""])
def test_a_name_that_is_not_schema_and_table_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        qualified_name(name)


async def cut(database_url: str, pid: int) -> None:
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
