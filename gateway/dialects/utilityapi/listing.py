"""UtilityAPI's lists: comma lists as filters, a limit, and ``next`` as the address of what follows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from domain.refusals import BadRequest, NoSuchLedgerBill
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import whole
from protos.profile.v1 import ledger_pb2

LIMIT, LIMIT_MAX = 50, 200
FILTERED_MAX = 20
"""Ids in one filter, and ways to combine those of several: each is asked for by itself."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which bills are asked for; each list empty where it does not matter. ``after`` goes on where a page ended."""

    uids: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    meters: list[str] = field(default_factory=list)
    limit: int = LIMIT
    after: str = ""
    first_day: str = ""
    until_day: str = ""

    @classmethod
    def of(cls, call: Call, *names: str) -> "Filters":
        """Read the query of a request, which may have the filters named and those of every list.

        Raises:
            BadRequest: a filter is none.
        """
        query = call.query(*names, "access_token", "limit", "after", "start", "end")
        return cls(
            uids=words(query, "uids"),
            projects=uuids(query, "authorizations"),
            accounts=uuids(query, "billing_accounts"),
            meters=uuids(query, "meters"),
            limit=whole(query, "limit", LIMIT, 1, LIMIT_MAX),
            after=query.get("after", ""),
            first_day=query.get("start", "")[:10],
            until_day=query.get("end", "")[:10],
        )

    @property
    def combinations(self) -> int:
        """How often the ledger is asked: once for each way to choose one id from each filter."""
        return max(len(self.projects), 1) * max(len(self.accounts), 1) * max(len(self.meters), 1)


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


async def listing(rooms: Rooms, call: Call, filters: Filters) -> tuple[list[ledger_pb2.LedgerBill], str | None]:
    """Return a page of bills, the one recorded last first, and the address of the next page.

    With several ids in one filter their bills come together in one page, without a next one.

    Raises:
        BadRequest: the filters have too many ids together, or ``after`` stands beside several.
    """
    if filters.after and (filters.uids or filters.combinations > 1):
        raise BadRequest("after goes on for a single id only: several ids have one page.", field="after")
    if filters.combinations > FILTERED_MAX:
        raise BadRequest(f"The ids of all filters make at most {FILTERED_MAX} combinations.")
    if filters.uids:
        return [await bill_of(rooms, call, uid) for uid in filters.uids], None
    chosen = [
        {"project_id": project, "account_id": account, "meter_id": meter}
        for project in filters.projects or [""]
        for account in filters.accounts or [""]
        for meter in filters.meters or [""]
    ]
    if len(chosen) > 1:
        found: dict[str, ledger_pb2.LedgerBill] = {}
        for one in chosen:
            answer = await _page(rooms, call, filters, one, "")
            found |= {bill.ledger_bill_id: bill for bill in answer.bills}
        newest = sorted(found.values(), key=lambda bill: -bill.recorded_at.ToNanoseconds())
        return newest[: filters.limit], None
    answer = await _page(rooms, call, filters, chosen[0], filters.after)
    if not answer.next_page_token:
        return list(answer.bills), None
    query = {**call.request.query, "after": answer.next_page_token}
    return list(answer.bills), f"{call.base_url}{call.request.path}?{urlencode(query)}"


async def _page(
    rooms: Rooms, call: Call, filters: Filters, chosen: Mapping[str, str], token: str
) -> ledger_pb2.ListLedgerBillsResponse:
    request = ledger_pb2.ListLedgerBillsRequest(
        project_id=chosen["project_id"],
        account_id=chosen["account_id"],
        meter_id=chosen["meter_id"],
        from_day=filters.first_day,
        until_day=filters.until_day,
        page_size=filters.limit,
        page_token=token,
    )
    return await ask(rooms, call, rooms.ledger.ListLedgerBills, request)


async def bill_of(rooms: Rooms, call: Call, uid: str) -> ledger_pb2.LedgerBill:
    """Return the bill of a uid.

    Raises:
        NoSuchLedgerBill: there is none.
    """
    try:
        return await ask(rooms, call, rooms.ledger.GetLedgerBill, ledger_pb2.GetLedgerBillRequest(ledger_bill_id=uid))
    except BadRequest as error:
        raise NoSuchLedgerBill from error
