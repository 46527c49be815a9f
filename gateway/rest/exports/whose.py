"""Whose bills an export holds, and the bills themselves, a page of the ledger at a time."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.refusals import BadRequest
from gateway.call import Errand, Records, ask
from gateway.rest.answers import uuid_parameter
from protos.profile.v1 import ledger_pb2
from runtime.wire import time_to_proto

WHOSE = ("project_id", "property_id", "account_id", "meter_id")
SPAN = ("from_day", "until_day")
PAGE_BILLS = 200
"""Bills that the ledger gives at once; what an export holds in memory at the most."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The ledger's own filters; empty ones do not matter."""

    project_id: str = ""
    property_id: str = ""
    account_id: str = ""
    meter_id: str = ""
    from_day: str = ""
    until_day: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Whose":
        """Read the filters of a query.

        Raises:
            BadRequest: an id or a day is none.
        """
        ids = {name: uuid_parameter(query, name) or "" for name in WHOSE}
        return cls(**ids, from_day=day_parameter(query, "from_day"), until_day=day_parameter(query, "until_day"))


def day_parameter(query: Mapping[str, str], name: str) -> str:
    """Return a day of a query, ISO 8601; empty where it is absent.

    Raises:
        BadRequest: it is none.
    """
    text = query.get(name, "")
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise BadRequest(f"{name} must be a day of the form 2026-03-02.", field=name) from error


async def pages_of_bills(
    rooms: Records,
    call: Errand,
    whose: Whose,
    selection: "ledger_pb2.LedgerBillSelection.ValueType",
    *,
    known_on: datetime | None = None,
    recorded_until: datetime | None = None,
) -> AsyncIterator[list[ledger_pb2.LedgerBill]]:
    """Yield the bills, the one recorded last first, a page at a time; at least one page, which may be empty.

    ``known_on``: as the ledger was known at that moment. ``recorded_until``: only records made before that moment.
    """
    request = ledger_pb2.ListLedgerBillsRequest(
        project_id=whose.project_id,
        property_id=whose.property_id,
        account_id=whose.account_id,
        meter_id=whose.meter_id,
        from_day=whose.from_day,
        until_day=whose.until_day,
        selection=selection,
        as_known_on=time_to_proto(known_on) if known_on else None,
        recorded_until=time_to_proto(recorded_until) if recorded_until else None,
        page_size=PAGE_BILLS,
    )
    while True:
        answer = await ask(rooms, call, rooms.ledger.ListLedgerBills, request)
        yield list(answer.bills)
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


async def meters_of(rooms: Records, call: Errand, whose: Whose) -> AsyncIterator[ledger_pb2.LedgerMeter]:
    """Yield the meters of a project, a property or an account, or the one that is named."""
    if whose.meter_id:
        request = ledger_pb2.GetLedgerMeterRequest(meter_id=whose.meter_id)
        yield await ask(rooms, call, rooms.ledger.GetLedgerMeter, request)
        return
    listed = ledger_pb2.ListLedgerMetersRequest(
        project_id=whose.project_id, property_id=whose.property_id, account_id=whose.account_id, page_size=PAGE_BILLS
    )
    while True:
        answer = await ask(rooms, call, rooms.ledger.ListLedgerMeters, listed)
        for meter in answer.meters:
            yield meter
        if not answer.next_page_token:
            return
        listed.page_token = answer.next_page_token
