"""Reviews as their callers see them: bills that wait have no effect, confirmed ones keep their place, previews their word."""

from dataclasses import replace

import pytest

from domain.evidence import Fact
from domain.money import Money
from domain.proofs import prove
from protos.profile.v1 import ledger_pb2, profile_pb2
from protos.profile.v1 import review_pb2 as pb
from tests.profile.ledger import Ledger, refused
from tests.profile.readings import (
    EVIDENCE,
    PROJECT,
    TENANT,
    bill_id,
    completion,
    electric_bill,
    fact,
    failure,
    meter,
    success,
)
from tests.profile.test_apply import everything

APRIL = ("2026-04-01", "2026-05-01")


class Reviews:
    """The calls of reviews on behalf of a tenant, for its project."""

    def __init__(self, profile, tenant=TENANT):
        self._profile, self._metadata = profile, profile.of(tenant)

    def __getattr__(self, name):
        async def call(bill=None, **fields):
            request = getattr(pb, f"{name}Request")(
                project_id=PROJECT, **({"bill_id": bill_id(bill)} if bill else {}), **fields
            )
            return await getattr(self._profile.reviews, name)(request, metadata=self._metadata, timeout=10)

        return call

    async def hold(self, mode=pb.HOLD_MODE_ALWAYS, **rules):
        told = [pb.AuditRule(rule_id=name, action=action) for name, action in rules.items()]
        return await self.UpdateReviewSettings(hold=mode, rules=told)

    async def confirm(self, bill=1, **fields):
        return await self.ConfirmBill(bill, reviewed_by="Robin", **fields)


@pytest.fixture
def reviews(profile):
    return Reviews(profile)


@pytest.fixture
def ledger(profile):
    return Ledger(profile)


async def months(profile):
    request = profile_pb2.GetLoadProfileRequest(project_id=PROJECT)
    made = await profile.stub.GetLoadProfile(request, metadata=profile.of(TENANT), timeout=10)
    return {month.month: month.energy_kwh for month in made.months}, made.active_bill_id


def wrong(**changes):
    """A bill whose balance does not add up."""
    one = electric_bill(previous_balance=fact(Money.of("10.00", "USD")), amount_due=fact(Money.of("140.00", "USD")))
    one = replace(one, **changes)
    return replace(one, proofs=prove(one))


async def test_held_bill_has_no_effect_on_the_ledger_the_months_or_the_profile_until_it_is_confirmed(
    profile, reviews, ledger
):
    await reviews.hold()
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    told = await profile.changes(lambda seen: len(seen) == 2)
    assert [one.WhichOneof("what") for one in told] == ["parse_completed", "bill_held"]
    assert (told[0].parse_completed.held, list(told[1].bill_held.rule_ids)) == (True, ["every_bill"])
    assert await ledger.bills(selection=ledger_pb2.LEDGER_BILL_SELECTION_ALL) == []
    assert await refused(months(profile)) == "NO_LOAD_PROFILE"
    listed = await profile.stub.ListMonths(
        profile_pb2.ListMonthsRequest(project_id=PROJECT), metadata=profile.of(TENANT)
    )
    assert list(listed.months) == []
    reading = await profile.stub.GetReading(
        profile_pb2.GetReadingRequest(project_id=PROJECT, bill_id=bill_id(1)), metadata=profile.of(TENANT)
    )
    assert (reading.held, reading.readings[0].usages[0].quantity.value.amount) == (True, "620")
    seen = await reviews.GetReview(1)
    assert (seen.state, [one.rule_id for one in seen.reasons]) == ("held", ["every_bill"])
    [waiting] = (await reviews.ListHeldBills()).bills
    assert (waiting.bill_id, waiting.earlier_in_effect) == (bill_id(1), False)
    assert (await reviews.GetReviewSettings()).bills_held == 1

    done = await reviews.confirm(version=seen.version)
    assert (done.state, done.in_profile, [one.decided_by for one in done.decisions]) == ("confirmed", True, ["Robin"])
    assert (await months(profile))[0][3] == "620.0000"
    [standing] = await ledger.bills()
    assert standing.ledger_bill_id == seen.statements[0].ledger_bill_id
    assert standing.recorded_at.ToNanoseconds() >= done.decisions[0].decided_at.ToNanoseconds()
    changes = await profile.changes(lambda all_seen: any(one.HasField("profile_changed") for one in all_seen), after=2)
    kinds = [one.WhichOneof("what") for one in changes]
    assert kinds == ["bill_confirmed", "bill_added", "months_changed", "profile_changed"]
    assert (changes[0].bill_confirmed.was_held, changes[0].bill_confirmed.profile_version) == (True, 1)
    assert (await reviews.ListHeldBills()).bills == []
    assert (await reviews.GetReviewSettings()).bills_held == 0


async def test_confirming_again_changes_nothing(profile, database, reviews):
    await reviews.hold()
    await profile.folded(completion(1, success()))
    seen = (await reviews.GetReview(1)).version
    await reviews.confirm(version=seen)
    known = await everything(database)
    # Whose answer was lost asks once more, with the version that was looked at then.
    for version in (seen, ""):
        assert (await reviews.confirm(version=version)).state == "confirmed"
    assert await everything(database) == known


async def test_bill_confirmed_late_keeps_its_place_in_time_before_one_that_was_read_after_it(profile, reviews):
    await reviews.hold()
    await profile.folded(completion(1, success(electric_bill(kwh=100)), bill=1))
    await reviews.hold(pb.HOLD_MODE_NEVER)
    other = electric_bill(*APRIL, kwh=200, meters=(meter(number="2"),), account_number=fact("2"))
    await profile.folded(completion(2, success(other), bill=2))
    assert (await months(profile))[1] == bill_id(2)
    await reviews.confirm(1)
    assert (await months(profile))[1] == bill_id(2)
    # A pin is what brings it to the front, and the preview says so before it is made.
    seen = await reviews.PreviewReview(1, pin=True)
    assert [seen.profile_before.active_bill_id, seen.profile_after.active_bill_id] == [bill_id(2), bill_id(1)]
    assert (await months(profile))[1] == bill_id(2)


async def test_earlier_reading_stays_in_effect_while_another_one_waits_and_the_same_one_need_not_wait(
    profile, reviews, ledger
):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(kwh=620))))
    assert (await reviews.ListHeldBills()).bills == []
    await profile.folded(completion(3, success(electric_bill(kwh=700))))
    assert (await months(profile))[0][3] == "620.0000"
    [waiting] = (await reviews.ListHeldBills()).bills
    assert waiting.earlier_in_effect
    [standing] = await ledger.bills()
    assert (standing.usages[0].quantity.amount, (await reviews.GetReview(1)).state) == ("620", "held")
    await reviews.confirm()
    [after] = await ledger.bills()
    assert (after.usages[0].quantity.amount, after.original_ledger_bill_id) == ("700", standing.ledger_bill_id)
    assert (await months(profile))[0][3] == "700.0000"


async def test_rules_say_which_bills_wait(profile, reviews):
    rule = "previous_less_payments_plus_new_is_due"
    settings = await reviews.hold(pb.HOLD_MODE_BY_RULE)
    actions = {one.rule_id: one.action for one in settings.rules}
    assert (actions[rule], actions["low_confidence"]) == (pb.AUDIT_ACTION_HOLD, pb.AUDIT_ACTION_CHECK)
    await profile.folded(completion(1, success(electric_bill()), bill=1), completion(2, success(wrong()), bill=2))
    [held] = (await reviews.ListHeldBills()).bills
    assert (held.bill_id, [(one.rule_id, one.action, one.statement) for one in held.reasons]) == (
        bill_id(2),
        [(rule, "hold", 1)],
    )
    for action in (pb.AUDIT_ACTION_CHECK, pb.AUDIT_ACTION_SKIP):
        await reviews.hold(pb.HOLD_MODE_BY_RULE, **{rule: action})
        await profile.folded(completion(2 + action, success(wrong()), bill=2 + action))
    assert [one.bill_id for one in (await reviews.ListHeldBills()).bills] == [bill_id(2)]
    unsure = electric_bill(holder=Fact("Robin", replace(EVIDENCE, confidence=0.3)))
    await reviews.hold(pb.HOLD_MODE_BY_RULE, low_confidence=pb.AUDIT_ACTION_HOLD)
    await profile.folded(completion(9, success(unsure), bill=9))
    assert (await reviews.ListHeldBills()).bills[0].bill_id == bill_id(9)


async def test_held_bill_is_corrected_before_it_is_confirmed_and_nothing_moves_until_then(
    profile, database, reviews, ledger
):
    await reviews.hold(pb.HOLD_MODE_BY_RULE)
    await profile.folded(completion(1, success(wrong())))
    before = await reviews.GetReview(1)
    key = before.statements[0].ledger_bill_id
    seen = await reviews.PreviewReview(
        1, ledger_bill_id=key, changes=[ledger_pb2.FieldChange(field="amount_due", value="132.93")]
    )
    assert [(one.field, one.before, one.after) for one in seen.fields] == [("amount_due", "140.00", "132.93")]
    assert [one.verdict for one in (*seen.proofs_before, *seen.proofs_after)] == [2, 1]
    assert not seen.HasField("profile_after")
    assert await reviews.GetReview(1) == before

    record = await ledger.change(key, ("amount_due", "132.93"), request_id="r-1")
    assert (record.archived, record.archive_reason, record.amount_due.amount) == (True, "held", "132.93")
    assert await ledger.change(key, ("amount_due", "132.93"), request_id="r-1") == record
    assert await refused(ledger.change(key, ("amount_due", "1.00"))) == "LEDGER_BILL_ARCHIVED"
    assert await ledger.GetLedgerBill(ledger_bill_id=record.ledger_bill_id) == record
    assert await ledger.bills() == []
    after = await reviews.GetReview(1)
    assert after.version != before.version
    assert [one.before for one in after.statements[0].amendments] == ["140.00"]
    assert await refused(reviews.confirm(version=before.version)) == "REVIEW_OUTDATED"
    await reviews.confirm(version=after.version)
    [standing] = await ledger.bills()
    assert (standing.ledger_bill_id, standing.amount_due.amount) == (record.ledger_bill_id, "132.93")
    again = await ledger.change(standing.ledger_bill_id, ("amount_due", "140.00"))
    assert again.original_ledger_bill_id == standing.ledger_bill_id


async def test_correction_of_a_reading_that_waits_leaves_the_one_in_effect_alone(profile, reviews, ledger):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(kwh=700))))
    waits = (await reviews.GetReview(1)).statements[0].ledger_bill_id
    await ledger.change(waits, ("invoice_number", "INV-9"))
    [standing] = await ledger.bills()
    changed = await ledger.change(standing.ledger_bill_id, ("holder", "Robin"))
    assert (changed.holder, changed.invoice_number, changed.usages[0].quantity.amount) == ("Robin", "", "620")
    await reviews.confirm()
    [after] = await ledger.bills()
    assert (after.holder, after.invoice_number, after.usages[0].quantity.amount) == ("Robin", "INV-9", "700")


async def _a_second_reading_waits(profile, reviews) -> str:
    """Let a bill be read and then read anew to what waits; return the record by which that would be corrected."""
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.hold()
    await profile.folded(completion(2, success(electric_bill(kwh=700))))
    return (await reviews.GetReview(1)).statements[0].ledger_bill_id


async def test_correction_of_what_waits_never_lands_on_the_reading_in_effect_that_somebody_corrected_meanwhile(
    profile, reviews, ledger
):
    looked_at = await _a_second_reading_waits(profile, reviews)
    for holder in ("Robin", "Kim"):
        [standing] = await ledger.bills()
        standing = await ledger.change(standing.ledger_bill_id, ("holder", holder))
        assert standing.ledger_bill_id != looked_at
        assert await refused(ledger.change(looked_at, ("invoice_number", "INV-9"))) == "LEDGER_BILL_ARCHIVED"
        [standing] = await ledger.bills()
        assert (standing.holder, standing.invoice_number) == (holder, "")
        looked_at = (await reviews.GetReview(1)).statements[0].ledger_bill_id
        assert looked_at != standing.ledger_bill_id
    waits = await ledger.change(looked_at, ("invoice_number", "INV-9"))
    await reviews.confirm()
    [after] = await ledger.bills()
    assert (after.ledger_bill_id, after.holder, after.invoice_number) == (waits.ledger_bill_id, "Kim", "INV-9")


async def test_correction_of_what_waits_never_lands_on_a_reading_that_came_meanwhile(profile, reviews, ledger):
    first = await _a_second_reading_waits(profile, reviews)
    await profile.folded(completion(3, success(electric_bill(kwh=710))))
    second = (await reviews.GetReview(1)).statements[0].ledger_bill_id
    assert await refused(ledger.change(first, ("invoice_number", "INV-9"))) == "LEDGER_BILL_ARCHIVED"
    await reviews.hold(pb.HOLD_MODE_NEVER)
    await profile.folded(completion(4, success(electric_bill(kwh=720))))
    [standing] = await ledger.bills()
    assert standing.ledger_bill_id not in (first, second)
    for looked_at in (first, second):
        assert await refused(ledger.change(looked_at, ("invoice_number", "INV-9"))) == "NO_SUCH_LEDGER_BILL"
    [standing] = await ledger.bills()
    assert (standing.invoice_number, standing.usages[0].quantity.amount) == ("", "720")


@pytest.mark.parametrize("confirmed", [False, True])
async def test_correction_of_what_waits_never_lands_on_a_reading_that_waits_once_nothing_waited(
    profile, reviews, ledger, confirmed
):
    two = electric_bill(kwh=620), electric_bill(*APRIL, kwh=300)
    await profile.folded(completion(1, success(*two)))
    await reviews.hold()
    await profile.folded(completion(2, success(two[0], electric_bill(*APRIL, kwh=301))))
    looked_at = [one.ledger_bill_id for one in (await reviews.GetReview(1)).statements]
    if confirmed:
        # The statement that says the same keeps its record, so nothing stands under the number by which it waited.
        await reviews.confirm()
    else:
        await profile.folded(completion(3, success(*two)))
    assert (await reviews.ListHeldBills()).bills == []
    standing = {one.ledger_bill_id for one in await ledger.bills()}
    assert len(standing.intersection(looked_at)) == confirmed
    free = set(looked_at) - standing
    await profile.folded(completion(4, success(electric_bill(kwh=710), two[1])))
    assert free.isdisjoint(one.ledger_bill_id for one in (await reviews.GetReview(1)).statements)
    for one in free:
        assert await refused(ledger.change(one, ("invoice_number", "INV-9"))) == "LEDGER_BILL_ARCHIVED"


async def test_correction_of_what_waited_never_lands_on_the_reading_in_effect_that_is_corrected_or_read_anew_later(
    profile, reviews, ledger
):
    looked_at = await _a_second_reading_waits(profile, reviews)
    await profile.folded(completion(3, success(electric_bill(kwh=620))))
    [standing] = await ledger.bills()
    changed = await ledger.change(standing.ledger_bill_id, ("holder", "Robin"))
    assert await refused(ledger.change(looked_at, ("invoice_number", "INV-9"))) == "NO_SUCH_LEDGER_BILL"
    await reviews.hold(pb.HOLD_MODE_NEVER)
    await profile.folded(completion(4, success(electric_bill(kwh=630))))
    [again] = await ledger.bills()
    assert len({looked_at, standing.ledger_bill_id, changed.ledger_bill_id, again.ledger_bill_id}) == 4
    assert await refused(ledger.change(looked_at, ("invoice_number", "INV-9"))) == "NO_SUCH_LEDGER_BILL"


async def test_rejected_bill_stays_out_with_its_reason_and_can_be_confirmed_later(profile, reviews, ledger):
    await reviews.hold()
    await profile.folded(completion(1, success()))
    done = await reviews.RejectBill(1, reviewed_by="Robin", reason="another site's bill")
    assert (done.state, done.decisions[0].reason) == ("rejected", "another site's bill")
    assert (await reviews.ListHeldBills()).bills == []
    assert [one.bill_id for one in (await reviews.ListHeldBills(rejected=True)).bills] == [bill_id(1)]
    changes = await profile.changes(lambda seen: any(one.HasField("bill_rejected") for one in seen))
    assert changes[-1].bill_rejected.reviewed_by == "Robin"
    assert await ledger.bills() == []
    assert (await reviews.confirm()).state == "confirmed"
    assert len(await ledger.bills()) == 1
    assert await refused(reviews.RejectBill(1, reviewed_by="Robin", reason="x")) == "NOTHING_HELD"


async def test_value_found_right_is_told_until_it_says_something_else(profile, reviews):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await reviews.ConfirmValues(1, statement=1, paths=["usages[0].quantity", "period"], reviewed_by="Robin")
    seen = await reviews.GetReview(1)
    assert sorted(one.path for one in seen.statements[0].confirmed_values) == ["period", "usages[0].quantity"]
    await profile.folded(completion(2, success(electric_bill(kwh=621))))
    assert [one.path for one in (await reviews.GetReview(1)).statements[0].confirmed_values] == ["period"]
    after = await reviews.ConfirmValues(1, statement=1, paths=["period"], reviewed_by="Robin", undo=True)
    assert list(after.statements[0].confirmed_values) == []
    for paths, statement in (["nothing"], 1), (["period"], 2):
        asked = reviews.ConfirmValues(1, statement=statement, paths=paths, reviewed_by="Robin")
        assert await refused(asked) == "BAD_REQUEST"


async def test_deleted_bill_takes_what_waited_and_what_was_said_of_it_along(profile, database, reviews):
    await reviews.hold()
    await profile.folded(
        completion(1, success(electric_bill(holder=fact("Confidential")))), completion(2, failure(), bill=2)
    )
    await reviews.ConfirmValues(1, statement=1, paths=["holder"], reviewed_by="Robin")
    assert "Confidential" in await everything(database)
    await reviews.RejectBill(1, reviewed_by="Robin", reason="Confidential, too")
    await profile.folded(completion(3, "deleted", bill=1))
    assert "Confidential" not in await everything(database)
    assert await refused(reviews.GetReview(1)) == "NO_READING"
    assert await refused(reviews.GetReview(2)) == "NO_READING"
    assert await refused(reviews.confirm(1)) == "NO_READING"


async def test_reading_that_takes_effect_by_itself_ends_the_wait_of_an_earlier_one(profile, reviews):
    await reviews.hold(pb.HOLD_MODE_BY_RULE)
    await profile.folded(completion(1, success(wrong())))
    await profile.folded(completion(2, success(electric_bill(kwh=77))))
    seen = await reviews.GetReview(1)
    assert (seen.state, (await reviews.ListHeldBills()).bills) == ("in_effect", [])
    assert (await reviews.confirm()).state == "confirmed"


async def test_bills_that_wait_are_listed_page_by_page_the_one_read_last_first(profile, reviews):
    await reviews.hold()
    told = [
        completion(number, success(electric_bill(account_number=fact(str(number)))), bill=number)
        for number in (1, 2, 3)
    ]
    await profile.folded(*told)
    first = await reviews.ListHeldBills(page_size=2)
    assert [one.bill_id for one in first.bills] == [bill_id(3), bill_id(2)]
    second = await reviews.ListHeldBills(page_size=2, page_token=first.next_page_token)
    assert ([one.bill_id for one in second.bills], second.next_page_token) == ([bill_id(1)], "")
    asked = reviews.ListHeldBills(page_token=first.next_page_token, rejected=True)
    assert await refused(asked) == "BAD_PAGE_TOKEN"


async def test_other_tenant_sees_and_decides_nothing(profile, reviews):
    await reviews.hold()
    await profile.folded(completion(1, success()))
    other = Reviews(profile, "00000000-0000-4000-8000-00000000beef")
    assert (await other.ListHeldBills()).bills == []
    assert (await other.GetReviewSettings()).hold == pb.HOLD_MODE_NEVER
    for call in (other.GetReview(1), other.confirm(1), other.PreviewReview(1, confirm=True)):
        assert await refused(call) == "NO_READING"


async def test_bill_that_waits_cannot_be_pinned(profile, reviews):
    await reviews.hold()
    await profile.folded(completion(1, success()))
    request = profile_pb2.UpdatePolicyRequest(
        project_id=PROJECT, rule=profile_pb2.ACTIVE_BILL_RULE_PINNED, pinned_bill_id=bill_id(1)
    )
    assert await refused(profile.stub.UpdatePolicy(request, metadata=profile.of(TENANT))) == "NO_READING"
    assert await refused(reviews.PreviewReview(1, pin=True)) == "NO_READING"
