"""The work stream: credits, leases, extensions, outcomes, and what happens when any of it breaks off."""

import asyncio

import pytest

from domain.refusals import BadRequest, MissingScope
from protos.ingest.v1 import ingest_pb2 as pb
from protos.values.v1 import reading_pb2
from runtime.rpc.refusals import refusals_raised
from services.ingest.chores import Pace
from services.ingest.wire import OUTCOME_BYTES_MAX
from tests.ingest.running import failure, pdf, running_ingest, success, until


async def uploaded(tenant, count=1, name="bill"):
    project = await tenant.project()
    return [(await tenant.upload(project.project_id, pdf(f"{name} {number}"))).bill for number in range(count)]


async def test_lease_brings_everything_needed_to_read_the_bill(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        lease = await worker.lease()

    assert (lease.job_id, lease.bill_id, lease.project_id) == (bill.job_id, bill.bill_id, bill.project_id)
    assert lease.tenant_id == ingest.a.tenant_id
    assert (lease.attempt, lease.fencing_token) == (1, 1)
    assert lease.lease_seconds == ingest.settings.lease_seconds
    assert (lease.sha256, lease.size_bytes, lease.content_type) == (bill.sha256, bill.size_bytes, bill.content_type)
    assert await ingest.objects.read(lease.object_key, 1000) == pdf("bill 0")
    job = await ingest.a.job(lease.job_id)
    assert (job.state, job.attempts) == (pb.JOB_STATE_LEASED, 1)


async def test_leases_are_sent_only_while_there_is_credit(ingest):
    await uploaded(ingest.a, 3)

    async with ingest.worker() as worker:
        worker.say(credit=pb.Credit(leases=1))
        worker.say(credit=pb.Credit(leases=1))
        first, second = await worker.hear("lease"), await worker.hear("lease")
        worker.say(extend=pb.Extend(job_id=first.job_id, fencing_token=first.fencing_token))
        await worker.hear("extended")
        await worker.finish(first, success())
        assert await _queued(ingest) == 1
        third = await worker.lease()

    assert len({first.job_id, second.job_id, third.job_id}) == 3


async def _queued(ingest):
    async with ingest.database.service() as connection:
        return await connection.fetchval("SELECT count(*) FROM ingest.job WHERE state = 'queued'")


async def test_waiting_worker_gets_a_bill_as_soon_as_it_is_uploaded(database, tmp_path):
    async with running_ingest(database, tmp_path, Pace(poll_seconds=1000.0)) as ingest, ingest.worker() as worker:
        worker.say(credit=pb.Credit(leases=1))
        for name in ("one", "two"):
            [bill] = await uploaded(ingest.a, name=name)
            lease = await worker.hear("lease")
            assert lease.bill_id == bill.bill_id
            worker.say(credit=pb.Credit(leases=1))


async def test_finished_closes_job_and_bill_and_appends_the_completion(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        lease = await worker.lease()
        recorded = await worker.finish(lease, success())

    assert (recorded.accepted, recorded.position) == (True, 1)
    [completion] = await ingest.a.completions()
    told = await ingest.a.bill(bill)
    job = await ingest.a.job(bill.job_id)
    assert told.state == pb.BILL_STATE_SUCCEEDED
    assert told.completed_at == completion.completed_at
    assert (job.state, job.HasField("finished_at")) == (pb.JOB_STATE_SUCCEEDED, True)
    assert completion.outcome == success()
    assert (completion.position, completion.tenant_id) == (1, ingest.a.tenant_id)
    assert (completion.project_id, completion.bill_id, completion.job_id) == (
        bill.project_id, bill.bill_id, bill.job_id,
    )  # fmt: skip
    assert (completion.file_name, completion.received_at) == ("bill.pdf", bill.received_at)


async def test_failure_is_told_by_bill_job_and_completion(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), failure("password_protected", "It asks for\0a password."))

    told, job = await ingest.a.bill(bill), await ingest.a.job(bill.job_id)
    [completion] = await ingest.a.completions()
    assert told.state == pb.BILL_STATE_FAILED
    assert (told.failure_reason, told.failure_detail) == ("password_protected", "It asks for a password.")
    assert job.state == pb.JOB_STATE_FAILED
    assert (job.failure_reason, job.failure_detail) == (told.failure_reason, told.failure_detail)
    assert completion.outcome.failure.reason == "password_protected"


async def test_outcome_of_a_zombie_is_thrown_away(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker("zombie") as zombie, ingest.worker("healthy") as healthy:
        lost = await zombie.lease()
        await ingest.lapse(lost.job_id)
        held = await healthy.lease()
        assert held.job_id == lost.job_id
        assert held.fencing_token > lost.fencing_token
        early = await zombie.finish(lost, success())
        recorded = await healthy.finish(held, failure())
        late = await zombie.finish(lost, success())
        zombie.say(extend=pb.Extend(job_id=lost.job_id, fencing_token=lost.fencing_token))
        extended = await zombie.hear("extended")

    assert (early.accepted, late.accepted, recorded.accepted) == (False, False, True)
    assert extended.lease_seconds == 0
    assert (await ingest.a.bill(bill)).state == pb.BILL_STATE_FAILED
    assert len(await ingest.a.completions()) == 1


async def test_outcome_told_again_on_another_stream_is_accepted_and_recorded_once(ingest):
    await uploaded(ingest.a, 2)

    async with ingest.worker() as worker:
        lease = await worker.lease()
        first = await worker.finish(lease, success())
    async with ingest.worker() as worker:
        again = await worker.finish(lease, success())
        await worker.finish(await worker.lease(), success())
        late = await worker.finish(lease, success())

    assert first == again == late
    assert len(await ingest.a.completions()) == 2


async def test_broken_stream_keeps_the_lease_and_another_stream_finishes_it(ingest):
    await uploaded(ingest.a)

    async with ingest.worker() as worker:
        lease = await worker.lease()
    async with ingest.worker() as worker:
        worker.say(extend=pb.Extend(job_id=lease.job_id, fencing_token=lease.fencing_token))
        extended = await worker.hear("extended")
        recorded = await worker.finish(lease, success())

    assert extended.lease_seconds == ingest.settings.lease_seconds
    assert recorded.accepted


async def test_progress_is_shown_by_the_job(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        lease = await worker.lease()
        token = lease.fencing_token
        worker.say(progress=pb.Progress(job_id=lease.job_id, fencing_token=token, pages_done=2, pages_total=5))

        async def shown():
            job = await ingest.a.job(bill.job_id)
            return (job.pages_done, job.pages_total) == (2, 5)

        await until(shown)
        worker.say(progress=pb.Progress(job_id=lease.job_id, fencing_token=token + 1, pages_done=9, pages_total=9))
        await worker.finish(lease, success())
        assert (await ingest.a.job(bill.job_id)).pages_done == 2


async def test_give_back_queues_the_job_at_once_without_counting_the_attempt(ingest):
    await uploaded(ingest.a)

    async with ingest.worker("one") as one, ingest.worker("two") as two:
        for _ in range(5):
            lease = await one.lease()
            one.say(give_back=pb.GiveBack(job_id=lease.job_id, fencing_token=lease.fencing_token))
            recorded = await one.hear("recorded")
            assert (recorded.accepted, recorded.position) == (True, 0)
        again = await two.lease()
        one.say(give_back=pb.GiveBack(job_id=lease.job_id, fencing_token=lease.fencing_token))
        refused = await one.hear("recorded")

    assert (again.job_id, again.attempt) == (lease.job_id, 1)
    assert not refused.accepted


async def test_job_is_given_up_with_a_completion_when_three_leases_lapsed(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        for attempt in (1, 2, 3):
            lease = await worker.lease()
            assert lease.attempt == attempt
            await ingest.lapse(lease.job_id)
        [completion] = await until(ingest.a.completions)
        late = await worker.finish(lease, success())

    told, job = await ingest.a.bill(bill), await ingest.a.job(bill.job_id)
    assert completion.outcome.failure.reason == "gave_up"
    assert (told.state, told.failure_reason) == (pb.BILL_STATE_FAILED, "gave_up")
    assert told.completed_at == completion.completed_at
    assert (job.state, job.attempts, job.failure_reason) == (pb.JOB_STATE_FAILED, 3, "gave_up")
    assert not late.accepted


async def test_tenant_with_few_bills_does_not_wait_for_one_with_many(ingest):
    await uploaded(ingest.a, 30, "many")
    few = await uploaded(ingest.b, 2, "few")

    async with ingest.worker() as worker:
        worker.say(credit=pb.Credit(leases=4))
        leases = [await worker.hear("lease") for _ in range(4)]

    assert {bill.bill_id for bill in few} <= {lease.bill_id for lease in leases}


async def test_stream_is_drained_and_ended_when_it_grows_old(database, tmp_path):
    pace = Pace(rotation_seconds=0.2, rotation_grace_seconds=0.2)
    async with running_ingest(database, tmp_path, pace) as ingest:
        await uploaded(ingest.a)
        async with ingest.worker() as worker:
            lease = await worker.lease()
            await worker.hear("drain")
            async with asyncio.timeout(10):
                assert not await worker.call.read()
        async with ingest.worker() as worker:
            assert (await worker.finish(lease, success())).accepted


async def test_stream_is_drained_when_the_process_stops_and_still_takes_what_is_held(ingest):
    await uploaded(ingest.a, 2)

    async with ingest.worker() as worker:
        lease = await worker.lease()
        ingest.stopping.set()
        await worker.hear("drain")
        worker.say(credit=pb.Credit(leases=1))
        recorded = await worker.finish(lease, success())
        async with asyncio.timeout(10):
            assert not await worker.call.read()

    assert recorded.accepted
    assert await _queued(ingest) == 1


async def test_stream_ends_when_the_worker_hangs_up(ingest):
    await uploaded(ingest.a)

    async with ingest.worker() as worker:
        lease = await worker.lease()
        worker.say(finished=pb.Finished(job_id=lease.job_id, fencing_token=lease.fencing_token, outcome=success()))
        worker.hang_up()
        assert (await worker.hear("recorded")).accepted
        async with asyncio.timeout(10):
            assert not await worker.call.read()


async def test_stream_is_for_processes_of_ours_that_work_for_all_tenants(ingest):
    for caller in (ingest.a, ingest.service_for(ingest.a)):
        with pytest.raises(MissingScope), refusals_raised():
            async for _ in ingest.stub.WorkOnBills(_nothing(), metadata=caller.metadata):
                pass


async def _nothing():
    yield pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="w"))


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [pb.WorkOnBillsRequest()],
        [pb.WorkOnBillsRequest(credit=pb.Credit(leases=1))],
        [pb.WorkOnBillsRequest(hello=pb.WorkerHello())],
        [pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="w"))] * 2,
        [pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="w")), pb.WorkOnBillsRequest(credit=pb.Credit())],
        [
            pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="w")),
            pb.WorkOnBillsRequest(credit=pb.Credit(leases=65)),
        ],
        [
            pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="w")),
            pb.WorkOnBillsRequest(extend=pb.Extend(job_id="x")),
        ],
        [pb.WorkOnBillsRequest(hello=pb.WorkerHello(worker_id="w")), pb.WorkOnBillsRequest(finished=pb.Finished())],
    ],
    ids=["nothing", "empty", "no hello", "no name", "two hellos", "no credit", "much credit", "no job", "no ending"],
)
async def test_stream_is_refused_when_the_worker_breaks_the_protocol(ingest, requests):
    async def sent():
        for request in requests:
            yield request

    with pytest.raises(BadRequest), refusals_raised():
        async for _ in ingest.stub.WorkOnBills(sent(), metadata=ingest.service.metadata):
            pass


@pytest.mark.parametrize(
    "outcome",
    [
        reading_pb2.Outcome(),
        reading_pb2.Outcome(success=reading_pb2.Readings()),
        reading_pb2.Outcome(failure=reading_pb2.Failure(reason="because")),
        reading_pb2.Outcome(success=reading_pb2.Readings(readings=[reading_pb2.Reading(kind="poem")])),
        reading_pb2.Outcome(
            success=reading_pb2.Readings(readings=[reading_pb2.Reading(kind="bill", language="x" * OUTCOME_BYTES_MAX)])
        ),
    ],
    ids=["neither", "no reading", "unknown reason", "unknown kind", "too large"],
)
async def test_outcome_that_nobody_could_follow_is_recorded_as_unreadable(ingest, outcome):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        recorded = await worker.finish(await worker.lease(), outcome)

    assert recorded.accepted
    assert (await ingest.a.bill(bill)).failure_reason == "unreadable"
    [completion] = await ingest.a.completions()
    assert completion.outcome.failure.reason == "unreadable"


async def test_largest_outcome_reaches_a_follower(ingest):
    await uploaded(ingest.a)
    reading = reading_pb2.Reading(kind="bill", engine_version="test", pages=1)
    reading.language = "x" * (OUTCOME_BYTES_MAX - 100)
    outcome = reading_pb2.Outcome(success=reading_pb2.Readings(readings=[reading]))

    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), outcome)

    [completion] = await ingest.a.completions()
    assert completion.outcome == outcome


async def test_reparse_queues_a_finished_bill_again(ingest):
    [bill] = await uploaded(ingest.a)

    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), failure())
        job = await ingest.a.reparse(bill)
        waiting = await ingest.a.bill(bill)
        lease = await worker.lease()
        await worker.finish(lease, success())

    assert (job.state, job.attempts) == (pb.JOB_STATE_QUEUED, 0)
    assert (waiting.state, waiting.job_id) == (pb.BILL_STATE_PENDING, job.job_id)
    assert (waiting.failure_reason, waiting.HasField("completed_at")) == ("", False)
    assert (lease.job_id, lease.attempt) == (job.job_id, 1)
    assert (await ingest.a.bill(bill)).state == pb.BILL_STATE_SUCCEEDED
    assert (await ingest.a.job(bill.job_id)).state == pb.JOB_STATE_FAILED
    assert [one.job_id for one in await ingest.a.completions()] == [bill.job_id, job.job_id]
