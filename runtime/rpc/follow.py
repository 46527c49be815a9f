"""Following a journal of another room over gRPC: from a saved cursor, in batches, through every cut of the line.

The cursor lives with the follower and moves in the transactions that apply what was followed, so each entry takes effect
once. Two followers at a time do no harm: the cursor's row is locked, and what it has passed is skipped.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

import grpc

from domain.ids import Position
from domain.refusals import PositionPruned, Refusal
from runtime.component import sleep_or_stop
from runtime.logs import logger
from runtime.rpc.refusals import refusals_raised

M = TypeVar("M")

BATCH_MAX = 100
"""Entries applied at a time when they wait; a lone entry waits for nobody."""

BURST_SECONDS = 0.005
"""Entries that wait for each other are looked at this often, and applied once none came in between: some times what one of a
replay takes."""

SILENCE_SECONDS = 30.0
"""A stream that says nothing for so long is dead: the sender reports progress every few seconds when idle."""

RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.1, 5.0


class Follower(Generic[M]):
    """Follows one journal until told to stop.

    ``open_stream(after)`` opens the stream of messages after a position; ``cursor()`` reads the saved position;
    ``apply(messages)`` applies messages in their order, in one transaction or several, each of which saves how far it came.
    """

    def __init__(
        self,
        name: str,
        *,
        open_stream: Callable[[Position], "grpc.aio.UnaryStreamCall[object, M]"],
        cursor: Callable[[], Awaitable[Position]],
        apply: Callable[[Sequence[M]], Awaitable[None]],
    ) -> None:
        self._open_stream = open_stream
        self._cursor = cursor
        self._apply = apply
        self._log = logger("follow").bind(follower=name)

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow until ``stopping`` is set; breaks in the line and refusals are waited out."""
        wait_seconds = RETRY_SECONDS_MIN
        while not stopping.is_set():
            try:
                async for count in self._once(stopping):
                    wait_seconds = RETRY_SECONDS_MIN if count else wait_seconds
            except PositionPruned as refusal:
                self._log.error("journal_pruned_past_cursor", sentence=refusal.sentence)
                wait_seconds = RETRY_SECONDS_MAX
            except (Refusal, grpc.aio.AioRpcError, TimeoutError) as error:
                self._log.info("follow_interrupted", error=type(error).__name__)
            except Exception as error:
                # A defect must not take down what else runs here, nor skip what it could not apply: it is tried again.
                self._log.error("follow_broke", exc_info=error)
                wait_seconds = RETRY_SECONDS_MAX
            if await sleep_or_stop(wait_seconds * random.uniform(0.5, 1.0), stopping):  # noqa: S311 jitter, no secret
                return
            wait_seconds = min(wait_seconds * 2, RETRY_SECONDS_MAX)

    async def _once(self, stopping: asyncio.Event) -> AsyncGenerator[int, None]:
        """Open the stream once and apply what comes; yields how many messages were applied at a time."""
        with refusals_raised():
            call = self._open_stream(await self._cursor())
            try:
                async with aclosing(_batches(call, stopping)) as batches:
                    async for batch in batches:
                        await self._apply(batch)
                        yield len(batch)
            finally:
                call.cancel()


async def _batches(
    call: "grpc.aio.UnaryStreamCall[object, M]", stopping: asyncio.Event
) -> AsyncGenerator[Sequence[M], None]:
    """Yield what has arrived, at least one message, at most BATCH_MAX, until the stream ends or ``stopping`` is set.

    Where several have arrived others are on their way, so these wait for them while they come: a replay applied in small batches
    costs a transaction for each at least.
    """
    arrived: _Arrived[M] = _Arrived()

    async def receive() -> None:
        try:
            async for message in call:
                await arrived.put(message)
        finally:
            arrived.end()

    async def stop() -> None:
        await stopping.wait()
        call.cancel()

    receiver, stopper = asyncio.ensure_future(receive()), asyncio.ensure_future(stop())
    try:
        while batch := await arrived.take():
            yield batch
        await asyncio.wait({receiver})
        if not receiver.cancelled() and not stopping.is_set():
            receiver.result()
    finally:
        for task in (receiver, stopper):
            task.cancel()
        await asyncio.gather(receiver, stopper, return_exceptions=True)


class _Arrived(Generic[M]):
    """Messages that came and wait to be applied: BATCH_MAX at most, then the stream waits.

    No queue, as its reader would be woken for each message: that took a quarter of a replay.
    """

    def __init__(self) -> None:
        self._messages: list[M] = []
        self._over = False
        self._some, self._enough, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def put(self, message: M) -> None:
        """Add a message once there is room."""
        while len(self._messages) >= BATCH_MAX:
            self._room.clear()
            await self._room.wait()
        self._messages.append(message)
        self._some.set()
        if len(self._messages) >= BATCH_MAX:
            self._enough.set()

    def end(self) -> None:
        """Say that nothing comes any more."""
        self._over = True
        self._some.set()
        self._enough.set()

    async def take(self) -> list[M]:
        """Take what waits, once something does; a lone message is waited with for nobody. Nothing comes after an empty answer.

        Raises:
            TimeoutError: nothing comes for SILENCE_SECONDS.
        """
        async with asyncio.timeout(SILENCE_SECONDS):
            await self._some.wait()
        count = 1
        while count < len(self._messages) and not self._enough.is_set():
            count = len(self._messages)
            with suppress(TimeoutError):
                async with asyncio.timeout(BURST_SECONDS):
                    await self._enough.wait()
        taken, self._messages = self._messages, []
        self._room.set()
        if not self._over:
            self._some.clear()
            self._enough.clear()
        return taken
