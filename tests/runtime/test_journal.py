"""A journal loses nothing, leaves no gap and keeps one order, whoever writes and whoever follows."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.ids import Position, ProjectId, TenantId
from domain.refusals import PositionPruned
from runtime.journal import ERASED, Entry, Idle, Journal, JournalKeeper, NewEntry
from runtime.postgres import Database, owner_connection

wait_seconds = 30
A = TenantId(str(uuid4()))
B = TenantId(str(uuid4()))
PROJECT = ProjectId(str(uuid4()))
START = Position(0)

diary = Journal("runtime.diary")


@pytest_asyncio.fixture
async def house(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A database with an empty journal, ``runtime.diary``."""
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("SELECT runtime.create_journal('runtime', 'diary')")
    yield database


def note(words: str, tenant_id: TenantId = A, subject_id: str | None = None) -> NewEntry:
    return NewEntry(
        tenant_id=tenant_id, project_id=PROJECT, subject_id=subject_id, kind="noted", payload=words.encode()
    )


async def append(database: Database, *entries: NewEntry) -> None:
    async with database.service() as connection:
        await diary.append(connection, entries)


async def everything(database: Database, after: int = 0, tenant_id: TenantId | None = None) -> list[Entry]:
    followed = diary.follow(database, Position(after), tenant_id=tenant_id, stop_at_end=True, batch=7)
    return [entry async for entry in followed if isinstance(entry, Entry)]


async def test_a_follower_misses_nothing_while_sixteen_writers_hold_their_transactions_open(database_url: str) -> None:
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("SELECT runtime.create_journal('runtime', 'diary')")
    rounds, writers = 25, 16
    chance = random.Random(20261122)
    seen: list[Entry] = []

    async with await Database.open(database_url, application_name="tests", connections_max=18) as house:

        async def write(writer: int) -> None:
            for turn in range(rounds):
                async with house.tenant(A) as connection:
                    await diary.append(connection, [note(f"{writer}/{turn}/{part}") for part in range(turn % 3 + 1)])
                    if chance.random() < 0.3:
                        await connection.execute("SELECT pg_sleep($1)", chance.random() * 0.004)

        async def follow(expected: int) -> None:
            async for each in diary.follow(house, START, batch=10):
                if isinstance(each, Entry):
                    seen.append(each)
                if len(seen) == expected:
                    return

        async with asyncio.timeout(wait_seconds), asyncio.TaskGroup() as tasks:
            tasks.create_task(follow(writers * sum(turn % 3 + 1 for turn in range(rounds))))
            for writer in range(writers):
                tasks.create_task(write(writer))

    assert [entry.position for entry in seen] == list(range(1, len(seen) + 1))
    assert all(earlier.at < later.at for earlier, later in pairwise(seen))
    assert len({entry.payload for entry in seen}) == len(seen)


async def test_a_transaction_rolled_back_leaves_no_gap(house: Database) -> None:
    await append(house, note("first"))
    with pytest.raises(LookupError):  # noqa: PT012
        async with house.service() as connection:
            await diary.append(connection, [note("never"), note("happened")])
            raise LookupError
    await append(house, note("second"))

    assert [(entry.position, entry.payload) for entry in await everything(house)] == [(1, b"first"), (2, b"second")]


async def test_append_tells_where_and_when_each_entry_stands(house: Database) -> None:
    async with house.service() as connection:
        stamps = await diary.append(connection, [note("one"), note("two"), note("three")])

    kept = await everything(house)
    assert [(stamp.position, stamp.at) for stamp in stamps] == [(entry.position, entry.at) for entry in kept]
    assert [stamp.position for stamp in stamps] == [1, 2, 3]
    assert [(entry.kind, entry.tenant_id, entry.project_id) for entry in kept] == [("noted", A, PROJECT)] * 3


async def test_time_goes_on_when_the_clock_of_the_database_is_behind(house: Database) -> None:
    async with house.service() as connection:
        await connection.execute("UPDATE runtime.journal_head SET at = '2100-01-01' WHERE journal = 'runtime.diary'")
        stamps = await diary.append(connection, [note("one"), note("two")])

    assert [str(stamp.at) for stamp in stamps] == [
        "2100-01-01 00:00:00.000001+00:00",
        "2100-01-01 00:00:00.000002+00:00",
    ]


async def test_appending_nothing_moves_nothing(house: Database) -> None:
    async with house.service() as connection:
        assert await diary.append(connection, []) == []
        assert (await diary.head(connection)).position == 0


async def test_follow_resumes_behind_the_position_it_is_given(house: Database) -> None:
    await append(house, *(note(str(number)) for number in range(20)))

    assert [entry.position for entry in await everything(house, after=13)] == [14, 15, 16, 17, 18, 19, 20]


async def test_follow_wakes_by_the_bell_long_before_its_poll(house: Database) -> None:
    async with asyncio.timeout(wait_seconds):
        following = diary.follow(house, START, idle_seconds=3600)
        assert await anext(following) == Idle(START)
        # The bell's first wait begins to listen; what is appended before it does is found all the same.
        await append(house, note("first"))
        assert isinstance(await anext(following), Entry)
        assert await anext(following) == Idle(Position(1))
        waiting = asyncio.ensure_future(anext(following))
        await append(house, note("second"))
        heard = await waiting

    assert isinstance(heard, Entry)
    assert heard.payload == b"second"


async def test_follow_says_idle_again_and_again_while_nothing_comes(house: Database) -> None:
    await append(house, note("only"))
    following = diary.follow(house, Position(1), idle_seconds=0.01)

    assert [await anext(following) for _ in range(3)] == [Idle(Position(1))] * 3


async def test_a_tenants_follower_gets_its_own_entries_and_the_end_of_all(house: Database) -> None:
    await append(house, note("a", A), note("b", B), note("a", A), note("b", B))

    followed = [each async for each in diary.follow(house, START, tenant_id=A, stop_at_end=True, batch=1)]

    assert [each.position for each in followed if isinstance(each, Entry)] == [1, 3]
    assert followed[-1] == Idle(Position(4))


async def test_a_tenant_cannot_append_for_another(house: Database) -> None:
    with pytest.raises(Exception, match="row-level security"):
        async with house.tenant(A) as connection:
            await diary.append(connection, [note("forged", B)])


async def test_erase_takes_the_payload_and_keeps_the_place(house: Database) -> None:
    bill, other = str(uuid4()), str(uuid4())
    await append(house, note("secret", A, bill), note("kept", A, other), note("secret", A, bill))

    async with house.service() as connection:
        assert await diary.erase(connection, B, bill) == 0
        assert await diary.erase(connection, A, bill) == 2

    assert [(entry.kind, entry.payload) for entry in await everything(house)] == [
        (ERASED, None),
        ("noted", b"kept"),
        (ERASED, None),
    ]


async def test_a_follower_behind_what_is_kept_is_refused_not_silent(house: Database) -> None:
    await append(house, *(note(str(number)) for number in range(5)))
    async with house.service() as connection:
        assert await diary.prune(connection, Position(3)) == 3

    with pytest.raises(PositionPruned):
        await everything(house, after=2)
    assert [entry.position for entry in await everything(house, after=3)] == [4, 5]


async def test_a_tailing_follower_is_refused_when_it_is_overtaken_by_a_prune(house: Database) -> None:
    await append(house, *(note(str(number)) for number in range(5)))
    following = diary.follow(house, START, batch=2)
    assert [(await anext(following)).position for _ in range(2)] == [1, 2]

    async with house.service() as connection:
        await diary.prune(connection, Position(4))

    with pytest.raises(PositionPruned):
        await anext(following)


async def test_positions_go_on_when_everything_was_pruned(house: Database) -> None:
    await append(house, note("one"), note("two"))
    async with house.service() as connection:
        await diary.prune(connection, Position(99))
    await append(house, note("three"))

    assert [entry.position for entry in await everything(house, after=2)] == [3]


async def aged(house: Database, *days: float) -> None:
    """Append an entry for each number, that many days old."""
    await append(house, *(note(f"{age}") for age in days))
    async with house.service() as connection:
        for position, age in enumerate(days, 1):
            await connection.execute(
                "UPDATE runtime.diary SET at = at - $2 * interval '1 day' WHERE position = $1", position, float(age)
            )


async def kept(house: Database) -> list[int]:
    async with house.service() as connection:
        return [
            row["position"] for row in await connection.fetch("SELECT position FROM runtime.diary ORDER BY position")
        ]


async def prune(house: Database, *readers: str, bite: int = 100) -> int:
    async with house.service() as connection:
        return await diary.prune_old(connection, 30, readers, bite)


async def come_to(house: Database, reader: str, position: int) -> None:
    async with house.service() as connection:
        await diary.note_reader(connection, reader, Position(position))


async def test_old_entries_go_once_every_reader_has_passed_them(house: Database) -> None:
    await aged(house, 90, 80, 70, 40, 1, 0)
    assert await prune(house, "first") == 0
    await come_to(house, "first", 6)
    assert await prune(house, "first", "second") == 0
    await come_to(house, "second", 2)
    assert await prune(house, "first", "second") == 2
    assert await kept(house) == [3, 4, 5, 6]
    await come_to(house, "second", 5)
    # A cursor that is told late never takes the mark back.
    await come_to(house, "second", 3)
    assert await prune(house, "first", "second", bite=1) == 1
    assert await prune(house, "first", "second") == 1
    assert await prune(house, "first", "second") == 0
    assert await kept(house) == [5, 6]


async def test_a_reader_nobody_asks_for_is_not_passed_either(house: Database) -> None:
    await aged(house, 90, 80)
    await come_to(house, "first", 2)
    await come_to(house, "another", 1)
    assert await prune(house, "first") == 1


async def test_what_was_erased_stays_erased_when_the_journal_is_pruned(house: Database) -> None:
    bill = str(uuid4())
    await append(house, note("old"), note("secret", subject_id=bill), note("new"))
    async with house.service() as connection:
        await diary.erase(connection, A, bill)
        await connection.execute("UPDATE runtime.diary SET at = at - interval '90 days' WHERE position = 1")
    await come_to(house, "first", 3)
    assert await prune(house, "first") == 1
    assert [(entry.kind, entry.payload) for entry in await everything(house, after=1)] == [
        (ERASED, None),
        ("noted", b"new"),
    ]


async def test_keeper_prunes_by_itself_behind_the_cursor_that_it_is_told(house: Database) -> None:
    await aged(house, 90, 80, 70)
    keeper, stopping, passed = JournalKeeper(house, every_seconds=0.02), asyncio.Event(), 2

    async def cursor() -> Position:
        return Position(passed)

    async with asyncio.TaskGroup() as group:
        group.create_task(keeper.reading(diary, "first", cursor)(stopping))
        group.create_task(keeper.pruning(diary, 30, ("first",))(stopping))
        async with asyncio.timeout(wait_seconds):
            while await kept(house) != [3]:  # noqa: ASYNC110 the far end is a database
                await asyncio.sleep(0.01)
            passed = 3
            while await kept(house):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stopping.set()


async def test_a_journal_that_was_never_made_is_an_error(database: Database) -> None:
    async with database.service() as connection:
        with pytest.raises(Exception, match="nowhere"):
            await Journal("runtime.nowhere").head(connection)
        await connection.execute("ROLLBACK; BEGIN")
