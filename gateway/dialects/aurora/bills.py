"""Aurora's utility bills: run an upload, ask for its job's status, list, retrieve."""

from aiohttp import web

from domain.ids import JobId
from domain.refusals import NoSuchJob
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import ROOM_PAGE_SIZE, exact_response, numbered_page, whole
from gateway.dialects.aurora.projects import PER_PAGE, PER_PAGE_MAX, check_tenant
from gateway.dialects.aurora.shapes import bill_json, job_json, run_json
from gateway.rest.bills.records import fresh_link
from gateway.rest.bills.uploads import receive
from protos.ingest.v1 import ingest_pb2

LISTED_MAX = 5_000
"""Bills in one answer where no page is asked for: the vendor lists all, and no project comes near."""


async def run_upload(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Take a bill in and start reading it."""
    check_tenant(call)
    return exact_response(run_json(await receive(rooms, call)), 202)


async def get_status(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell how far a job of this project is."""
    check_tenant(call)
    job_id = JobId(call.query("job_id").get("job_id", ""))
    job = await ask(rooms, call, rooms.ingest.GetJob, ingest_pb2.GetJobRequest(job_id=job_id))
    if job.project_id != call.project_id:
        raise NoSuchJob
    return exact_response(job_json(job))


async def list_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the project's bills, newest first, each with a fresh link; by pages where asked for, else all of them."""
    check_tenant(call)
    query = call.query("page", "per_page")
    page = whole(query, "page", 1, 1, 1_000_000)
    per_page = whole(query, "per_page", PER_PAGE, 1, PER_PAGE_MAX) if query else LISTED_MAX

    async def some(token: str) -> tuple[list[ingest_pb2.Bill], str]:
        request = ingest_pb2.ListBillsRequest(project_id=call.project_id, page_size=ROOM_PAGE_SIZE, page_token=token)
        answer = await ask(rooms, call, rooms.ingest.ListBills, request)
        return list(answer.bills), answer.next_page_token

    bills = await numbered_page(some, page, per_page)
    return exact_response({"utility_bills": [bill_json(bill, fresh_link(rooms, call, bill)[0]) for bill in bills]})


async def get_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one bill with a fresh link."""
    check_tenant(call)
    request = ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    bill = await ask(rooms, call, rooms.ingest.GetBill, request)
    return exact_response({"utility_bill": bill_json(bill, fresh_link(rooms, call, bill)[0])})
