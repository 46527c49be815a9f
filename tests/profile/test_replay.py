"""A replay in batches holds and tells what the same completions make one by one: every table, and the journal, byte for byte."""

import asyncio
import os
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.reading import Issuer
from runtime.journal import Journal
from runtime.postgres import Database
from services.profile import store
from services.profile.fold import Policy, Rule
from services.profile.follow import CHANGES, Applier
from services.profile.load.shapes import packaged_shapes
from services.profile.review import store as reviews
from services.profile.review.audit import Holding, HoldMode
from services.profile.store import ProjectKey
from tests.databases import cloned
from tests.profile.readings import (
    OTHER_PROJECT,
    PROJECT,
    TENANT,
    completion,
    electric_bill,
    fact,
    failure,
    gas_bill,
    history,
    meter,
    period,
    responses,
    success,
)

SCHEDULES = int(os.environ.get("REPLAY_SCHEDULES", "15"))
OF_THE_CLOCK = {"created_at", "updated_at", "deleted_at", "held_at", "mapped_at", "at"}
"""Columns that say when a row was written; ``account.created_at`` says when a completion came, and is looked at."""

# Few accounts, days and amounts, so that bills meet: doubles, rebills, two companies of one meter, notices, failures.
months = st.integers(1, 4)
whats = st.one_of(
    st.builds(
        lambda month, number, cost, rebill, supplier: success(
            electric_bill(
                start=f"2026-0{month}-01",
                end=f"2026-0{month + 1}-01",
                kwh=300 + month,
                cost=cost,
                account_number=fact(number),
                rebill=rebill,
                issuer=Issuer(issuer_id=supplier, name=fact(supplier)),
                history=(history("2025-12", 400 + month),),
            )
        ),
        months,
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["10.00", "20.00"]),
        st.booleans(),
        st.sampled_from(["example-valley", "example-supply"]),
    ),
    st.builds(
        lambda month: success(
            electric_bill(
                start=f"2026-0{month}-05",
                end=f"2026-0{month + 1}-05",
                statement_date=fact(period(f"2026-0{month}-05", f"2026-0{month + 1}-01").end),
                meters=(meter(number=f"M{month}"),),
            )
        ),
        months,
    ),
    st.builds(lambda: success(gas_bill(account_number=fact("9")))),
    st.builds(
        lambda: success(electric_bill(), electric_bill(start="2026-04-01", end="2026-05-01", account_number=fact("2")))
    ),
    st.just(failure()),
    st.just("deleted"),
    st.just("erased"),
)


@st.composite
def histories(draw):
    """Completions of a few bills, each of one project; then the sizes of the batches they come in."""
    count = draw(st.integers(2, 9))
    told = []
    for position in range(1, count + 1):
        bill = draw(st.integers(1, 6))
        project = PROJECT if bill <= 4 else OTHER_PROJECT
        told.append(completion(position, draw(whats), bill=bill, project=project))
    sizes = draw(st.lists(st.integers(1, count), min_size=1, max_size=3))
    return told, sizes


async def kept(database: Database) -> list[str]:
    """Every row of every table of this room, the journal among them, without what a clock wrote."""
    told = []
    async with database.service(read_only=True) as connection:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'profile' ORDER BY 1"
        )
        for (table,) in tables:
            for row in await connection.fetch(f"SELECT * FROM profile.{table} AS t ORDER BY t::text"):
                values = {name: one for name, one in row.items() if name not in OF_THE_CLOCK or table == "account"}
                told.append(f"{table} {values!r}")
    return sorted(told)


async def folded(url: str, told, sizes, rule: Rule, mode: HoldMode) -> list[str]:
    """What a fresh database holds once completions came in batches of these sizes, round and round."""
    async with await Database.open(url, application_name="tests") as database:
        async with database.service() as connection:
            key = ProjectKey(TENANT, PROJECT)
            project = (await store.lock_projects(connection, [key]))[key]
            project.policy = Policy(rule)
            await store.save_project(connection, project)
            await reviews.save_settings(connection, key, Holding(mode, {}))
        applier, at = Applier(database, Journal(CHANGES), packaged_shapes()), 0
        for size in cycle(sizes):
            if at >= len(told):
                break
            await applier.apply(responses(*told[at : at + size]))
            at += size
        return await kept(database)


@settings(
    max_examples=SCHEDULES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # Each example takes two databases, and finding a smaller one hundreds.
    phases=[Phase.explicit, Phase.generate],
)
@given(
    drawn=histories(),
    rule=st.sampled_from([Rule.LAST_PARSED, Rule.LATEST_PERIOD, Rule.MERGED]),
    mode=st.sampled_from([HoldMode.NEVER, HoldMode.NEVER, HoldMode.ALWAYS]),
)
def test_batches_of_any_size_make_what_one_by_one_makes(postgres_url, template_database, drawn, rule, mode):
    told, sizes = drawn

    async def compare() -> None:
        async with cloned(postgres_url, template_database) as url, cloned(postgres_url, template_database) as other:
            together = await folded(url, told, sizes, rule, mode)
            one_by_one = await folded(other, told, [1], rule, mode)
            assert [one for one in together if one not in one_by_one] == [
                one for one in one_by_one if one not in together
            ]
            assert together == one_by_one

    asyncio.run(compare())


async def test_crash_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(
    database, postgres_url, template_database
):
    # The second bill is the first one again, so this batch takes several transactions.
    told = [
        completion(1, success(electric_bill(account_number=fact("1"))), bill=1),
        completion(2, success(electric_bill(account_number=fact("2"))), bill=2),
        completion(3, success(electric_bill(account_number=fact("1"))), bill=3),
        completion(4, "deleted", bill=2),
    ]

    class Crash(Exception):
        pass

    class Crashing(Journal):
        appended = 0

        async def append(self, connection, entries):
            stamps = await super().append(connection, entries)
            self.appended += 1
            if self.appended == 3:
                raise Crash
            return stamps

    with pytest.raises(Crash):
        await Applier(database, Crashing(CHANGES), packaged_shapes()).apply(responses(*told))
    applier = Applier(database, Journal(CHANGES), packaged_shapes())
    assert 0 < await applier.cursor() < 4
    await applier.apply(responses(*told))
    async with cloned(postgres_url, template_database) as url:
        assert await kept(database) == await folded(url, told, [1], Rule.LAST_PARSED, HoldMode.NEVER)
