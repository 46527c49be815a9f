"""The list of work: what asks for a person stands first, each doubt is counted, and what somebody settled stays settled."""

from itertools import pairwise

import pytest

from domain.refusals import BadPageToken, BadRequest, JobNotFinished, MissingScope, NoSuchBill, NoSuchProject
from protos.ingest.v1 import ingest_pb2 as pb
from protos.values.v1 import reading_pb2, values_pb2
from runtime.rpc.refusals import refusals_raised
from services.ingest.lists.doubts import doubts_of
from tests.ingest.running import failure, pdf, success


def doubtful(confidence=0.5):
    reading = reading_pb2.Reading(kind="bill", engine_version="test", pages=1)
    evidence = reading_pb2.Evidence(text="12", page=1, confidence=confidence, method=reading_pb2.METHOD_TEXT_LAYER)
    reading.account_number.CopyFrom(reading_pb2.TextFact(value="12", evidence=evidence))
    return reading_pb2.Outcome(success=reading_pb2.Readings(readings=[reading]))


async def read(ingest, project, outcome, text, file_name="bill.pdf"):
    answer = await ingest.a.upload(project.project_id, pdf(text), file_name=file_name)
    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), outcome)
    return answer.bill


async def listed(ingest, **fields):
    return await ingest.stub.ListWork(pb.ListWorkRequest(**fields), metadata=ingest.a.metadata)


async def settle(ingest, bill, settled=True, of=None):
    request = pb.SettleBillRequest(project_id=bill.project_id, bill_id=bill.bill_id, settled=settled)
    return await ingest.stub.SettleBill(request, metadata=(of or ingest.a).metadata)


def names(answer):
    return [one.bill.file_name for one in answer.work]


async def test_work_comes_the_most_urgent_first_over_all_projects_and_pages(ingest):
    first, second = await ingest.a.project("First"), await ingest.a.project("Second")
    for number, project in enumerate((first, second)):
        await read(ingest, project, success(), f"a{number}", f"read{number}")
        await read(ingest, project, doubtful(), f"b{number}", f"doubted{number}")
        await read(ingest, project, failure("corrupt"), f"c{number}", f"failed{number}")
    await ingest.a.upload(first.project_id, pdf("d"), file_name="waiting")

    whole = await listed(ingest)
    assert names(whole) == ["failed1", "failed0", "doubted1", "doubted0", "waiting", "read1", "read0"]
    assert [one.project_name for one in whole.work][:2] == ["Second", "First"]
    assert {one.urgency: one.bills for one in whole.counts} == {
        pb.URGENCY_FAILED: 2,
        pb.URGENCY_DOUBTED: 2,
        pb.URGENCY_WAITING: 1,
        pb.URGENCY_NOTHING: 2,
    }
    paged, token = [], ""
    while True:
        page = await listed(ingest, page_size=2, page_token=token)
        assert bool(page.counts) == (not token)
        paged += names(page)
        token = page.next_page_token
        if not token:
            break
    assert paged == names(whole)
    keys = [(-one.urgency, one.bill.received_at.ToNanoseconds()) for one in whole.work]
    assert all(before >= after for before, after in pairwise(keys))


async def test_work_is_narrowed_by_what_it_asks_project_name_and_reason(ingest):
    first, second = await ingest.a.project("First"), await ingest.a.project("Second")
    await read(ingest, first, failure("corrupt"), "a", "March.pdf")
    await read(ingest, second, failure("password_protected"), "b", "April.pdf")
    await read(ingest, second, doubtful(), "c", "may.pdf")

    assert names(await listed(ingest, urgency=pb.URGENCY_DOUBTED)) == ["may.pdf"]
    assert names(await listed(ingest, project_id=first.project_id)) == ["March.pdf"]
    assert names(await listed(ingest, file_name="MA")) == ["March.pdf", "may.pdf"]
    assert names(await listed(ingest, failure_reason="password_protected")) == ["April.pdf"]
    assert {one.urgency: one.bills for one in (await listed(ingest, project_id=second.project_id)).counts}[
        pb.URGENCY_FAILED
    ] == 1
    received = (await listed(ingest)).work[0].bill.received_at
    assert names(await listed(ingest, received_from=received)) == ["April.pdf", "may.pdf"]
    assert names(await listed(ingest, received_before=received)) == ["March.pdf"]


async def test_settled_bill_asks_for_nobody_until_it_is_read_anew(ingest):
    project = await ingest.a.project()
    bill = await read(ingest, project, failure(), "a")
    done = await settle(ingest, bill)
    assert done.HasField("settled_at")
    assert (await settle(ingest, bill)).settled_at == done.settled_at
    assert (await listed(ingest)).work[0].urgency == pb.URGENCY_NOTHING
    assert not (await settle(ingest, bill, settled=False)).HasField("settled_at")
    assert (await listed(ingest)).work[0].urgency == pb.URGENCY_FAILED

    await settle(ingest, bill)
    await ingest.a.reparse(bill)
    with pytest.raises(JobNotFinished), refusals_raised():
        await settle(ingest, bill)
    assert (await listed(ingest)).work[0].urgency == pb.URGENCY_WAITING
    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), doubtful())
    (again,) = (await listed(ingest)).work
    assert (again.urgency, again.bill.doubts) == (pb.URGENCY_DOUBTED, 1)


async def test_deleted_bill_and_other_tenants_bills_are_no_work(ingest):
    project = await ingest.a.project()
    bill = await read(ingest, project, failure(), "a")
    with pytest.raises(NoSuchBill), refusals_raised():
        await settle(ingest, bill, of=ingest.b)
    assert (await ingest.stub.ListWork(pb.ListWorkRequest(), metadata=ingest.b.metadata)).work == []
    await ingest.a.delete(bill)
    answer = await listed(ingest)
    assert (list(answer.work), sum(one.bills for one in answer.counts)) == ([], 0)
    with pytest.raises(NoSuchBill), refusals_raised():
        await settle(ingest, bill)


async def test_what_no_list_of_work_can_take_is_refused(ingest):
    reader = await ingest.key(ingest.a, "read")
    project = await ingest.a.project()
    for refusal, fields in (
        (BadPageToken, {"page_token": "x"}),
        (BadPageToken, {"page_token": "____________________________________"}),
        (BadRequest, {"urgency": 9}),
        (BadRequest, {"failure_reason": "'; --"}),
        (NoSuchProject, {"project_id": "x"}),
    ):
        with pytest.raises(refusal), refusals_raised():
            await listed(ingest, **fields)
    bill = await read(ingest, project, failure(), "a")
    with pytest.raises(MissingScope), refusals_raised():
        await settle(ingest, bill, of=reader)


def test_doubts_are_values_of_failing_identities_values_hardly_believed_and_findings():
    outcome = doubtful(0.89)
    (reading,) = outcome.success.readings
    charge = reading.charges.add(description="Energy")
    charge.amount.CopyFrom(
        reading_pb2.MoneyFact(
            value=values_pb2.Money(amount="1", currency="USD"), evidence=reading_pb2.Evidence(confidence=0.999)
        )
    )
    assert doubts_of(outcome) == 1
    reading.proofs.add(rule_id="x", verdict=reading_pb2.VERDICT_PASS, fields=["account_number"])
    assert doubts_of(outcome) == 0
    reading.proofs.add(rule_id="y", verdict=reading_pb2.VERDICT_FAIL, fields=["charges[0].amount", "account_number"])
    assert doubts_of(outcome) == 2
    reading.findings.add(rule_id="z", sentence="Odd.")
    reading.proofs.add(rule_id="n", verdict=reading_pb2.VERDICT_NOT_APPLICABLE, fields=["due_date"])
    assert doubts_of(outcome) == 3
    assert doubts_of(failure()) == 0
