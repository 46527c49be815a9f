"""The fold in the database: the same registers as the pure one, the cursor, crashes, deletions, the ledger."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import Position
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from runtime.journal import Journal
from runtime.postgres import Database, owner_connection
from runtime.wire import time_from_proto
from services.profile import store
from services.profile.completions import FailedBill, Hearing, ReadBill
from services.profile.fold import Policy, Rule
from services.profile.follow import CHANGES, Applier
from services.profile.ledger.store.accounts import accounts_page
from services.profile.load.shapes import packaged_shapes
from services.profile.wire import change_message
from services.profile.writes import Writes
from tests.profile.arriving import arrive
from tests.profile.readings import (
    PROJECT,
    TENANT,
    bill_id,
    completion,
    electric_bill,
    fact,
    failure,
    gas_bill,
    meter,
    responses,
    success,
)
from tests.profile.test_fold import disordered, folded, schedules, serialized


async def project(database) -> store.Project:
    async with database.tenant(TENANT, read_only=True) as connection:
        found = await store.project(connection, PROJECT)
    assert found is not None
    return found


async def changes(database) -> list[profile_pb2.Change]:
    async with database.service(read_only=True) as connection:
        entries = await Journal(CHANGES).entries_after(connection, Position(0), 1000)
    return [change_message(entry) for entry in entries]


async def everything(database) -> str:
    """Every row of every table of this room, as text."""
    async with database.service(read_only=True) as connection:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'profile' ORDER BY 1"
        )
        assert tables
        text = []
        for row in tables:
            rows = await connection.fetch(f"SELECT t::text, t.* FROM profile.{row['table_name']} AS t ORDER BY 1")
            text += [f"{row['table_name']} {tuple(one.values())!r}" for one in rows]
    return "\n".join(text)


async def test_batch_moves_the_cursor_and_is_skipped_when_it_comes_again(database, applier):
    batch = responses(completion(1, success()), completion(2, failure(), bill=2))
    await applier.apply(batch)
    before = await everything(database)
    await applier.apply(batch)
    await applier.apply(batch[:1])
    assert await everything(database) == before
    assert await applier.cursor() == 2


async def test_one_by_one_and_all_at_once_give_the_same_rows(database_url):
    # Of an account each, as which of two bills alike gives way is told once a transaction.
    told = [
        completion(1, success(electric_bill(kwh=100, account_number=fact("1"))), bill=1),
        completion(2, failure(), bill=2),
        completion(3, success(electric_bill(kwh=300, account_number=fact("3"))), bill=3),
        completion(4, success(electric_bill(kwh=101, account_number=fact("1"))), bill=1),
        completion(5, "deleted", bill=1),
        completion(6, success(gas_bill(account_number=fact("4"))), bill=4),
        completion(7, success(electric_bill(kwh=700, account_number=fact("2"))), bill=2),
    ]
    async with await Database.open(database_url, application_name="tests") as database:
        applier = Applier(database, Journal(CHANGES), packaged_shapes())
        for one in told:
            await applier.apply(responses(one))
        singly = (await project(database), [_stripped(one) for one in await changes(database)])
        await _empty(database)
        await applier.apply(responses(*told))
        together = (await project(database), [_stripped(one) for one in await changes(database)])
    assert together == singly
    assert [one.version for one in (singly[0], together[0])] == [5, 5]


def _stripped(change: profile_pb2.Change) -> profile_pb2.Change:
    change.ClearField("occurred_at")
    change.ClearField("position")
    if change.HasField("erased"):
        change.ClearField("event_id")
    return change


async def _empty(database) -> None:
    async with database.service() as connection:
        for table in ("project", "bill", "meter", "account", "change"):
            await connection.execute(f"DELETE FROM profile.{table}")
        writes = Writes()
        store.move_cursor(writes, Position(0))
        await writes.send(connection)


async def test_crash_between_fold_and_cursor_applies_nothing_and_the_replay_everything_once(database, applier):
    told = [completion(1, success()), completion(2, success(electric_bill(kwh=700)), bill=2)]
    before = await everything(database)

    class Crash(Exception):
        pass

    class Crashing(Journal):
        async def append(self, connection, entries):
            await super().append(connection, entries)
            raise Crash

    with pytest.raises(Crash):
        await Applier(database, Crashing(CHANGES), packaged_shapes()).apply(responses(*told))
    assert await everything(database) == before
    await applier.apply(responses(*told))
    await applier.apply(responses(*told))
    assert (await project(database)).version == 2
    assert sum(one.HasField("parse_completed") for one in await changes(database)) == 2


async def test_concurrent_batches_take_turns(database, applier):
    told = [completion(position, success(electric_bill(kwh=position)), bill=position) for position in range(1, 13)]
    async with asyncio.TaskGroup() as group:
        for end in range(1, 13):
            group.create_task(applier.apply(responses(*told[:end])))
    assert (await project(database)).version == 12
    positions = [one.parse_completed.bill_id for one in await changes(database) if one.HasField("parse_completed")]
    assert positions == [bill_id(number) for number in range(1, 13)]


async def test_event_ids_are_the_same_when_all_is_folded_anew(database, applier):
    told = responses(completion(1, success()), completion(2, success(electric_bill(kwh=7)), bill=2))
    await applier.apply(told)
    first = [one.event_id for one in await changes(database)]
    await _empty(database)
    await applier.apply(told)
    assert [one.event_id for one in await changes(database)] == first


async def test_reparse_with_the_same_months_is_told_but_changes_no_version(database, applier):
    await applier.apply(responses(completion(1, success()), completion(2, success())))
    assert (await project(database)).version == 1
    kinds = [one.WhichOneof("what") for one in await changes(database)]
    assert kinds == ["bill_added", "months_changed", "profile_changed", "parse_completed", "parse_completed"]


async def test_erased_completion_is_passed_over(database, applier):
    await applier.apply(responses(completion(1, "erased"), completion(2, success(), bill=2)))
    assert await applier.cursor() == 2
    assert [one.parse_completed.bill_id for one in await changes(database)][-1] == bill_id(2)


async def test_deleted_bill_leaves_none_of_its_bytes_in_any_table(database, applier):
    secret = electric_bill(
        account_number=fact("SECRET-ACCOUNT"),
        holder=fact("Secret Holder"),
        service_address=fact("1 Secret Street"),
        meters=(meter(number="SECRET-METER"),),
    )
    kept = electric_bill(account_number=fact("KEPT-1"), meters=(meter(number="KEPT-2"),))
    await applier.apply(responses(completion(1, success(kept), bill=1), completion(2, success(secret), bill=2)))
    assert "SECRET" in await everything(database)
    await applier.apply(responses(completion(3, "deleted", bill=2)))
    left = await everything(database)
    assert "secret" not in left.lower()
    assert "KEPT-2" in left
    told = [one.WhichOneof("what") for one in await changes(database)]
    assert told[:4] == ["bill_added", "months_changed", "profile_changed", "parse_completed"]
    # Of the deleted one stays that something was told, and which months it touched.
    assert told[4:] == [
        "erased",
        "months_changed",
        "profile_changed",
        "erased",
        "months_changed",
        "profile_changed",
        "bill_removed",
    ]


async def test_meter_goes_with_the_last_bill_that_shows_it_and_its_account_stays(database, applier):
    one, other = electric_bill(meters=(meter(number="ONE"),)), electric_bill(meters=(meter(number="OTHER"),))
    await applier.apply(responses(completion(1, success(one), bill=1), completion(2, success(other), bill=2)))
    await applier.apply(responses(completion(3, "deleted", bill=2)))
    async with database.tenant(TENANT, read_only=True) as connection:
        accounts = await accounts_page(connection, PROJECT, None, 10)
    assert [[shown.number for shown in account.meters] for account in accounts] == [["ONE"]]


async def test_bill_read_and_deleted_in_one_batch_leaves_a_tombstone_only(database, applier):
    await applier.apply(responses(completion(1, success()), completion(2, "deleted")))
    async with database.tenant(TENANT, read_only=True) as connection:
        for table in ("reading", "statement", "account", "meter", "usage", "charge"):
            assert await connection.fetchval(f"SELECT count(*) FROM profile.{table}") == 0
        assert await connection.fetchval("SELECT deleted_at IS NOT NULL FROM profile.bill")


async def test_completion_that_makes_no_sense_is_told_as_a_failure_and_stops_nobody(database, applier):
    unknown_word, end_of_time = completion(1, success()), completion(2, success(), bill=2)
    unknown_word.outcome.success.readings[0].usages[0].kind = "a later version's word"
    end_of_time.outcome.success.readings[0].period.value.start = "9999-12-01"
    end_of_time.outcome.success.readings[0].period.value.end = "9999-12-31"
    await applier.apply(responses(unknown_word, end_of_time, completion(3, success(), bill=3)))
    told = [one.parse_completed for one in await changes(database) if one.HasField("parse_completed")]
    assert [one.succeeded for one in told] == [False, False, True]
    assert told[0].failure_reason == told[1].failure_reason == "unreadable"
    assert (await project(database)).active_bill_id == bill_id(3)


async def test_text_that_postgresql_cannot_hold_is_kept_without_nul(database, applier):
    hostile = electric_bill(account_number=fact("30\0 01"), meters=(meter(number="M\0" + "77", tariff="R\0"),))
    await applier.apply(responses(completion(1, success(hostile))))
    async with database.tenant(TENANT, read_only=True) as connection:
        accounts = await accounts_page(connection, PROJECT, None, 10)
    assert (accounts[0].number, accounts[0].meters[0].number) == ("30 01", "M77")


async def test_accounts_and_meters_match_on_normalised_numbers_and_keep_the_newest_print(database, applier):
    first = electric_bill(account_number=fact("3001 4482 7"), meters=(meter(number="m-77", tariff="R-1"),))
    second = electric_bill(account_number=fact("3001-4482-7"), meters=(meter(number="M77", tariff="R-2"),))
    other = electric_bill(account_number=fact("0300144827"))
    await applier.apply(
        responses(
            completion(1, success(first), bill=1),
            completion(2, success(second), bill=2),
            completion(3, success(other), bill=3),
        )
    )
    async with database.tenant(TENANT, read_only=True) as connection:
        accounts = await accounts_page(connection, PROJECT, None, 10)
    assert [one.number for one in accounts] == ["0300144827", "3001-4482-7"]
    assert [(one.number, one.tariff) for one in accounts[1].meters] == [("M77", "R-2")]


async def test_print_of_an_older_reading_that_arrives_late_changes_no_account(database, applier):
    older = electric_bill(account_number=fact("3001 4482 7"), meters=(meter(number="m-77", tariff="R-1"),))
    newer = electric_bill(account_number=fact("3001-4482-7"), meters=(meter(number="M77", tariff="R-2"),))
    told = [completion(2, success(newer), bill=2), completion(1, success(older), bill=1)]
    await arrive(database, applier, told)
    async with database.tenant(TENANT, read_only=True) as connection:
        account = (await accounts_page(connection, PROJECT, None, 10))[0]
    assert (account.number, account.meters[0].number, account.meters[0].tariff) == ("3001-4482-7", "M77", "R-2")
    assert account.created_at == time_from_proto(completion(1, failure()).completed_at)


async def test_ledger_holds_the_rows_of_every_statement(database, applier):
    await applier.apply(responses(completion(1, success(electric_bill(), gas_bill(account_number=fact("G-9"))))))
    async with database.tenant(TENANT, read_only=True) as connection:
        statements = await connection.fetch("SELECT * FROM profile.statement ORDER BY ordinal")
        usages = await connection.fetch("SELECT * FROM profile.usage ORDER BY ordinal")
        charge = await connection.fetchrow("SELECT * FROM profile.charge")
    assert [str(row["new_charges"]) for row in statements] == ["122.93", "122.93"]
    assert [str(row["start_date"]) for row in statements] == ["2026-03-01", "2026-03-01"]
    assert [(row["commodity"], str(row["amount"]), row["unit"]) for row in usages] == [
        ("electricity", "620", "kWh"),
        ("gas", "31", "therm"),
    ]
    assert (charge["description"], str(charge["amount"])) == ("Energy charge", "122.93")
    assert charge["meter_id"] == usages[0]["meter_id"] is not None


async def test_reparse_replaces_the_entries_of_its_bill(database, applier):
    await applier.apply(responses(completion(1, success(electric_bill(kwh=1)))))
    await applier.apply(responses(completion(2, success(electric_bill(kwh=2, account_number=fact("7"))))))
    async with database.tenant(TENANT, read_only=True) as connection:
        amounts = await connection.fetch("SELECT amount FROM profile.usage")
        accounts = await accounts_page(connection, PROJECT, None, 10)
    assert [str(row["amount"]) for row in amounts] == ["2"]
    assert [one.number for one in accounts] == ["7"]


@settings(max_examples=16, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), completions=schedules())
def test_any_permutation_through_the_database_gives_the_bytes_of_the_pure_fold(
    postgres_url, template_database, data, completions
):
    shuffled = data.draw(disordered(completions))
    cuts = data.draw(st.integers(1, 4))
    policy = Policy(data.draw(st.sampled_from([Rule.LAST_PARSED, Rule.MERGED])))
    asyncio.run(_compare(postgres_url, template_database, completions, shuffled, cuts, policy))


async def _compare(postgres_url, template, completions, shuffled, cuts, policy) -> None:
    name = f"test_{uuid4().hex}"
    before, _, query = postgres_url.partition("?")
    url = f"{before.rpartition('/')[0]}/{name}?{query}"
    async with owner_connection(postgres_url, application_name="tests") as owner:
        await owner.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            async with await Database.open(url, application_name="tests") as database:
                applier = Applier(database, Journal(CHANGES), packaged_shapes())
                async with database.service() as connection:
                    key = store.ProjectKey(TENANT, PROJECT)
                    known = (await store.lock_projects(connection, [key]))[key]
                    known.policy = policy
                    await store.save_project(connection, known)
                for at in range(cuts):
                    await arrive(database, applier, shuffled[at::cuts])
                if completions:
                    found = await project(database)
                    expected = serialized(folded(completions), policy)
                    assert (found.active_bill_id, found.profile) == expected
        finally:
            await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_stream_is_read_as_it_arrives_and_ends_as_its_call_does():
    cancelled = []

    class Call:
        async def __aiter__(self):
            yield ingest_pb2.FollowCompletionsResponse(completion=completion(1, success()))
            yield ingest_pb2.FollowCompletionsResponse(completion=completion(2, failure(), bill=2))
            yield ingest_pb2.FollowCompletionsResponse(progress=ingest_pb2.FollowProgress(position=9))

        def cancel(self):
            cancelled.append(True)
            return True

    hearing = Hearing(Call())  # type: ignore[arg-type]  # plays what is used of a call
    read, failed, progress = [one async for one in hearing]
    assert (read.position, failed.position, progress.position) == (1, 2, 9)
    assert (type(read.says), type(failed.says), progress.says) == (ReadBill, FailedBill, None)
    assert progress.completion is None
    assert hearing.cancel()
    assert cancelled == [True]
