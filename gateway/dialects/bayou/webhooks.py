"""Bayou's webhooks: ``{"event", "object"}``, the object a whole bill, or all bills of a customer.

The vendor's dashboard takes an address and the events; here an endpoint is made with ``format: bayou`` at our own API.
"""

from collections.abc import Callable
from datetime import timedelta

from domain.summary import to_json
from gateway.call import Records, ask
from gateway.dialects.bayou.shapes import Available, Json, bill_json, ready_json, unparsed_json
from gateway.dialects.lists import all_of
from gateway.dialects.numbers import NumberOf, with_numbers
from gateway.rest.bills.records import link_to
from gateway.rest.exports.whose import Whose, pages_of_bills
from gateway.webhooks.events import BILL_HELD, BILLS_READY, NEW_BILL, NEW_UNPARSED_BILL, UPDATED_BILL
from gateway.webhooks.formats import Format
from gateway.webhooks.store.renderings import Rendering, Telling
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2
from runtime.wire import time_to_proto

LISTED_MAX = 1000
"""Whole bills in one body, 80 years of months; what is more is told by its periods and a count."""

LINK_MORE_SECONDS = 6 * 86_400
"""Links in a body live a week: its last attempt comes three days after the first, and a link should open then."""

CLOCKS_APART = timedelta(seconds=1)
"""By this much the clock that stamps readings may run ahead of the one that stamps events, where they are two databases'. A bill
read just after is told of early; none that was ready is left out."""

_ALL = ledger_pb2.LEDGER_BILL_SELECTION_ALL
_UNREAD = (ingest_pb2.BILL_STATE_FAILED, ingest_pb2.BILL_STATE_PENDING)

_Shown = Callable[[NumberOf], Json]


async def _render(records: Records, telling: Telling) -> Rendering:
    data, event = telling.data, telling.event_type
    bill_ids = [data["utility_bill_id"]] if data.get("utility_bill_id") else []
    if event in (NEW_BILL, UPDATED_BILL):
        request = ledger_pb2.GetLedgerBillRequest(ledger_bill_id=data["ledger_bill_id"])
        # Records never change, so it is what it was then.
        shown = _bill(records, telling, await ask(records, telling, records.ledger.GetLedgerBill, request))
    elif event == NEW_UNPARSED_BILL:
        shown = _unread(records, telling)
    elif event == BILL_HELD:
        event, shown = await _held(records, telling)
    elif event == BILLS_READY:
        shown, bill_ids = await _customer(records, telling)
    else:
        shown = _nothing
    body = await with_numbers(records, telling, lambda of: {"event": event, "object": shown(of)})
    return Rendering(body=to_json(body).encode("utf-8", "replace"), bill_ids=bill_ids)


BAYOU_WEBHOOKS = Format(
    name="bayou", events=(NEW_BILL, NEW_UNPARSED_BILL, UPDATED_BILL, BILL_HELD, BILLS_READY), render=_render
)


def _bill(records: Records, telling: Telling, bill: ledger_pb2.LedgerBill) -> _Shown:
    link = _link(records, telling, bill.project_id, bill.bill_id)
    return lambda of: bill_json(bill, link, of)


def _unread(records: Records, telling: Telling) -> _Shown:
    project_id, bill_id = telling.data["project_id"], telling.data["utility_bill_id"]
    link = _link(records, telling, project_id, bill_id)
    return lambda of: unparsed_json(project_id, bill_id, link, of)


async def _held(records: Records, telling: Telling) -> tuple[str, _Shown]:
    """Render a bill that waits for a person as one not parsed; where an earlier reading of it counts until then, as that."""
    request = ledger_pb2.ListLedgerBillsRequest(
        bill_id=telling.data["utility_bill_id"], as_known_on=time_to_proto(telling.occurred_at), page_size=1
    )
    counting = (await ask(records, telling, records.ledger.ListLedgerBills, request)).bills
    if counting:
        return UPDATED_BILL, _bill(records, telling, counting[0])
    return NEW_UNPARSED_BILL, _unread(records, telling)


async def _customer(records: Records, telling: Telling) -> tuple[_Shown, list[str]]:
    """Render the customer's bills as the ledger stood when they were ready; return also which documents they are on."""
    project_id, until = telling.data["project_id"], telling.occurred_at + CLOCKS_APART
    available, listed, read = Available(), list[ledger_pb2.LedgerBill](), set[str]()
    async for page in pages_of_bills(records, telling, Whose(project_id=project_id), _ALL, known_on=until):
        for bill in page:
            read.add(bill.bill_id)
            if bill.archived:
                continue
            available.add(bill)
            if len(listed) < LISTED_MAX:
                listed.append(bill)
    unread: list[str] = []
    # What is held until a person has looked is read, and in no record yet.
    for state in (*_UNREAD, *((ingest_pb2.BILL_STATE_SUCCEEDED,) if telling.data.get("bills_held") else ())):
        request = ingest_pb2.ListBillsRequest(project_id=project_id, state=state, received_before=time_to_proto(until))
        files = all_of(records, telling, records.ingest.ListBills, request, "bills")
        unread += [file.bill_id async for file in files if file.bill_id not in read]
    links = {bill.bill_id: _link(records, telling, project_id, bill.bill_id) for bill in listed}
    return (lambda of: ready_json(project_id, listed, unread, available, links, of)), sorted(read)


def _nothing(number_of: NumberOf) -> Json:
    return {"message": "This is a test."}


def _link(records: Records, telling: Telling, project_id: str, bill_id: str) -> str:
    return link_to(records, telling, project_id, bill_id, LINK_MORE_SECONDS)[0]
