"""The list of work: every bill of every project by what it asks of a person, and the word that nothing more is to be done."""

from aiohttp import web

from gateway.call import Call, Rooms, ask
from gateway.rest.answers import Json, choice, json_response, page_response, time_of, time_parameter
from gateway.rest.bills.shapes import bill_json
from protos.ingest.v1 import ingest_pb2
from runtime.wire import time_to_proto

URGENCIES = {
    "failed": ingest_pb2.URGENCY_FAILED,
    "doubted": ingest_pb2.URGENCY_DOUBTED,
    "waiting": ingest_pb2.URGENCY_WAITING,
    "done": ingest_pb2.URGENCY_NOTHING,
}
"""What a bill asks, by the word that people and partners use; the most urgent first."""

WORDS = {number: word for word, number in URGENCIES.items()}


async def list_work(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's bills, those that ask most first: all, or those that the query asks for."""
    page = call.page("asks", "project_id", "file_name", "failure_reason", "received_from", "received_before")
    query = call.request.query
    received_from, received_before = time_parameter(query, "received_from"), time_parameter(query, "received_before")
    request = ingest_pb2.ListWorkRequest(
        page_size=page.size,
        page_token=page.token,
        project_id=query.get("project_id", ""),
        file_name=query.get("file_name", ""),
        failure_reason=query.get("failure_reason", ""),
        received_from=time_to_proto(received_from) if received_from else None,
        received_before=time_to_proto(received_before) if received_before else None,
    )
    if "asks" in query:
        request.urgency = URGENCIES[choice(query, "asks", tuple(URGENCIES))]
    answer = await ask(rooms, call, rooms.ingest.ListWork, request)
    counts = {WORDS[one.urgency]: one.bills for one in answer.counts} or None
    return page_response(
        call, "work", [work_json(one) for one in answer.work], answer.next_page_token, further={"counts": counts}
    )


async def settle_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Note that nothing more is to be done about a bill, or that there is again."""
    fields = await call.fields()
    settled = fields.flag("settled")
    fields.end()
    request = ingest_pb2.SettleBillRequest(
        project_id=call.project_id, bill_id=call.bill_id, settled=settled is not False
    )
    bill = await ask(rooms, call, rooms.ingest.SettleBill, request)
    return json_response({**bill_json(bill), **_asked(bill)})


def work_json(work: ingest_pb2.Work) -> Json:
    """Render a bill with what it asks."""
    told = {"project_name": work.project_name, "asks": WORDS[work.urgency]}
    return {**bill_json(work.bill), **told, **_asked(work.bill)}


def _asked(bill: ingest_pb2.Bill) -> Json:
    return {"doubts": bill.doubts, "settled_at": time_of(bill, "settled_at")}
