"""Holding as algebra: once all that waited is confirmed, everything is as if nothing had ever waited, in any order."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.refusals import BadRequest, LedgerBillArchived, NoReading
from runtime.journal import Journal
from runtime.postgres import Database
from services.profile import store
from services.profile.corrections.correct import Correction, correct
from services.profile.follow import CHANGES, Applier
from services.profile.ledger.records import Reason
from services.profile.review.audit import Holding, HoldMode
from services.profile.review.decide import Act, confirm_bill, reject_bill
from services.profile.review.look import look
from services.profile.review.store import save_settings
from services.profile.store import ProjectKey
from tests.profile.arriving import arrive
from tests.profile.readings import PROJECT, TENANT, bill_id, completion, success
from tests.profile.test_corrections import (
    BILLS,
    MONTHS,
    SHAPES,
    effective,
    empty,
    line_changes,
    reading,
    state,
    whole_changes,
)

KEY = ProjectKey(TENANT, PROJECT)

bills = st.integers(1, BILLS)
reads = st.tuples(st.just("read"), bills, st.integers(1, 900), st.sampled_from(MONTHS), st.booleans())
acts = st.tuples(
    st.sampled_from(["confirm", "reject", "correct"]),
    bills,
    st.lists(whole_changes | line_changes, min_size=1, max_size=2),
)
schedules = st.lists(reads | reads | acts, min_size=2, max_size=8)


async def hold(database, mode) -> None:
    async with database.tenant(TENANT) as connection:
        await store.lock_projects(connection, [KEY])
        await save_settings(connection, KEY, Holding(mode))


async def act(database, kind, bill, changes) -> None:
    asked = Act(key=KEY, bill_id=bill_id(bill), reviewed_by="R", reason="x")
    async with database.tenant(TENANT) as connection:
        found = await store.bill_of_project(connection, PROJECT, bill_id(bill))
        if found is None:
            return
        if kind == "confirm":
            await confirm_bill(connection, SHAPES, asked)
        elif kind == "reject" and found.waiting:
            await reject_bill(connection, asked)
        elif kind == "correct":
            project = await store.project(connection, PROJECT)
            assert project is not None
            key = (await look(connection, project, bill_id(bill))).statements[0].key
            told = [one for one in changes if not one.field.startswith("charges[1]")]
            try:
                await correct(
                    connection, SHAPES, Correction(key=key, changes=told, amended_by="R", reason="x", request_id="")
                )
            except BadRequest:
                return
            except LedgerBillArchived as refused:
                # The record that stands is that of the other bill, which says the same.
                if refused.metadata["archive_reason"] != Reason.DUPLICATE.value:
                    raise


async def carry_out(database, schedule):
    applier = Applier(database, Journal(CHANGES), SHAPES)
    last = {}
    for position, (kind, bill, *more) in enumerate(schedule, 1):
        if kind == "read":
            kwh, span, waits = more
            await hold(database, HoldMode.ALWAYS if waits else HoldMode.NEVER)
            last[bill] = completion(position, success(reading(kwh, span)), bill=bill)
            await arrive(database, applier, [last[bill]])
        else:
            await act(database, kind, bill, more[0])
    return applier, last


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(schedule=schedules, data=st.data())
def test_all_confirmed_equals_nothing_ever_held(database_url, schedule, data):
    async def check():
        async with await Database.open(database_url, application_name="tests") as database:
            await empty(database)
            applier, last = await carry_out(database, schedule)
            waited = await state(database)
            # What comes again changes nothing, whether it waits or was confirmed.
            await arrive(database, applier, data.draw(st.permutations(list(last.values()))))
            assert await state(database) == waited
            for bill in data.draw(st.permutations(sorted(last))):
                await act(database, "confirm", bill, ())
            known = await state(database)
            fresh = await effective(database, last)
            await empty(database)
            await hold(database, HoldMode.NEVER)
            await arrive(database, applier, data.draw(st.permutations(fresh)))
            assert await state(database) == known

    asyncio.run(check())


async def test_bill_that_is_not_read_has_nothing_to_look_at(database):
    async with database.tenant(TENANT) as connection:
        project = (await store.lock_projects(connection, [KEY]))[KEY]
        with pytest.raises(NoReading):
            await look(connection, project, bill_id(1))
