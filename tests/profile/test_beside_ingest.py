"""Profile beside the real ingest: what parsers report there is what is answered here."""

from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from domain.outcome import Failure, Success
from protos.profile.v1 import profile_pb2 as pb
from runtime.wire import outcome_to_proto
from tests.ingest.running import RunningIngest, pdf, running_ingest
from tests.profile.readings import electric_bill, failure, success
from tests.profile.running import RunningProfile, profile_beside, reason_of


@pytest_asyncio.fixture
async def ingest(database, tmp_path) -> AsyncIterator[RunningIngest]:
    async with running_ingest(database, tmp_path) as running:
        yield running


def beside(ingest: RunningIngest):
    return profile_beside(ingest.database, ingest.server.address, ingest.credentials)


async def read(ingest: RunningIngest, *outcomes: Success | Failure) -> None:
    """Let one worker after the other take a lease; report the outcomes in the opposite order of the leases."""
    workers, leases = [], []
    for number in range(len(outcomes)):
        context = ingest.worker(f"worker-{number}")
        workers.append((context, await context.__aenter__()))
        leases.append(await workers[-1][1].lease())
    for (context, worker), lease, outcome in reversed(list(zip(workers, leases, outcomes, strict=True))):
        assert (await worker.finish(lease, outcome_to_proto(outcome))).accepted
        await context.__aexit__(None, None, None)


async def changed(profile: RunningProfile, parsed: int, removed: int = 0) -> list[pb.Change]:
    """Follow changes until so many bills were parsed, or failed, and so many were removed."""

    def seen_all(seen: list[pb.Change]) -> bool:
        erased = sum(one.HasField("erased") for one in seen)
        return (
            sum(one.HasField("parse_completed") for one in seen) + erased >= parsed
            and sum(one.HasField("bill_removed") for one in seen) >= removed
        )

    return await profile.changes(seen_all)


async def load_profile(profile: RunningProfile, tenant, project) -> pb.LoadProfile:
    request = pb.GetLoadProfileRequest(project_id=project.project_id)
    answer: pb.LoadProfile = await profile.stub.GetLoadProfile(  # type: ignore[misc]  # an asynchronous stub
        request, metadata=profile.of(tenant.tenant_id), timeout=10
    )
    return answer


async def test_bill_parsed_later_is_active_though_it_was_uploaded_first(ingest):
    project = await ingest.a.project()
    first = (await ingest.a.upload(project.project_id, pdf("first"))).bill
    await ingest.a.upload(project.project_id, pdf("second"))
    async with beside(ingest) as profile:
        await read(ingest, success(electric_bill(kwh=500)), success(electric_bill(kwh=700)))
        await changed(profile, 2)
        answer = await load_profile(profile, ingest.a, project)
    assert answer.active_bill_id == first.bill_id
    assert (answer.months[2].energy_kwh, answer.version) == ("500.0000", 2)


async def test_failed_reparse_keeps_the_reading_and_deletion_takes_everything(ingest):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, pdf("one"))).bill
    async with beside(ingest) as profile:
        await read(ingest, success())
        await changed(profile, 1)
        await ingest.a.reparse(bill)
        await read(ingest, failure())
        changes = await changed(profile, 2)
        assert changes[-1].parse_completed.succeeded is False
        assert (await load_profile(profile, ingest.a, project)).version == 1
        await ingest.a.delete(bill)
        await changed(profile, 0, removed=1)
        # Followed anew: what was told before the deletion is erased from the journal too.
        changes = await changed(profile, 0, removed=1)
        assert [one.WhichOneof("what") for one in changes] == [
            "erased",
            "months_changed",
            "profile_changed",
            "erased",
            "bills_ready",
            "erased",
            "bills_ready",
            "months_changed",
            "profile_changed",
            "bill_removed",
        ]
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await load_profile(profile, ingest.a, project)
        assert reason_of(refused.value) == "NO_LOAD_PROFILE"


async def test_what_happened_while_profile_was_away_is_caught_up_with_once(ingest):
    project = await ingest.a.project()
    await ingest.a.upload(project.project_id, pdf("one"))
    async with beside(ingest) as profile:
        await read(ingest, success(electric_bill(kwh=500)))
        before = await changed(profile, 1)
    for number in range(3):
        await ingest.a.upload(project.project_id, pdf(str(number)))
        await read(ingest, success(electric_bill(kwh=600 + number)))
    async with beside(ingest) as profile:
        after = await changed(profile, 4)
        assert after[: len(before)] == before
        assert (await load_profile(profile, ingest.a, project)).months[2].energy_kwh == "602.0000"
    assert [one.position for one in after] == list(range(1, len(after) + 1))
    assert len({one.event_id for one in after}) == len(after)


async def test_bills_are_ready_once_every_bill_of_the_project_is_read_or_failed(ingest):
    project, other = await ingest.a.project(), await ingest.a.project()
    await ingest.a.upload(project.project_id, pdf("one"))
    async with beside(ingest) as profile:
        await ingest.a.upload(project.project_id, pdf("two"))
        await ingest.a.upload(other.project_id, pdf("three"))
        await read(ingest, success())
        first = await changed(profile, 1)
        assert not any(one.HasField("bills_ready") for one in first)
        await read(ingest, failure(), success())
        changes = await profile.changes(lambda seen: sum(one.HasField("bills_ready") for one in seen) == 2)
    ready = {one.project_id: one.bills_ready for one in changes if one.HasField("bills_ready")}
    assert (ready[project.project_id].bills_parsed, ready[project.project_id].bills_unparsed) == (1, 1)
    assert (ready[other.project_id].bills_parsed, ready[other.project_id].bills_unparsed) == (1, 0)
    unparsed = [one.bill_unparsed for one in changes if one.HasField("bill_unparsed")]
    assert [one.failure_reason for one in unparsed] == ["unreadable"]


async def test_bills_are_ready_when_the_last_open_job_goes_with_its_bill_though_that_was_read_before(ingest):
    project = await ingest.a.project()
    again = (await ingest.a.upload(project.project_id, pdf("read, and to be read again"))).bill
    async with beside(ingest) as profile:
        await read(ingest, success())
        await changed(profile, 1)
        waiting = (await ingest.a.upload(project.project_id, pdf("waiting"))).bill
        # Its second job waits behind the other bill's.
        await ingest.a.reparse(again)
        await read(ingest, success(electric_bill(kwh=700)))
        seen = await changed(profile, 2)
        assert [one.parse_completed.bill_id for one in seen if one.HasField("parse_completed")] == [
            again.bill_id,
            waiting.bill_id,
        ]
        assert sum(one.HasField("bills_ready") for one in seen) == 1
        await ingest.a.delete(again)
        changes = await profile.changes(lambda seen: sum(one.HasField("bills_ready") for one in seen) == 2)
    assert (changes[-1].bills_ready.bills_parsed, changes[-1].bills_ready.bills_unparsed) == (1, 0)
