"""Previews: what an act would change is what it changes, and looking at it is in nobody's way."""

import asyncio

from protos.profile.v1 import ledger_pb2, profile_pb2
from protos.profile.v1 import review_pb2 as pb
from services.profile import store
from services.profile.store import ProjectKey
from tests.profile.ledger import refused
from tests.profile.readings import PROJECT, TENANT, bill_id, completion, electric_bill, success
from tests.profile.test_apply import everything
from tests.profile.test_reviews import APRIL, ledger, reviews

__all__ = ["ledger", "reviews"]


async def test_preview_says_what_confirming_does_and_does_nothing(profile, database, reviews):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(*APRIL, kwh=300, statement_date=None)), bill=2))
    known = await everything(database)
    seen = await reviews.PreviewReview(2, confirm=True)
    assert await everything(database) == known
    assert [one.month for one in seen.months_after] == ["2026-04-01"]
    assert list(seen.months_before) == []
    await reviews.confirm(2)
    request = profile_pb2.GetLoadProfileRequest(project_id=PROJECT)
    made = await profile.stub.GetLoadProfile(request, metadata=profile.of(TENANT), timeout=10)
    made.ClearField("completed_at")
    assert made == seen.profile_after


async def test_preview_waits_for_nobody_and_nobody_for_it(profile, database, reviews, ledger):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(*APRIL, kwh=300, statement_date=None)), bill=2))
    standing = (await ledger.bills())[0].ledger_bill_id
    changes = [ledger_pb2.FieldChange(field="usages[0].amount", value="500")]
    async with database.service() as connection:
        await store.lock_projects(connection, [ProjectKey(TENANT, PROJECT)])
        seen = await reviews.PreviewReview(2, confirm=True)
        assert [one.month for one in seen.months_after] == ["2026-04-01"]
        pinned = await reviews.PreviewReview(1, pin=True)
        assert pinned.profile_before == pinned.profile_after
        changed = await reviews.PreviewReview(1, ledger_bill_id=standing, changes=changes)
        assert (changed.fields[0].before, changed.fields[0].after) == ("620", "500")
        assert [one.energy_kwh for one in changed.profile_after.months if one.month == 3] == ["500.0000"]


async def test_preview_looks_again_where_others_write_the_same_bill_and_says_so_where_they_go_on(
    profile, database, reviews
):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(kwh=700))))
    before = await everything(database)
    async with database.service() as connection:
        await connection.execute("UPDATE profile.bill SET rejected = rejected WHERE bill_id = $1", bill_id(1))
        waiting = asyncio.ensure_future(reviews.PreviewReview(1, confirm=True))
        await asyncio.wait({waiting}, timeout=0.1)
    assert [one.energy_kwh for one in (await waiting).profile_after.months if one.month == 3] == ["700.0000"]
    async with database.service() as connection:
        await connection.execute("UPDATE profile.bill SET rejected = rejected WHERE bill_id = $1", bill_id(1))
        assert await refused(reviews.PreviewReview(1, confirm=True)) == "TIMED_OUT"
    assert await everything(database) == before


async def test_preview_of_a_correction_tells_the_reading_that_the_record_is_of(profile, reviews, ledger):
    second = electric_bill(*APRIL, kwh=300, statement_date=None)
    await profile.folded(completion(1, success(electric_bill(kwh=620), second)))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(kwh=700))))
    waits = (await reviews.GetReview(1)).statements[0].ledger_bill_id
    first, other = sorted(one.ledger_bill_id for one in await ledger.bills())
    changes = [ledger_pb2.FieldChange(field="usages[0].amount", value="500")]
    for record, before in ((first, "620"), (other, "300"), (waits, "700")):
        seen = await reviews.PreviewReview(1, ledger_bill_id=record, changes=changes)
        assert [(one.before, one.after) for one in seen.fields] == [(before, "500")], record


async def test_preview_whose_statement_takes_too_long_is_not_tried_again(profile, reviews, monkeypatch):
    await profile.folded(completion(1, success()))
    tries = []

    async def slowly(connection, *_):
        tries.append(1)
        await connection.execute("SET LOCAL statement_timeout = '20ms'")
        await connection.execute("SELECT pg_sleep(10)")

    monkeypatch.setattr("services.profile.review.servicer.confirm_bill", slowly)
    assert await refused(reviews.PreviewReview(1, confirm=True)) == "TIMED_OUT"
    assert tries == [1]


async def test_corrections_of_what_waits_count_for_the_next_reading_that_need_not_wait(profile, reviews, ledger):
    await reviews.hold()
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    waits = (await reviews.GetReview(1)).statements[0].ledger_bill_id
    await ledger.change(waits, ("invoice_number", "INV-9"), ("usages[0].amount", "650"))
    await reviews.hold(pb.HOLD_MODE_NEVER)
    await profile.folded(completion(2, success(electric_bill(kwh=700))))
    [standing] = await ledger.bills()
    # Of the whole bill a person's word goes before the reader's; on a line that says something else it is set aside.
    assert (standing.invoice_number, standing.usages[0].quantity.amount) == ("INV-9", "700")
    told = (await reviews.GetReview(1)).statements[0].amendments
    assert {one.field: one.set_aside for one in told} == {"invoice_number": False, "usages[0].amount": True}
