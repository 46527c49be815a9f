"""The worker over a real socket: credits, extensions, outcomes told until answered, leases given back."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from domain.outcome import Failure, FailureReason, Outcome
from domain.refusals import StoreUnavailable
from protos.ingest.v1 import ingest_pb2 as pb
from protos.ingest.v1 import ingest_pb2_grpc
from runtime.objects import ObjectMissing
from runtime.rpc.client import Credentials, open_channel
from runtime.rpc.identity import ServiceAuthenticator, ServiceTokens
from runtime.rpc.server import GrpcServer, Servicer
from services.parser import worker as module
from services.parser.worker import Worker
from tests.parser.desk import Desk, Files

TOKENS = ServiceTokens("a secret of at least thirty-two characters")
READ = Failure(reason=FailureReason.NO_USAGE_FOUND, detail="No usage stands on it.", engine_version="test")


class Reader:
    """Reads a bill when told to; remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.cancelled = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()
        self.outcome: Outcome = READ

    async def read(self, data: bytes, progress: Callable[[int, int], None]) -> Outcome:
        self.given.append(data)
        progress(1, 3)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        progress(3, 3)
        return self.outcome


@pytest.fixture
async def desk(tmp_path):
    serving = Desk()  # type: ignore[abstract]  # answers one method only
    servicer = Servicer(
        "billowatt.ingest.v1.Ingest", lambda server: ingest_pb2_grpc.add_IngestServicer_to_server(serving, server)
    )
    server = GrpcServer([servicer], ServiceAuthenticator(TOKENS), f"unix:{tmp_path}/s")
    await server.start()
    serving.address = server.address
    yield serving
    await server.stop(0)


@pytest.fixture
def files():
    made = Files()
    made.bytes = {f"key-{number}": f"bill {number}".encode() for number in range(1, 10)}
    return made


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def stopping():
    return asyncio.Event()


@pytest.fixture
async def working(desk, files, reader, stopping):
    """The worker's running task; stopped at the end."""
    async with open_channel(desk.address) as channel:
        worker = Worker(
            worker_id="tester",
            engine_version="test",
            slots=2,
            stub=ingest_pb2_grpc.IngestStub(channel),
            credentials=Credentials(TOKENS),
            objects=files,
            read=reader.read,
            bill_bytes_max=1000,
        )
        task = asyncio.ensure_future(worker.run(stopping))
        yield task
        stopping.set()
        reader.go.set()
        for stream in desk.streams:
            for finished in stream.of("finished") + stream.of("give_back"):
                await stream.answer(finished.fencing_token)
        await asyncio.wait_for(task, 30)


async def test_worker_says_who_it_is_and_asks_for_as_much_as_it_can_hold(desk, working):
    stream = await desk.stream()
    credit = await stream.wait_for("credit")
    assert (stream.said[0].hello.worker_id, stream.said[0].hello.engine_version) == ("tester", "test")
    assert credit.leases == 2


async def test_worker_reads_a_lease_tells_progress_and_outcome_and_asks_for_the_next(desk, working, reader):
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    finished = await stream.wait_for("finished")
    await stream.answer(1)
    await stream.wait_for("credit", 2)

    assert reader.given == [b"bill 1"]
    assert (finished.job_id, finished.fencing_token) == ("job-1", 1)
    assert finished.outcome.failure.reason == "no_usage_found"
    assert [(one.pages_done, one.pages_total) for one in stream.of("progress")] == [(1, 3), (3, 3)]
    assert stream.of("credit")[1].leases == 1


async def test_worker_extends_its_lease_while_it_reads(desk, working, reader):
    reader.go.clear()
    stream = await desk.stream()
    await stream.lease(1, b"bill 1", seconds=0.3)
    extend = await stream.wait_for("extend", 3)
    assert (extend.job_id, extend.fencing_token) == ("job-1", 1)
    reader.go.set()
    await stream.wait_for("finished")


async def test_worker_stops_reading_when_the_lease_is_lost(desk, working, reader):
    reader.go.clear()
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    await stream.wait_for("progress")
    await stream.say(pb.Extended(job_id="job-1", fencing_token=1, lease_seconds=0))
    await asyncio.wait_for(reader.cancelled.wait(), 10)
    await stream.wait_for("credit", 2)
    assert stream.of("finished") == []


async def test_worker_goes_on_reading_while_the_line_is_cut_and_tells_on_the_next_stream(desk, working, reader):
    reader.go.clear()
    first = await desk.stream()
    await first.lease(1, b"bill 1")
    await first.wait_for("progress")
    await first.cut()
    second = await desk.stream(2)
    reader.go.set()
    finished = await second.wait_for("finished")

    assert (finished.job_id, finished.fencing_token) == ("job-1", 1)
    assert (await second.wait_for("credit")).leases == 1
    assert reader.given == [b"bill 1"]


async def test_worker_tells_an_outcome_again_that_was_not_answered(desk, working):
    first = await desk.stream()
    await first.lease(1, b"bill 1")
    told = await first.wait_for("finished")
    await first.cut()
    second = await desk.stream(2)
    assert await second.wait_for("finished") == told


async def test_worker_asks_for_nothing_more_on_a_stream_that_drains(desk, working):
    stream = await desk.stream()
    await stream.wait_for("credit")
    await stream.lease(1, b"bill 1")
    await stream.say(pb.Drain())
    await stream.wait_for("finished")
    await stream.answer(1)
    await stream.cut()
    second = await desk.stream(2)
    assert (await second.wait_for("credit")).leases == 2
    assert len(stream.of("credit")) == 1


async def test_worker_that_stops_finishes_what_it_can(desk, working, reader, stopping):
    reader.go.clear()
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    await stream.wait_for("progress")
    stopping.set()
    reader.go.set()
    await stream.wait_for("finished")
    await stream.answer(1)
    await asyncio.wait_for(asyncio.shield(working), 20)
    assert stream.of("give_back") == []


async def test_worker_that_stops_gives_back_what_it_cannot_finish(desk, working, reader, stopping, monkeypatch):
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.4)
    reader.go.clear()
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    await stream.wait_for("progress")
    stopping.set()
    returned = await stream.wait_for("give_back")
    await stream.answer(1)
    await asyncio.wait_for(asyncio.shield(working), 20)
    assert (returned.job_id, returned.fencing_token) == ("job-1", 1)
    assert reader.cancelled.is_set()


async def test_worker_gives_a_bill_back_when_the_store_is_away(desk, working, files, monkeypatch):
    monkeypatch.setattr(module, "STORE_AWAY_SECONDS", 0.01)

    def away():
        raise StoreUnavailable

    files.trouble = away
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    assert (await stream.wait_for("give_back")).job_id == "job-1"


@pytest.mark.parametrize("trouble", ["gone", "altered"])
async def test_file_that_is_gone_or_altered_is_a_failure_of_its_own(trouble, desk, working, files, reader):
    def gone():
        raise ObjectMissing("key-1")

    if trouble == "gone":
        files.trouble = gone
    stream = await desk.stream()
    await stream.lease(1, b"bill 1", sha256="0" * 64 if trouble == "altered" else "")
    finished = await stream.wait_for("finished")
    assert finished.outcome.failure.reason == "corrupt"
    assert reader.given == []


async def test_outcome_too_large_for_a_message_is_a_failure(desk, working, reader):
    reader.outcome = Failure(reason=FailureReason.UNREADABLE, detail="x" * (module.OUTCOME_BYTES_MAX + 1))
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    finished = await stream.wait_for("finished")
    assert len(finished.outcome.failure.detail) < 1000


async def test_defect_in_one_reading_leaves_the_worker_at_work(desk, working, reader):
    reader.outcome = cast("Outcome", object())
    stream = await desk.stream()
    await stream.lease(1, b"bill 1")
    await stream.wait_for("credit", 2)
    reader.outcome = READ
    await stream.lease(2, b"bill 2")

    assert (await stream.wait_for("finished")).job_id == "job-2"
