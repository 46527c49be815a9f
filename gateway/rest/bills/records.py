"""Bills and their jobs: listed, retrieved with a fresh link, read, read again, deleted; and the link's other end."""

import time
from contextlib import aclosing

from aiohttp import web

from domain.ids import BillId, ProjectId
from domain.refusals import NoSuchBill, StoreUnavailable
from domain.summary import to_json
from gateway.call import Call, Errand, Records, Rooms, ask
from gateway.links import Link, link_end
from gateway.rest.answers import choice, json_response, page_response, time_parameter
from gateway.rest.bills.shapes import STATES, bill_json, job_json, reading_json
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from runtime.filenames import content_disposition
from runtime.objects import ObjectMissing
from runtime.rpc.client import CALL_SECONDS
from runtime.rpc.refusals import refusals_raised
from runtime.wire import time_to_proto

PRESIGNED_SECONDS = 60
"""A redirect is followed at once; the object store's own link needs no longer life."""

FILE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}
"""A bill may be hostile: no browser may run or embed what it holds."""


async def list_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List a project's bills, newest first: all, or those that the query asks for."""
    page = call.page("status", "file_name", "received_from", "received_before", "sha256")
    query = call.request.query
    received_from, received_before = time_parameter(query, "received_from"), time_parameter(query, "received_before")
    request = ingest_pb2.ListBillsRequest(
        project_id=call.project_id,
        page_size=page.size,
        page_token=page.token,
        file_name=query.get("file_name", ""),
        received_from=time_to_proto(received_from) if received_from else None,
        received_before=time_to_proto(received_before) if received_before else None,
        sha256=query.get("sha256", ""),
    )
    if "status" in query:
        request.state = STATES[choice(query, "status", tuple(STATES))]
    answer = await ask(rooms, call, rooms.ingest.ListBills, request)
    return page_response(call, "utility_bills", [bill_json(one) for one in answer.bills], answer.next_page_token)


async def get_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve a bill with a link that downloads its file for the next 24 hours."""
    request = ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    bill = await ask(rooms, call, rooms.ingest.GetBill, request)
    file_url, expires_at = fresh_link(rooms, call, bill)
    return json_response({**bill_json(bill), "file_url": file_url, "file_url_expires_at": _rfc3339(expires_at)})


def fresh_link(rooms: Records, call: Errand, bill: ingest_pb2.Bill, more_seconds: int = 0) -> tuple[str, int]:
    """Return an address that downloads a bill's file without a key, and until when it works [Unix seconds]."""
    return link_to(rooms, call, bill.project_id, bill.bill_id, more_seconds)


def link_to(rooms: Records, call: Errand, project_id: str, bill_id: str, more_seconds: int = 0) -> tuple[str, int]:
    """Return what ``fresh_link`` does, of a bill that is known by its ids only."""
    expires_at = link_end(time.time() + more_seconds)
    link = Link(
        tenant_id=call.tenant_id,
        project_id=ProjectId(project_id),
        bill_id=BillId(bill_id),
        expires_at=expires_at,
    )
    return f"{call.base_url}/d/{rooms.links.seal(link)}", expires_at


async def delete_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Remove a bill, its file and everything read from it."""
    request = ingest_pb2.DeleteBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    await ask(rooms, call, rooms.ingest.DeleteBill, request)
    return web.Response(status=204)


async def reparse_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue a bill to be read again."""
    request = ingest_pb2.ReparseBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    job = await ask(rooms, call, rooms.ingest.ReparseBill, request)
    return json_response(job_json(job), 202, {"Location": f"/v1/jobs/{job.job_id}"})


async def get_reading(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve everything that was read from a bill."""
    request = profile_pb2.GetReadingRequest(project_id=call.project_id, bill_id=call.bill_id)
    answer = await ask(rooms, call, rooms.profiles.GetReading, request)
    told = reading_json(call.project_id, answer)
    return json_response(told, exact={"summary": to_json(told.pop("summary"))})


async def get_job(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell how far a job is."""
    job = await ask(rooms, call, rooms.ingest.GetJob, ingest_pb2.GetJobRequest(job_id=call.job_id))
    return json_response(job_json(job))


async def download_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send the file that a link grants: by redirect where the store has links of its own, else from here."""
    link = rooms.links.open(call.request.match_info["token"], time.time())
    request = ingest_pb2.GetBillRequest(project_id=link.project_id, bill_id=link.bill_id)
    with refusals_raised():
        bill = await rooms.ingest.GetBill(
            request, timeout=CALL_SECONDS, metadata=rooms.credentials.for_tenant(link.tenant_id)
        )
    elsewhere = await rooms.objects.presign(bill.object_key, PRESIGNED_SECONDS, bill.file_name, bill.content_type)
    if elsewhere is not None:
        return web.Response(status=302, headers={**FILE_HEADERS, "Location": elsewhere})
    return await _send_file(rooms, call, bill)


async def _send_file(rooms: Rooms, call: Call, bill: ingest_pb2.Bill) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            **FILE_HEADERS,
            "Content-Type": bill.content_type,
            "Content-Disposition": content_disposition("attachment", bill.file_name),
        }
    )
    response.content_length = bill.size_bytes
    async with aclosing(rooms.objects.open_stream(bill.object_key)) as chunks:
        # The first piece is taken before the status goes out: a missing file must not look like an empty one.
        try:
            first = await anext(chunks, b"")
        except ObjectMissing as error:
            raise NoSuchBill from error
        await response.prepare(call.request)
        if call.request.method != "HEAD":
            sent = len(first)
            await response.write(first)
            async for chunk in chunks:
                sent += len(chunk)
                await response.write(chunk)
            if sent != bill.size_bytes:
                raise StoreUnavailable("the object store broke off")
    await response.write_eof()
    return response


def _rfc3339(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
