"""Whole lists for dialects that know no pages, and the files behind bills."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from domain.refusals import LimitReached, NoSuchBill
from gateway.call import Errand, Records, ask
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2, review_pb2

LISTED_MAX = 20_000
"""Items of one answer; a vendor that lists all has none with more, and none may hold up the edge."""

FILES_AT_ONCE = 16


async def all_of(
    rooms: Records, call: Errand, method: Callable[..., Any], request: Any, items: str
) -> AsyncIterator[Any]:
    """Yield all items of a list that a room gives in pages.

    Raises:
        LimitReached: there are more than LISTED_MAX.
    """
    request.page_size = 200
    count = 0
    while True:
        answer = await ask(rooms, call, method, request)
        for item in getattr(answer, items):
            count += 1
            if count > LISTED_MAX:
                raise LimitReached("The list is longer than one answer holds; ask for a part of it.", limit=LISTED_MAX)
            yield item
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


async def files_of(
    rooms: Records, call: Errand, bills: Iterable[ledger_pb2.LedgerBill | review_pb2.HeldBill]
) -> dict[str, ingest_pb2.Bill]:
    """Return the uploaded documents of bills by their ids; those deleted meanwhile are left out."""
    turn = asyncio.Semaphore(FILES_AT_ONCE)
    wanted = {bill.bill_id: bill.project_id for bill in bills}

    async def one(bill_id: str, project_id: str) -> ingest_pb2.Bill | None:
        request = ingest_pb2.GetBillRequest(project_id=project_id, bill_id=bill_id)
        async with turn:
            try:
                return await ask(rooms, call, rooms.ingest.GetBill, request)
            except NoSuchBill:
                return None

    found = await asyncio.gather(*(one(bill_id, project_id) for bill_id, project_id in wanted.items()))
    return {bill.bill_id: bill for bill in found if bill is not None}
