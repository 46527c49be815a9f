"""UtilityAPI's lists: comma lists as filters, a limit, an order, and ``next`` as the address of what follows.

What a page holds is found by walking all bills that the filters choose, of which no more are kept than the page has: so several
ids make one list, in one order, page after page.
"""

import math
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

from domain.refusals import BadRequest, NoSuchLedgerBill
from gateway.bodies import EARLIEST, LATEST
from gateway.call import Call, Rooms, ask
from gateway.days import last_day
from gateway.dialects.answers import whole
from gateway.rest.answers import choice
from gateway.rest.exports.whose import Whose, pages_of_bills
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2

T = TypeVar("T")

LIMIT = LIMIT_MAX = 1000
"""Items of one page, as the vendor has it."""

FILTERED_MAX = 100
"""Ids in one filter, and ways to combine those of several: the bills of each are walked by themselves."""

ORDERS = ("latest_first", "earliest_first")
_STANDING = ledger_pb2.LEDGER_BILL_SELECTION_STANDING

Place: TypeAlias = tuple[str | int, ...]
"""Where an item stands in its list; the smaller, the earlier."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which bills are asked for; each list empty where it does not matter. ``after`` names the last item of the page before.

    ``start`` and ``end`` bound when a bill starts at the earliest, and when its last day is at the latest.
    """

    uids: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    meters: list[str] = field(default_factory=list)
    limit: int = LIMIT
    after: str = ""
    start: datetime | None = None
    end: datetime | None = None
    earliest_first: bool = False
    in_order_of_record: bool = False
    """The list stands in the order in which the ledger gives bills, so that its walk may end early."""

    @classmethod
    def of(cls, call: Call, *names: str) -> "Filters":
        """Read the query of a request, which may have the filters named and those of every list.

        Raises:
            BadRequest: a filter is none, or their ids have too many ways to be combined.
        """
        query = call.query(*names, "access_token", "limit", "after")
        found = cls(
            uids=words(query, "uids"),
            projects=uuids(query, "authorizations"),
            accounts=uuids(query, "billing_accounts"),
            meters=uuids(query, "meters"),
            limit=whole(query, "limit", LIMIT, 1, LIMIT_MAX),
            after=query.get("after", ""),
            start=_moment(query, "start"),
            end=_moment(query, "end"),
            earliest_first="order" in query and choice(query, "order", ORDERS) == ORDERS[1],
            in_order_of_record="uids" in names,
        )
        if math.prod(len(ids) or 1 for ids in (found.projects, found.accounts, found.meters)) > FILTERED_MAX:
            raise BadRequest(f"The ids of all filters make at most {FILTERED_MAX} combinations.")
        return found

    def combinations(self) -> Iterable[Whose]:
        """Yield whose bills are asked for: one way to choose one id from each filter after the other."""
        for project_id in self.projects or [""]:
            for account_id in self.accounts or [""]:
                for meter_id in self.meters or [""]:
                    yield Whose(
                        project_id=project_id,
                        account_id=account_id,
                        meter_id=meter_id,
                        from_day=self.start.date().isoformat() if self.start else "",
                        until_day=(self.end.date() + timedelta(days=1)).isoformat() if self.end else "",
                    )

    def admits(self, period: values_pb2.Period) -> bool:
        """Return whether a bill of these days lies within what is asked for; one that states none lies within no bounds."""
        if self.start is None and self.end is None:
            return True
        if not period.start or not period.end:
            return False
        first, last = _midnight(date.fromisoformat(period.start)), _midnight(last_day(period) or date.max)
        return (self.start is None or first >= self.start) and (self.end is None or last <= self.end)


def words(query: Mapping[str, str], name: str) -> list[str]:
    """Return what stands in a comma list.

    Raises:
        BadRequest: there are too many.
    """
    found = [one.strip() for one in query.get(name, "").split(",") if one.strip()]
    if len(found) > FILTERED_MAX:
        raise BadRequest(f"{name} holds at most {FILTERED_MAX} ids.", field=name)
    return found


def uuids(query: Mapping[str, str], name: str) -> list[str]:
    """Return the ids of a comma list.

    Raises:
        BadRequest: one is none, or there are too many.
    """
    try:
        return [str(uuid.UUID(one)) for one in words(query, name)]
    except ValueError as error:
        raise BadRequest(f"{name} must be ids with commas between them.", field=name) from error


async def page_of(
    rooms: Rooms,
    call: Call,
    filters: Filters,
    items_of: Callable[[ledger_pb2.LedgerBill], Iterable[tuple[str, Place, T]]],
    after: Place | None,
    recorded_until: datetime | None = None,
) -> tuple[list[T], str | None]:
    """Return a page of what standing bills hold, in the order of its places, and the address of the next page.

    ``items_of`` gives what a bill holds: the uid, the place and the item of each. ``after``: only what stands behind it.
    """
    best: dict[str, tuple[Place, T]] = {}
    for whose in dict.fromkeys(filters.combinations()):
        async for page in pages_of_bills(rooms, call, whose, _STANDING, recorded_until=recorded_until):
            for bill in page:
                best |= {uid: (place, item) for uid, place, item in items_of(bill) if after is None or place > after}
            best = dict(sorted(best.items(), key=lambda one: one[1][0])[: filters.limit + 1])
            is_full = len(best) > filters.limit
            if filters.in_order_of_record and is_full and page and page[-1].ledger_bill_id not in best:
                # What comes behind was recorded earlier still.
                break
    uids = list(best)[: filters.limit]
    following = None
    if len(best) > filters.limit:
        query = {**call.request.query, "after": uids[-1]}
        following = f"{call.base_url}{call.request.path}?{urlencode(query)}"
    return [best[uid][1] for uid in uids], following


async def bill_of(rooms: Rooms, call: Call, uid: str) -> ledger_pb2.LedgerBill:
    """Return the bill of a uid.

    Raises:
        NoSuchLedgerBill: there is none.
    """
    try:
        return await ask(rooms, call, rooms.ledger.GetLedgerBill, ledger_pb2.GetLedgerBillRequest(ledger_bill_id=uid))
    except BadRequest as error:
        raise NoSuchLedgerBill from error


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a day of a query as its midnight, or a moment as it is; UTC where no zone is named.

    Raises:
        BadRequest: it is neither.
    """
    text = query.get(name, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{name} must be a day or a time, ISO 8601.", field=name) from error
    return min(max(found, EARLIEST), LATEST)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)
