"""A follower loses nothing and applies nothing twice, however often its line is cut."""

import asyncio

import pytest

from domain.ids import Position
from domain.refusals import StoreUnavailable
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.rpc.follow import BATCH_MAX, Follower

ALL = list(range(1, 1001))


class Kept:
    """What a follower's transaction keeps: the cursor and what was applied, moved together."""

    def __init__(self) -> None:
        self.applied: list[int] = []
        self.done = asyncio.Event()
        self.before_apply = lambda: None

    async def cursor(self) -> Position:
        return Position(self.applied[-1] if self.applied else 0)

    async def apply(self, messages) -> None:
        self.before_apply()
        self.applied += [message.completion.position for message in messages]
        if self.applied[-1] == ALL[-1]:
            self.done.set()


@pytest.fixture
async def followed(stub, as_tenant):
    """A follower of the small service, running; stopped at the end."""
    kept, stopping = Kept(), asyncio.Event()
    calls = []

    def open_stream(after):
        calls.append(stub.FollowCompletions(pb.FollowCompletionsRequest(after_position=after), metadata=as_tenant))
        return calls[-1]

    follower = Follower("test", open_stream=open_stream, cursor=kept.cursor, apply=kept.apply)
    running = asyncio.ensure_future(follower.run(stopping))
    yield kept, calls
    stopping.set()
    await asyncio.wait_for(running, 10)


async def test_follower_applies_everything_once_in_order(followed):
    kept, _ = followed
    await asyncio.wait_for(kept.done.wait(), 20)
    assert kept.applied == ALL


async def test_follower_resumes_from_its_cursor_when_the_line_is_cut(followed):
    kept, calls = followed
    cuts = 0

    def cut():
        nonlocal cuts
        if cuts < 3:
            cuts += 1
            calls[-1].cancel()

    kept.before_apply = cut
    await asyncio.wait_for(kept.done.wait(), 20)
    assert kept.applied == ALL
    assert len(calls) > 1


async def test_follower_applies_again_what_a_failed_transaction_left_out(followed):
    kept, _ = followed
    refusals = iter([StoreUnavailable(), StoreUnavailable()])

    def refuse():
        for refusal in refusals:
            raise refusal

    kept.before_apply = refuse
    await asyncio.wait_for(kept.done.wait(), 20)
    assert kept.applied == ALL


async def test_follower_outlives_a_defect_and_skips_nothing(followed, monkeypatch):
    monkeypatch.setattr("runtime.rpc.follow.RETRY_SECONDS_MAX", 0.1)
    kept, _ = followed
    defects = iter([RuntimeError("a defect")])

    def break_once():
        for defect in defects:
            raise defect

    kept.before_apply = break_once
    await asyncio.wait_for(kept.done.wait(), 20)
    assert kept.applied == ALL


async def test_follower_stops_while_the_stream_is_silent(followed):
    kept, _ = followed
    await asyncio.wait_for(kept.done.wait(), 20)


async def test_follower_lets_the_entries_of_a_replay_come_together():
    """Each entry takes its reader a turn, so few have arrived whenever a batch is done; many small batches would cost more."""
    stopping, sizes = asyncio.Event(), []

    class Replay:
        async def __aiter__(self):
            for position in ALL:
                await asyncio.sleep(0)
                yield position

        def cancel(self):
            return True

    async def cursor():
        return Position(0)

    async def apply(messages):
        sizes.append(len(messages))
        for _ in range(5):
            await asyncio.sleep(0)
        if messages[-1] == ALL[-1]:
            stopping.set()

    def open_stream(after):
        return Replay()

    follower = Follower("test", open_stream=open_stream, cursor=cursor, apply=apply)
    await asyncio.wait_for(follower.run(stopping), 20)
    assert sum(sizes) == len(ALL)
    assert len(sizes) <= 2 + 2 * len(ALL) // BATCH_MAX
