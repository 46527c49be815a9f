"""Turns: wishes of the same time are granted together, each gets its own answer, and nobody is forgotten."""

import asyncio

import pytest

from domain.refusals import StoreUnavailable
from services.ingest.jobs.turns import Turns


class Doer:
    """Grants wishes when let; notes its batches."""

    def __init__(self):
        self.batches = []
        self._permits = asyncio.Semaphore(0)
        self.refused = set()
        self.undone = []

    async def do(self, wishes):
        self.batches.append(list(wishes))
        await self._permits.acquire()
        if self.refused & set(wishes):
            raise ValueError("one of them cannot be granted")
        return [wish.upper() for wish in wishes]

    def allow(self, batches):
        """Let so many batches be done."""
        for _ in range(batches):
            self._permits.release()

    async def begun(self, batches):
        """Wait until so many batches were begun."""
        for _ in range(100):
            if len(self.batches) >= batches:
                return
            await asyncio.sleep(0)
        raise AssertionError("the batch was not begun")

    async def undo(self, answer):
        self.undone.append(answer)


async def _wish(turns, *wishes):
    """Tasks that wish, in this order."""
    tasks = [asyncio.ensure_future(turns.grant(wish)) for wish in wishes]
    await asyncio.sleep(0)
    return tasks


async def test_wishes_that_come_while_a_batch_is_done_are_granted_together():
    doer = Doer()
    turns = Turns(doer.do, wishes_max=10)

    tasks = await _wish(turns, "a", "b", "c", "d")
    doer.allow(10)

    assert await asyncio.gather(*tasks) == ["A", "B", "C", "D"]
    assert doer.batches == [["a"], ["b", "c", "d"]]
    assert await turns.grant("e") == "E"


async def test_batch_holds_no_more_than_its_limits_and_no_two_of_a_key():
    doer = Doer()
    turns = Turns(doer.do, wishes_max=3, key=lambda wish: str(wish)[0], weight=len, weight_max=4)

    tasks = await _wish(turns, "a", "b1", "b2", "c", "d", "e", "f", "long one", "g")
    doer.allow(10)
    await asyncio.gather(*tasks)

    assert doer.batches == [["a"], ["b1"], ["b2", "c", "d"], ["e", "f"], ["long one"], ["g"]]


async def test_wish_that_breaks_its_batch_spoils_no_other():
    doer = Doer()
    doer.refused = {"c"}
    turns = Turns(doer.do, wishes_max=10)

    tasks = await _wish(turns, "a", "b", "c", "d")
    doer.allow(10)
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [answers[0], answers[1], answers[3]] == ["A", "B", "D"]
    assert isinstance(answers[2], ValueError)


async def test_refusal_is_told_to_all_of_the_batch():
    async def away(_):
        raise StoreUnavailable

    turns = Turns(away, wishes_max=10)

    answers = await asyncio.gather(*(turns.grant(wish) for wish in "abc"), return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    with pytest.raises(StoreUnavailable):
        await turns.grant("d")


async def test_batch_is_done_by_the_next_when_whoever_did_it_goes_away():
    doer = Doer()
    turns = Turns(doer.do, wishes_max=10)
    first, second, third = await _wish(turns, "a", "b", "c")
    doer.allow(1)
    await first
    await doer.begun(2)

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    doer.allow(10)

    assert await third == "C"
    assert doer.batches == [["a"], ["b", "c"], ["c"]]


async def test_answer_that_nobody_hears_is_taken_back():
    doer = Doer()
    turns = Turns(doer.do, wishes_max=10, undo=doer.undo)
    first, second, third, fourth = await _wish(turns, "a", "b", "c", "d")
    doer.allow(1)
    await first
    await doer.begun(2)

    third.cancel()
    await asyncio.gather(third, return_exceptions=True)
    doer.allow(10)

    assert await asyncio.gather(second, fourth) == ["B", "D"]
    assert doer.undone == ["C"]


async def test_wish_that_is_abandoned_before_its_turn_is_not_granted():
    doer = Doer()
    turns = Turns(doer.do, wishes_max=10)
    first, second, third = await _wish(turns, "a", "b", "c")

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    doer.allow(10)

    assert await asyncio.gather(first, third) == ["A", "C"]
    assert doer.batches == [["a"], ["c"]]
