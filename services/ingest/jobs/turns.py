"""Turns: what many wish at the same time is done together, as in a group commit.

While one batch is being done, wishes gather for the next; nobody waits for others to come, and the busier it gets, the larger
the batches. Whoever finds nothing under way does the first batch, then passes the turn to the first who still waits, so no
task of its own is needed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.refusals import Refusal
from runtime.logs import logger

W = TypeVar("W")
A = TypeVar("A")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[W, A]):
    """A wish and what came of it: one answer, or an error."""

    wish: W
    answers: tuple[A, ...] = ()
    error: Exception | None = None
    abandoned: bool = False
    leads: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settled(self) -> bool:
        return bool(self.answers) or self.error is not None


class Turns(Generic[W, A]):
    """Grants wishes in batches, one batch at a time.

    ``do`` grants a batch and returns the answers in its order; all or nothing. A batch has at most ``wishes_max`` wishes, no two
    of the same ``key``, and no more than ``weight_max`` in all unless it is a single one. ``undo`` takes back an answer that
    nobody is left to hear.
    """

    def __init__(
        self,
        do: Callable[[Sequence[W]], Awaitable[Sequence[A]]],
        *,
        wishes_max: int,
        key: Callable[[W], Hashable] = id,
        weight: Callable[[W], int] = lambda _: 0,
        weight_max: int = 0,
        undo: Callable[[A], Awaitable[object]] | None = None,
    ) -> None:
        self._do = do
        self._wishes_max = wishes_max
        self._key = key
        self._weight = weight
        self._weight_max = weight_max
        self._undo = undo
        # As long as there are callers; each of them has limited what it may have under way.
        self._waiting: list[_Waiting[W, A]] = []
        self._under_way = False
        self._crowded = False
        self._log = logger("turns")

    async def grant(self, wish: W) -> A:
        """Return the answer to a wish, by this task or by another one that takes its turn before.

        Raises:
            Refusal: the batch could not be done.
            Exception: what ``do`` raised for this wish alone.
        """
        mine: _Waiting[W, A] = _Waiting(wish)
        self._waiting.append(mine)
        if not self._under_way:
            self._under_way = mine.leads = True
        try:
            while not mine.settled:
                if mine.leads:
                    await self._take_turn()
                    mine.leads = False
                    self._pass_on()
                else:
                    await mine.woken.wait()
                    mine.woken.clear()
        except asyncio.CancelledError:
            mine.abandoned = True
            if mine.answers:
                await self._take_back(mine)
            raise
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
            if mine.leads:
                self._pass_on()
        if mine.error is not None:
            raise mine.error
        return mine.answers[0]

    def _pass_on(self) -> None:
        """Let the first who waits take the next turn, or whoever comes when nobody waits."""
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].woken.set()
        else:
            self._under_way = False

    async def _take_turn(self) -> None:
        """Do the next batch; should that break, one by one, so that one wish cannot spoil the others."""
        if self._crowded:
            # Whoever the last batch answered may wish again at once: one pass of the loop, and the next batch is fuller.
            await asyncio.sleep(0)
        batch = self._next_batch()
        self._crowded = len(batch) > 1
        try:
            try:
                await self._do_together(batch)
            except Refusal as refusal:
                for each in batch:
                    each.error = refusal
            except Exception as error:
                if len(batch) == 1:
                    batch[0].error = error
                    return
                self._log.error("batch_broke", wishes=len(batch), exc_info=error)
                for each in batch:
                    await self._do_alone(each)
        except asyncio.CancelledError:
            # Whoever did this for all is gone, and whether it was done is not known: the next in turn does it again.
            self._waiting[:0] = [each for each in batch if not each.settled and not each.abandoned]
            raise
        finally:
            for each in batch:
                if each.settled:
                    each.woken.set()

    def _next_batch(self) -> list[_Waiting[W, A]]:
        """Take from the front what fits into one batch."""
        keys: set[Hashable] = set()
        weight = 0
        batch: list[_Waiting[W, A]] = []
        for each in self._waiting[: self._wishes_max]:
            key = self._key(each.wish)
            weight += self._weight(each.wish)
            if batch and (key in keys or weight > self._weight_max):
                break
            keys.add(key)
            batch.append(each)
        self._waiting = self._waiting[len(batch) :]
        return batch

    async def _do_together(self, batch: Sequence[_Waiting[W, A]]) -> None:
        answers = await self._do([each.wish for each in batch])
        for each, answer in zip(batch, answers, strict=True):
            each.answers = (answer,)
        for each in batch:
            if each.abandoned:
                await self._take_back(each)

    async def _do_alone(self, one: _Waiting[W, A]) -> None:
        try:
            await self._do_together([one])
        except Exception as error:
            one.error = error

    async def _take_back(self, one: _Waiting[W, A]) -> None:
        if self._undo is not None:
            await self._undo(one.answers[0])
