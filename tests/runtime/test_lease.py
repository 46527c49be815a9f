"""A lease is given once, fairly, and what its former holder does no longer counts."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from runtime.lease import Finished, Held, Leased, LeaseTable, State
from runtime.postgres import Database, owner_connection

lease_seconds = 60
jobs = LeaseTable("runtime.job")

_TABLE = """
CREATE TABLE runtime.job (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    lane uuid NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    ready_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts int NOT NULL DEFAULT 0,
    fencing_token bigint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    leased_by text,
    finished_at timestamptz
);
SELECT runtime.index_leases('runtime.job');
SELECT runtime.protect('runtime.job');
"""


@pytest_asyncio.fixture
async def yard(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A database with an empty, walled table of jobs."""
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute(_TABLE)
    yield database


async def queue(database: Database, lane: str, rows: int, ready_in: str = "0") -> None:
    """Queue rows in one statement, a microsecond apart."""
    async with database.service() as connection:
        await connection.execute(
            f"""INSERT INTO runtime.job (tenant_id, lane, ready_at)
            SELECT $1, $1, clock_timestamp() - interval '1 second' + interval '{ready_in}' + n * interval '1 microsecond'
            FROM generate_series(1, $2) AS n""",
            lane,
            rows,
        )


async def claim(
    database: Database, limit: int = 1, table: LeaseTable = jobs, seconds: float = lease_seconds
) -> list[Leased]:
    async with database.service() as connection:
        return await table.claim(connection, "worker", limit, seconds)


async def finish(database: Database, finished: Sequence[Finished]) -> set[str]:
    async with database.service() as connection:
        return await jobs.finish(connection, finished)


async def row_of(database: Database, row_id: str) -> dict[str, Any]:
    async with database.service() as connection:
        row = await connection.fetchrow("SELECT * FROM runtime.job WHERE id = $1", row_id)
    assert row is not None
    return dict(row)


async def lapse(database: Database) -> None:
    """Let every lease lapse, as time would."""
    async with database.service() as connection:
        await connection.execute(
            "UPDATE runtime.job SET leased_until = leased_until - interval '1 day' WHERE state = 'leased'"
        )


def held(leased: Leased) -> Held:
    return Held(leased.id, leased.fencing_token)


def lanes(count: int) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


async def test_sixteen_workers_never_hold_the_same_row(yard: Database) -> None:
    for lane in lanes(5):
        await queue(yard, lane, 60)
    taken: list[str] = []

    async def work() -> None:
        while leased := await claim(yard, 7):
            taken.extend(each.id for each in leased)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for _ in range(16):
            tasks.create_task(work())

    assert len(taken) == len(set(taken)) == 300


async def test_a_claim_takes_the_oldest_ready_row_of_a_lane(yard: Database) -> None:
    lane = str(uuid4())
    await queue(yard, lane, 3)
    await queue(yard, lane, 1, ready_in="-1 hour")
    await queue(yard, lane, 1, ready_in="1 hour")

    first, *rest = [(await claim(yard))[0] for _ in range(4)]

    assert (await row_of(yard, first.id))["ready_at"] < datetime.now(UTC) - timedelta(minutes=59)
    times = [(await row_of(yard, each.id))["ready_at"] for each in rest]
    assert times == sorted(times)
    assert await claim(yard) == []


async def test_attempts_count_at_the_claim(yard: Database) -> None:
    await queue(yard, str(uuid4()), 1)

    for attempt in (1, 2):
        (leased,) = await claim(yard)
        assert leased.attempt == attempt
        assert (await row_of(yard, leased.id))["attempts"] == attempt
        await lapse(yard)
        async with yard.service() as connection:
            expired = await jobs.expire(connection, attempts_max=3, limit=10)
        assert expired.requeued == [leased.id]
        assert expired.exhausted == []


async def test_one_lanes_hundred_thousand_rows_do_not_keep_another_lane_waiting(yard: Database) -> None:
    crowded, quiet = lanes(2)
    await queue(yard, crowded, 100_000)
    await claim(yard, 10)
    await queue(yard, quiet, 1)

    leased = await claim(yard, 1)

    assert [each.lane for each in leased] == [quiet]


async def test_lanes_take_turns_within_one_claim(yard: Database) -> None:
    one, two, three = lanes(3)
    await queue(yard, one, 50)
    await queue(yard, two, 50)
    await queue(yard, three, 2)

    leased = [each.lane for each in await claim(yard, 8)]

    assert sorted(map(leased.count, (one, two, three))) == [2, 3, 3]
    assert leased.count(three) == 2


async def test_a_lane_that_holds_more_waits_until_the_others_hold_as_much(yard: Database) -> None:
    early, late = lanes(2)
    await queue(yard, early, 20)
    await claim(yard, 6)
    await queue(yard, late, 20)

    leased = [each.lane for each in await claim(yard, 8)]

    assert leased.count(late) == 7
    assert leased.count(early) == 1


async def test_a_lane_never_holds_more_than_its_limit_whoever_claims(yard: Database) -> None:
    capped = LeaseTable("runtime.job", lane_limit=3)
    one, two = lanes(2)
    await queue(yard, one, 30)
    await queue(yard, two, 30)

    async with asyncio.TaskGroup() as tasks:
        claims = [tasks.create_task(claim(yard, 4, capped)) for _ in range(8)]
    leased = [each.lane for one_claim in claims for each in one_claim.result()]

    assert leased.count(one) == 3
    assert leased.count(two) == 3


async def test_a_claim_waits_to_see_what_another_took_of_a_limited_lane(yard: Database) -> None:
    capped = LeaseTable("runtime.job", lane_limit=3)
    await queue(yard, str(uuid4()), 30)

    async with yard.service() as first, asyncio.TaskGroup() as tasks:
        assert len(await capped.claim(first, "worker", 2, lease_seconds)) == 2
        second = tasks.create_task(claim(yard, 4, capped))
        await waits_or_ends(yard, second)
        await first.execute("COMMIT; BEGIN")

    assert len(second.result()) == 1


async def waits_or_ends(database: Database, claiming: "asyncio.Task[list[Leased]]") -> None:
    async with asyncio.timeout(10), database.service() as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not claiming.done() and not await connection.fetchval(waiting):  # noqa: ASYNC110 - the database knows
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("analysed_rows", [None, 3])
async def test_a_claim_planned_on_a_small_table_still_reads_a_few_rows_of_a_large_one(
    analysed_rows: int | None, yard: Database, database_url: str
) -> None:
    if analysed_rows:
        await queue(yard, str(uuid4()), analysed_rows)
        async with owner_connection(database_url, application_name="tests") as owner:
            await owner.execute("VACUUM ANALYZE runtime.job")
    async with await Database.open(database_url, application_name="tests", connections_max=1) as one_session:
        async with one_session.service() as connection:
            # Sets what a claim sets; then the same statement where its plan can be looked at.
            assert len(await jobs.claim(connection, "worker", 10, lease_seconds)) == (analysed_rows or 0)
            await connection.execute(f"PREPARE claim (int, text, float8, int) AS {jobs.claim_sql}")
            await connection.execute("EXECUTE claim (10, 'worker', 60, NULL)")
        await queue(yard, str(uuid4()), 20_000)
        async with yard.service() as connection:
            await connection.execute("""INSERT INTO runtime.job (tenant_id, lane, ready_at)
                SELECT lane, lane, clock_timestamp() - interval '1 second'
                FROM (SELECT gen_random_uuid() AS lane FROM generate_series(1, 500)) AS lanes""")
        if analysed_rows:
            async with owner_connection(database_url, application_name="tests") as owner:
                await owner.execute("ANALYZE runtime.job")
        async with one_session.service() as connection:
            await jobs.claim(connection, "worker", 1, lease_seconds)
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            plan = await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE claim (10, 'worker', 60, NULL)")
    nodes = list(walk(json.loads(plan)[0]["Plan"]))

    assert not [node for node in nodes if node["Node Type"] in ("Seq Scan", "Bitmap Heap Scan")]
    assert {node["Index Name"] for node in nodes if "Index Name" in node} == {"job_queued", "job_leased", "job_pkey"}
    assert (
        sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes if node.get("Index Name") == "job_pkey") <= 10
    )
    # A loose scan reads one row a lane, and a claim the first rows of ten lanes: never the crowd of the crowded lane.
    read = sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes if node.get("Index Name") == "job_queued")
    assert read < 1000


async def test_a_zombies_finish_is_refused_after_its_lease_went_to_another(yard: Database) -> None:
    await queue(yard, str(uuid4()), 1)
    (zombie,) = await claim(yard)
    await lapse(yard)
    async with yard.service() as connection:
        await jobs.expire(connection, attempts_max=3, limit=10)

    assert await finish(yard, [Finished(*held(zombie), State.SUCCEEDED)]) == set()
    (heir,) = await claim(yard)
    assert heir.id == zombie.id
    assert heir.fencing_token > zombie.fencing_token
    assert await finish(yard, [Finished(*held(zombie), State.SUCCEEDED)]) == set()
    async with yard.service() as connection:
        assert await jobs.extend(connection, [held(zombie)], lease_seconds) == set()
        assert await jobs.give_back(connection, [held(zombie)]) == set()
        assert not await jobs.retry_after(connection, *held(zombie), 0)
    assert (await row_of(yard, heir.id))["state"] == "leased"
    assert await finish(yard, [Finished(*held(heir), State.FAILED)]) == {heir.id}
    assert (await row_of(yard, heir.id))["state"] == "failed"


async def test_finish_ends_only_those_still_held_of_a_batch(yard: Database) -> None:
    await queue(yard, str(uuid4()), 3)
    one, two, three = await claim(yard, 3)

    ended = await finish(
        yard,
        [
            Finished(*held(one), State.SUCCEEDED),
            Finished(two.id, two.fencing_token + 1, State.SUCCEEDED),
            Finished(*held(three), State.FAILED),
        ],
    )

    assert ended == {one.id, three.id}
    row = await row_of(yard, one.id)
    assert (row["state"], row["leased_until"], row["leased_by"]) == ("succeeded", None, None)
    assert row["finished_at"] is not None
    assert await finish(yard, [Finished(*held(one), State.SUCCEEDED)]) == set()


async def test_extend_keeps_a_lease_from_lapsing(yard: Database) -> None:
    await queue(yard, str(uuid4()), 1)
    (leased,) = await claim(yard, seconds=0)

    async with yard.service() as connection:
        assert await jobs.extend(connection, [held(leased)], lease_seconds) == {leased.id}
    async with yard.service() as connection:
        assert (await jobs.expire(connection, attempts_max=1, limit=10)).exhausted == []

    assert (await row_of(yard, leased.id))["leased_until"] > leased.leased_until


async def test_what_is_given_back_is_ready_at_once_and_cost_no_attempt(yard: Database) -> None:
    await queue(yard, str(uuid4()), 1)
    (leased,) = await claim(yard)

    async with yard.service() as connection:
        assert await jobs.give_back(connection, [held(leased)]) == {leased.id}

    (again,) = await claim(yard)
    assert (again.id, again.attempt) == (leased.id, 1)
    assert again.fencing_token > leased.fencing_token


async def test_a_row_to_retry_is_not_claimed_before_its_time(yard: Database) -> None:
    await queue(yard, str(uuid4()), 2)
    one, two = await claim(yard, 2)

    async with yard.service() as connection:
        assert await jobs.retry_at(connection, *held(one), datetime.now(UTC) + timedelta(hours=1))
        assert await jobs.retry_after(connection, *held(two), 0)

    assert [(each.id, each.attempt) for each in await claim(yard, 2)] == [(two.id, 2)]


async def test_an_exhausted_row_is_failed_by_whoever_expires_it_and_by_nobody_else(yard: Database) -> None:
    await queue(yard, str(uuid4()), 1)
    (zombie,) = await claim(yard)
    await lapse(yard)

    async with yard.service() as connection:
        expired = await jobs.expire(connection, attempts_max=1, limit=10)
        (exhausted,) = expired.exhausted
        assert exhausted.fencing_token > zombie.fencing_token
        assert await jobs.finish(connection, [Finished(*exhausted, State.FAILED)]) == {zombie.id}

    assert expired.requeued == []
    assert (await row_of(yard, zombie.id))["state"] == "failed"
    assert await finish(yard, [Finished(*held(zombie), State.SUCCEEDED)]) == set()
    assert await claim(yard) == []


async def test_expire_leaves_leases_alone_that_have_time_left(yard: Database) -> None:
    await queue(yard, str(uuid4()), 1)
    await claim(yard)

    async with yard.service() as connection:
        expired = await jobs.expire(connection, attempts_max=1, limit=10)

    assert (expired.requeued, expired.exhausted) == ([], [])


def test_a_table_name_that_is_not_plain_is_refused() -> None:
    with pytest.raises(ValueError):
        LeaseTable("runtime.job; DROP TABLE runtime.tenant")


def walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
