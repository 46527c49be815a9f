"""Corrections as their callers see them: new records, what was known on a day, other readings, refusals."""

import pytest

from protos.profile.v1 import ledger_pb2 as pb
from protos.profile.v1 import profile_pb2
from runtime.keys import create_key, create_tenant
from runtime.rpc.client import bearer
from runtime.wire import time_to_proto
from tests.profile.ledger import Ledger, refused
from tests.profile.readings import EPOCH, PROJECT, TENANT, completion, electric_bill, fact, success


@pytest.fixture
def ledger(profile):
    return Ledger(profile)


async def test_correction_makes_a_new_record_archives_the_old_one_and_moves_the_load_profile(profile, ledger):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    [before] = await ledger.bills()
    after = await ledger.change(before.ledger_bill_id, ("usages[0].amount", "640"), ("invoice_number", "INV-8"))
    assert (after.original_ledger_bill_id, after.usages[0].quantity.amount) == (before.ledger_bill_id, "640")
    assert (after.invoice_number, list(after.amended_fields)) == ("INV-8", ["usages[0].amount", "invoice_number"])
    assert [one.ledger_bill_id for one in await ledger.bills()] == [after.ledger_bill_id]
    old = await ledger.GetLedgerBill(ledger_bill_id=before.ledger_bill_id)
    assert (old.archived, old.archive_reason, old.standing_ledger_bill_id) == (True, "corrected", after.ledger_bill_id)
    assert old.usages[0].quantity.amount == "620"
    made = await profile.stub.GetLoadProfile(
        profile_pb2.GetLoadProfileRequest(project_id=PROJECT), metadata=profile.of(TENANT), timeout=10
    )
    assert (made.months[2].energy_kwh, made.version) == ("640.0000", 2)
    told = (await ledger.ListAmendments(ledger_bill_id=before.ledger_bill_id)).amendments
    assert [(one.field, one.before, one.after, one.amended_by, one.reason) for one in told] == [
        ("invoice_number", "", "INV-8", "Robin", "misread"),
        ("usages[0].amount", "620", "640", "Robin", "misread"),
    ]
    assert not told[0].HasField("before")
    changes = await profile.changes(lambda seen: sum(one.HasField("profile_changed") for one in seen) == 2)
    [updated] = [one.bill_updated for one in changes if one.HasField("bill_updated")]
    assert (updated.ledger_bill_id, updated.reason) == (after.ledger_bill_id, "corrected")
    assert await refused(ledger.change(before.ledger_bill_id, ("holder", "x"))) == "LEDGER_BILL_ARCHIVED"


async def test_ledger_is_told_as_it_was_known_on_a_day(profile, ledger):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    [before] = await ledger.bills()
    after = await ledger.change(before.ledger_bill_id, ("usages[0].amount", "640"))
    then, now = before.recorded_at, after.recorded_at
    [known] = await ledger.bills(as_known_on=then)
    assert (known.ledger_bill_id, known.archived, known.archive_reason) == (before.ledger_bill_id, False, "")
    assert [one.ledger_bill_id for one in await ledger.bills(as_known_on=now)] == [after.ledger_bill_id]
    assert await ledger.bills(as_known_on=time_to_proto(EPOCH)) == []
    told = await ledger.GetLedgerBill(ledger_bill_id=after.ledger_bill_id, as_known_on=then)
    assert told.ledger_bill_id == before.ledger_bill_id
    early = ledger.GetLedgerBill(ledger_bill_id=after.ledger_bill_id, as_known_on=time_to_proto(EPOCH))
    assert await refused(early) == "NO_SUCH_LEDGER_BILL"


async def test_correction_survives_another_reading_and_one_of_a_line_only_where_the_line_is_the_same(profile, ledger):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    [first] = await ledger.bills()
    await ledger.change(first.ledger_bill_id, ("usages[0].amount", "640"), ("holder", "Robin"))
    await profile.folded(completion(2, success(electric_bill(kwh=620, invoice_number=fact("A")))))
    [again] = await ledger.bills()
    assert (again.usages[0].quantity.amount, again.holder, again.invoice_number) == ("640", "Robin", "A")
    await profile.folded(completion(3, success(electric_bill(kwh=700))))
    [third] = await ledger.bills()
    assert (third.usages[0].quantity.amount, third.holder, list(third.amended_fields)) == ("700", "Robin", ["holder"])
    aside = {
        one.field: one.set_aside
        for one in (await ledger.ListAmendments(ledger_bill_id=third.ledger_bill_id)).amendments
    }
    assert aside == {"usages[0].amount": True, "holder": False}
    reasons = [one.archive_reason for one in await ledger.bills(selection=pb.LEDGER_BILL_SELECTION_ARCHIVED)]
    assert reasons == ["reread", "reread", "corrected"]


async def test_request_asked_again_makes_one_correction(profile, ledger):
    await profile.folded(completion(1, success()))
    [first] = await ledger.bills()
    once = await ledger.change(first.ledger_bill_id, ("holder", "A"), request_id="r-1")
    again = await ledger.change(first.ledger_bill_id, ("holder", "A"), request_id="r-1")
    assert again == once
    assert await refused(ledger.change(first.ledger_bill_id, ("holder", "B"), request_id="r-1")) == "REQUEST_REUSED"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        # A usage without days of its own has the bill's; amounts are told without the zeros before them.
        ("usages[0].period", ("2026-03-01/2026-04-01", None)),
        ("usages[0].amount", ("5", "05")),
    ],
)
async def test_correction_that_says_the_same_in_other_words_is_answered_with_its_record(profile, ledger, field, values):
    await profile.folded(completion(1, success()))
    [standing] = await ledger.bills()
    for value in values:
        made = await ledger.change(standing.ledger_bill_id, (field, value))
        assert made.original_ledger_bill_id == standing.ledger_bill_id
        [standing] = await ledger.bills()
        assert standing == made
    [newest, _] = (await ledger.ListAmendments(ledger_bill_id=standing.ledger_bill_id)).amendments
    assert newest.ledger_bill_id == standing.ledger_bill_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"),
        ("usages[3].amount", "1"),
        ("usages[0].amount", "many"),
        ("usages[0].unit", "furlong"),
        ("statement_date", "2026-02-30"),
        ("period", "2026-03"),
        ("period", "2026-03-02/2026-03-01"),
        ("past_due", "perhaps"),
        ("charges[0].meter", "4"),
        ("charges[0]", "x"),
        ("kind", "not_a_bill"),
        ("meters[0].commodity", "steam"),
    ],
)
async def test_correction_that_is_none_is_refused_and_changes_nothing(profile, ledger, field, value):
    await profile.folded(completion(1, success()))
    [first] = await ledger.bills()
    assert await refused(ledger.change(first.ledger_bill_id, ("holder", "A"), (field, value))) == "BAD_REQUEST"
    assert await ledger.bills() == [first]


async def test_key_that_may_only_amend_is_answered_with_the_correction(profile, database):
    async with database.service() as connection:
        tenant_id = await create_tenant(connection, "Tenant")
        _, key = await create_key(connection, tenant_id, name="amends", scopes=["amend"])
    await profile.folded(completion(1, success(), tenant=tenant_id))
    [before] = await Ledger(profile, tenant_id).bills()
    request = pb.AmendBillRequest(
        ledger_bill_id=before.ledger_bill_id,
        changes=[pb.FieldChange(field="holder", value="Robin")],
        amended_by="Robin",
        reason="misread",
    )
    made = await profile.ledger.AmendBill(request, metadata=bearer(key), timeout=10)
    assert (made.holder, made.original_ledger_bill_id) == ("Robin", before.ledger_bill_id)


async def test_lines_are_put_in_and_taken_out(profile, ledger):
    await profile.folded(completion(1, success()))
    [first] = await ledger.bills()
    more = await ledger.change(
        first.ledger_bill_id,
        ("charges[1].description", "City tax"),
        ("charges[1].amount", "4.07"),
        ("charges[1].kind", "tax"),
        ("charges[1].meter", "0"),
    )
    assert [(one.description, one.amount.amount, one.cost_kind) for one in more.charges][1] == (
        "City tax",
        "4.07",
        "tax_cost",
    )
    assert more.charges[1].meter_id == more.meters[0].meter_id
    less = await ledger.change(more.ledger_bill_id, ("charges[0]", None))
    assert [one.description for one in less.charges] == ["City tax"]
