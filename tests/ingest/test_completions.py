"""Completions: one order that is that of positions and of time, of which no follower misses anything."""

import asyncio

import pytest

from domain.ids import Position
from domain.refusals import BadRequest, PositionPruned, ShuttingDown
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.journal import Journal
from runtime.rpc.refusals import refusals_raised
from tests.ingest.running import WAIT_SECONDS, pdf, success, until

WRITERS, EACH = 16, 6


async def completed(ingest, tenant, count):
    """Bills of a tenant, read one after the other."""
    project = await tenant.project()
    bills = []
    for number in range(count):
        bills.append((await tenant.upload(project.project_id, pdf(str(number)))).bill)
        async with ingest.worker() as worker:
            await worker.finish(await worker.lease(), success())
    return bills


def follow(ingest, caller, after=0, stop_at_end=False):
    return ingest.stub.FollowCompletions(
        pb.FollowCompletionsRequest(after_position=after, stop_at_end=stop_at_end), metadata=caller.metadata
    )


async def test_follower_loses_nothing_when_16_workers_complete_at_the_same_time(ingest):
    tenants = [ingest.a, ingest.b, await ingest.tenant(), await ingest.tenant()]
    for tenant in tenants:
        project = await tenant.project()
        await asyncio.gather(
            *(tenant.upload(project.project_id, pdf(str(number))) for number in range(WRITERS * EACH // len(tenants)))
        )

    async def work(number):
        async with ingest.worker(f"worker-{number}") as worker:
            for _ in range(EACH):
                assert (await worker.finish(await worker.lease(), success())).accepted

    seen = []

    async def tail():
        call = follow(ingest, ingest.service)
        async for message in call:
            if message.WhichOneof("message") == "completion":
                seen.append(message.completion)
            if len(seen) == WRITERS * EACH:
                call.cancel()
                return

    async with asyncio.timeout(WAIT_SECONDS * 2):
        await asyncio.gather(tail(), *(work(number) for number in range(WRITERS)))

    assert [one.position for one in seen] == list(range(1, WRITERS * EACH + 1))
    times = [one.completed_at.ToNanoseconds() for one in seen]
    assert times == sorted(set(times))
    assert len({one.bill_id for one in seen}) == WRITERS * EACH
    assert await ingest.service.completions() == seen


async def test_follower_resumes_behind_its_position(ingest):
    bills = await completed(ingest, ingest.a, 3)

    assert [one.bill_id for one in await ingest.a.completions(after=1)] == [bill.bill_id for bill in bills[1:]]
    assert await ingest.a.completions(after=3) == []


async def test_follower_of_a_tenant_sees_its_own_only_and_one_of_ours_sees_all(ingest):
    ours, theirs = await completed(ingest, ingest.a, 1), await completed(ingest, ingest.b, 1)
    more = await completed(ingest, ingest.a, 1)

    assert [(one.position, one.bill_id) for one in await ingest.a.completions()] == [
        (1, ours[0].bill_id),
        (3, more[0].bill_id),
    ]
    assert [one.bill_id for one in await ingest.service_for(ingest.b).completions()] == [theirs[0].bill_id]
    assert [one.position for one in await ingest.service.completions()] == [1, 2, 3]


async def test_follower_that_tails_hears_of_its_position_when_nothing_happens_and_of_what_comes_next(ingest):
    await completed(ingest, ingest.a, 1)

    call = follow(ingest, ingest.a)
    async with asyncio.timeout(WAIT_SECONDS):
        assert (await call.read()).completion.position == 1
        assert [(await call.read()).progress.position for _ in range(3)] == [1, 1, 1]
        [bill] = await completed(ingest, ingest.a, 1)
        while (message := await call.read()).WhichOneof("message") == "progress":
            pass
    call.cancel()

    assert (message.completion.position, message.completion.bill_id) == (2, bill.bill_id)


async def test_follower_is_told_when_what_it_asks_for_was_pruned(ingest):
    await completed(ingest, ingest.a, 3)
    async with ingest.database.service() as connection:
        await Journal("ingest.completion").prune(connection, Position(2))

    with pytest.raises(PositionPruned), refusals_raised():
        await ingest.a.completions(after=1)
    assert [one.position for one in await ingest.a.completions(after=2)] == [3]


async def test_follower_is_told_when_its_position_lies_behind_the_end(ingest):
    await completed(ingest, ingest.a, 1)

    with pytest.raises(PositionPruned), refusals_raised():
        await ingest.a.completions(after=2)


async def test_follower_is_refused_when_its_position_is_negative(ingest):
    with pytest.raises(BadRequest), refusals_raised():
        await ingest.a.completions(after=-1)


async def test_follower_is_let_go_when_the_process_stops(ingest):
    call = follow(ingest, ingest.a)
    await call.read()

    ingest.stopping.set()

    with pytest.raises(ShuttingDown), refusals_raised():
        await _read_to_the_end(call)


async def _read_to_the_end(call):
    async with asyncio.timeout(WAIT_SECONDS):
        while await call.read():
            pass


async def test_follower_that_goes_away_leaves_nothing_running(ingest):
    before = len(asyncio.all_tasks())
    for _ in range(5):
        call = follow(ingest, ingest.a)
        await call.read()
        call.cancel()

    async def all_ended():
        return len(asyncio.all_tasks()) <= before

    await until(all_ended)


async def test_of_jobs_that_end_at_the_same_time_exactly_the_last_one_finds_none_open(ingest):
    project = await ingest.a.project()
    count = 12
    for number in range(count):
        await ingest.a.upload(project.project_id, pdf(str(number)))
    leased = asyncio.Barrier(count)

    async def work(number):
        async with ingest.worker(f"worker-{number}") as worker:
            lease = await worker.lease()
            await leased.wait()
            assert (await worker.finish(lease, success())).accepted

    async with asyncio.timeout(WAIT_SECONDS):
        await asyncio.gather(*(work(number) for number in range(count)))
    call = follow(ingest, ingest.a, stop_at_end=True)
    told = [message.completion async for message in call if message.WhichOneof("message") == "completion"]
    assert [one.jobs_open for one in told] == list(range(count))[::-1]
    assert all(one.HasField("jobs_open") for one in told)


async def test_deleting_the_bill_that_others_wait_for_leaves_no_job_open(ingest):
    project = await ingest.a.project()
    waiting = (await ingest.a.upload(project.project_id, pdf("a"))).bill
    await ingest.a.upload(project.project_id, pdf("b"))
    await ingest.a.delete(waiting)
    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), success())
    call = follow(ingest, ingest.a, stop_at_end=True)
    told = [message.completion async for message in call if message.WhichOneof("message") == "completion"]
    assert [one.jobs_open for one in told] == [1, 0]


async def test_deleting_a_bill_says_how_many_jobs_are_open_only_where_it_ended_one(ingest):
    project = await ingest.a.project()
    read_once = (await ingest.a.upload(project.project_id, pdf("a"))).bill
    read_again = (await ingest.a.upload(project.project_id, pdf("b"))).bill
    async with ingest.worker() as worker:
        for _ in range(2):
            await worker.finish(await worker.lease(), success())
    await ingest.a.reparse(read_again)
    await ingest.a.delete(read_once)
    await ingest.a.delete(read_again)
    call = follow(ingest, ingest.a, stop_at_end=True)
    told = [message.completion async for message in call if message.WhichOneof("message") == "completion"]
    gone = [one for one in told if one.WhichOneof("what") == "deleted"]
    assert [(one.HasField("jobs_open"), one.jobs_open) for one in gone] == [(False, 0), (True, 0)]
