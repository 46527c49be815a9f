"""Corrections as algebra: correcting is the same as having read it so, in whatever order it all comes, and however often."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import Position
from domain.money import Money
from domain.proofs import disagreements, prove
from domain.reading import Reading
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from protos.values.v1 import reading_pb2
from runtime.journal import Journal
from runtime.postgres import Database
from runtime.wire import reading_from_proto, reading_to_proto
from services.profile import store
from services.profile.corrections.amend import Amendment, Change, amended, new_amendments
from services.profile.corrections.correct import Correction, correct
from services.profile.energy.factors import packaged_factor_sets
from services.profile.follow import CHANGES, Applier
from services.profile.ledger.records import body
from services.profile.ledger.store import records
from services.profile.ledger.store.amendments import amendments_of_bills
from services.profile.load.shapes import packaged_shapes
from services.profile.months.asked import list_months
from services.profile.writes import Writes
from tests.profile.arriving import arrive
from tests.profile.readings import PROJECT, TENANT, bill_id, completion, electric_bill, fact, history, meter, success

SHAPES, SETS = packaged_shapes(), packaged_factor_sets()
MONTHS = [
    ("2026-01-01", "2026-02-01"),
    ("2026-02-01", "2026-03-01"),
    ("2026-02-10", "2026-03-12"),
    ("2026-03-01", "2026-04-01"),
]
BILLS = 3

whole_changes = st.sampled_from(
    [
        Change("holder", "Robin"),
        Change("holder", None),
        Change("new_charges", "99.10"),
        Change("statement_date", "2026-05-05"),
        Change("period", "2026-02-01/2026-03-02"),
        Change("rebill", "true"),
        Change("account_number", "77-1"),
    ]
)
line_changes = st.sampled_from(
    [
        Change("usages[0].amount", "321"),
        Change("usages[0].unit", "MWh"),
        Change("charges[0].amount", "12.34"),
        Change("charges[1].description", "Tax"),
        Change("meters[0].tariff", None),
        Change("meters[0].number", "X-1"),
    ]
)


def reading(kwh=620, span=MONTHS[3], number="40718263"):
    return electric_bill(span[0], span[1], kwh, meters=(meter(number=number),))


def message(one) -> reading_pb2.Reading:
    return reading_to_proto(one)


@given(st.lists(whole_changes | line_changes, min_size=1, max_size=6), st.integers(1, 900))
def test_corrections_made_again_on_the_same_reading_give_the_same(changes, kwh):
    if any(one.field.startswith("charges[1]") for one in changes):
        changes = [*changes, Change("charges[1].amount", "1.00")]
    told = message(reading(kwh))
    made = new_amendments(told, changes, 1)
    once = amended(told, made)
    assert once.set_aside == frozenset()
    again = amended(told, made)
    assert again.reading == once.reading
    assert {one.field for one in made} == set(once.fields)
    # What is left out of the corrections changed nothing.
    assert {change.field for change in changes} >= set(once.fields)


def test_line_that_is_no_longer_what_it_was_keeps_its_new_reading_and_the_rest_of_the_correction_stands():
    made = new_amendments(message(reading(620)), [Change("usages[0].amount", "640"), Change("holder", "Robin")], 1)
    other = amended(message(reading(700)), made)
    assert other.reading.usages[0].quantity.value.amount == Decimal(700)
    assert (other.reading.holder and other.reading.holder.value, other.set_aside) == ("Robin", frozenset({0}))
    right = amended(message(reading(640)), made)
    assert (right.reading.usages[0].quantity.value.amount, right.set_aside) == (Decimal(640), frozenset())


def test_identity_that_only_the_page_can_prove_is_no_longer_proven_once_corrected():
    told = message(reading())
    told.proofs.add(rule_id="items", verdict=reading_pb2.VERDICT_PASS, residual="0", fields=["charges[0].amount"])
    told.proofs.add(rule_id="days", verdict=reading_pb2.VERDICT_PASS, residual="0", fields=["period"])
    made = amended(told, new_amendments(told, [Change("charges[0].amount", "1.00")], 1))
    assert [(one.rule_id, one.verdict.value) for one in made.reading.proofs] == [
        ("items", "not_applicable"),
        ("days", "pass"),
    ]


def test_identities_are_checked_again_on_what_corrections_leave():
    told = message(
        electric_bill(previous_balance=fact(Money.of("10.00", "USD")), amount_due=fact(Money.of("140.00", "USD")))
    )
    told.CopyFrom(reading_to_proto(proved(reading_from_proto(told))))
    assert verdicts(told) == {"previous_less_payments_plus_new_is_due": "fail"}
    assert [one.rule_id for one in told.findings] == ["previous_less_payments_plus_new_is_due"]
    right = amended(told, new_amendments(told, [Change("amount_due", "132.93")], 1))
    assert verdicts(right.message) == {"previous_less_payments_plus_new_is_due": "pass"}
    assert right.message.proofs[0].statement == "10.00 - 0 + 0 + 122.93 = 132.93"
    assert list(right.message.findings) == []
    # The way back is a correction like any other.
    back = amended(
        told,
        [*new_amendments(told, [Change("amount_due", "132.93")], 1), Amendment(2, "amount_due", "132.93", "140.00")],
    )
    assert verdicts(back.message) == verdicts(told)


def proved(one: Reading) -> Reading:
    proofs = prove(one)
    return replace(one, proofs=proofs, findings=tuple(disagreements(proofs)))


def verdicts(told: reading_pb2.Reading) -> dict[str, str]:
    return {one.rule_id: one.verdict.value for one in reading_from_proto(told).proofs}


def test_month_of_the_history_is_corrected_and_a_new_one_added():
    told = message(electric_bill(history=(history("2025-09", 640),)))
    changes = [
        Change("history[0].amount", "655"),
        Change("history[1].month", "2025-10-01"),
        Change("history[1].amount", "70"),
    ]
    made = amended(told, new_amendments(told, [*changes, Change("history[1].unit", "kWh")], 1))
    assert [(f"{one.month:%Y-%m}", one.quantity and one.quantity.value.amount) for one in made.reading.history] == [
        ("2025-09", Decimal(655)),
        ("2025-10", Decimal(70)),
    ]
    gone = amended(told, new_amendments(told, [Change("history[0]", None)], 1))
    assert gone.reading.history == ()


def test_amendment_of_nothing_is_none():
    assert new_amendments(message(reading()), [Change("holder", None), Change("usages[0].amount", "620")], 1) == []
    assert amended(message(reading()), [Amendment(1, "holder", None, None)]).reading.holder is None


# In the database

reads = st.tuples(st.just("read"), st.integers(1, BILLS), st.integers(1, 900), st.sampled_from(MONTHS))
amends = st.tuples(
    st.just("amend"), st.integers(1, BILLS), st.lists(whole_changes | line_changes, min_size=1, max_size=3)
)
deletes = st.tuples(st.just("delete"), st.integers(1, BILLS))
schedules = st.lists(reads | reads | amends | deletes, min_size=2, max_size=8)


async def empty(database) -> None:
    async with database.service() as connection:
        for table in ("project", "bill", "meter", "account", "change", "property"):
            await connection.execute(f"DELETE FROM profile.{table}")
        writes = Writes()
        store.move_cursor(writes, Position(0))
        await writes.send(connection)


async def run(database, schedule):
    """Carry a schedule out; return what each surviving bill was last read to, corrections made, and where it stands in time."""
    applier = Applier(database, Journal(CHANGES), SHAPES)
    last: dict[int, ingest_pb2.Completion] = {}
    gone = set()
    for position, (kind, bill, *more) in enumerate(schedule, 1):
        if kind == "read":
            told = completion(position, success(reading(more[0], more[1])), bill=bill)
            await arrive(database, applier, [told])
            if bill not in gone:
                last[bill] = told
        elif kind == "delete":
            await arrive(database, applier, [completion(position, "deleted", bill=bill)])
            last.pop(bill, None)
            gone.add(bill)
        else:
            await try_to_correct(database, bill, more[0])
    return last


async def try_to_correct(database, bill, changes) -> None:
    async with database.tenant(TENANT) as connection:
        found = [one for one in await records.newest_records(connection, [bill_id(bill)]) if one.archived_at is None]
        if not found:
            return
        if any(one.field.startswith("charges[1]") for one in changes):
            changes = [*changes, Change("charges[1].amount", "1.00")]
        asked = Correction(key=found[0].key, changes=changes, amended_by="R", reason="x", request_id="")
        key, changes = await correct(connection, SHAPES, asked)
        await Journal(CHANGES).append(connection, changes)
        assert await records.record(connection, key) is not None


async def state(database):
    """What stands: the bills with what they say, the months, the load profile."""
    async with database.tenant(TENANT, read_only=True) as connection:
        bills = {}
        for one in await records.newest_records(connection, [bill_id(number) for number in range(1, BILLS + 1)]):
            told = body(one)
            told.ClearField("amended_fields")
            rival = (one.rival_bill_id, one.rival_ordinal)
            bills[one.key.bill_id, one.key.ordinal] = (told, one.archive_reason, rival)
        request = profile_pb2.ListMonthsRequest(project_id=PROJECT)
        months = await list_months(connection, request, SETS)
        # A property outlives the bills that it was made for.
        months.ClearField("property_id")
        project = await store.project(connection, PROJECT)
    return bills, months, project.profile if project else None, project.active_bill_id if project else None


async def effective(database, last):
    """The completions of bills as they would have been had they been read so from the start."""
    told = []
    async with database.tenant(TENANT, read_only=True) as connection:
        for bill, one in sorted(last.items(), key=lambda pair: pair[1].position):
            kept = (await amendments_of_bills(connection, [bill_id(bill)])).get(bill_id(bill), {}).get(1, [])
            fresh = ingest_pb2.Completion.FromString(one.SerializeToString())
            made = amended(fresh.outcome.success.readings[0], [each.amendment for each in kept])
            fresh.outcome.success.readings[0].CopyFrom(made.message)
            told.append(fresh)
    return told


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(schedule=schedules, data=st.data())
def test_correction_equals_a_fresh_computation_in_any_order_and_a_replay_changes_nothing(database_url, schedule, data):
    async def check():
        async with await Database.open(database_url, application_name="tests") as database:
            await empty(database)
            last = await run(database, schedule)
            known = await state(database)
            applier = Applier(database, Journal(CHANGES), SHAPES)
            for again in last.values():
                await arrive(database, applier, [again])
            assert await state(database) == known
            fresh = await effective(database, last)
            await empty(database)
            await arrive(database, applier, data.draw(st.permutations(fresh)))
            assert await state(database) == known

    asyncio.run(check())
