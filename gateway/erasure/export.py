"""What a tenant brought in and what was made of it, as one ZIP that is made while it is sent.

Held in memory are the projects, the bills of one of them, and a piece of a file; nothing lies on disk.

``projects.ndjson``, and for each project its ``bills.ndjson``, ``readings.ndjson``, ``load_profile.json``,
``accounts.ndjson`` and the files themselves; for the whole ``ledger_bills.ndjson`` (every record, archived ones too),
``properties.ndjson``, ``events.ndjson`` (what the journal still keeps) and ``audit_log.ndjson``. Files are stored as they are,
for PDF and images are packed already.

Not in it: keys and webhook endpoints, which hold secrets, with their delivery logs; what callers keep with accounts and
meters; temperatures, snapshots and ratings of properties; and what is worked out anew when asked for (hours, months).
"""

import io
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from domain.refusals import Absent
from domain.summary import to_json
from gateway.call import Call, Rooms, ask
from gateway.http.kept.store import WriteFilter, list_writes
from gateway.messages import message_json
from gateway.rest.account.audit import write_json
from gateway.rest.bills.shapes import bill_json, reading_json
from gateway.rest.ledger.shapes import account_json
from gateway.rest.live.events import event_json
from gateway.rest.projects.shapes import load_profile_json, project_json
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2, profile_pb2, properties_pb2
from runtime.objects import ObjectMissing

PAGE = 200


class _Pipe(io.RawIOBase):
    """What zipfile writes into; taken away after each piece."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        whole, self._parts = b"".join(self._parts), []
        return whole


async def export(rooms: Rooms, call: Call) -> AsyncGenerator[bytes, None]:
    """Yield the archive piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        async for name, contents in _entries(rooms, call):
            packing = zipfile.ZipInfo(name)
            packing.compress_type = zipfile.ZIP_STORED if "/files/" in name else zipfile.ZIP_DEFLATED
            with archive.open(packing, "w", force_zip64=True) as entry:
                async for piece in contents:
                    entry.write(piece)
                    if made := pipe.taken():
                        yield made
    yield pipe.taken()


async def _entries(rooms: Rooms, call: Call) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
    projects = [project async for project in _projects(rooms, call)]
    yield "projects.ndjson", _lines([project_json(project) for project in projects])
    for project in projects:
        folder = f"projects/{project.project_id}"
        bills = [bill async for bill in _bills(rooms, call, project.project_id)]
        yield f"{folder}/bills.ndjson", _lines([bill_json(bill) for bill in bills])
        yield f"{folder}/readings.ndjson", _readings(rooms, call, bills)
        yield f"{folder}/load_profile.json", _load_profile(rooms, call, project.project_id)
        yield f"{folder}/accounts.ndjson", _accounts(rooms, call, project.project_id)
        for bill in bills:
            yield f"{folder}/files/{bill.bill_id}/{bill.file_name}", _file(rooms, bill)
    yield "ledger_bills.ndjson", _ledger_bills(rooms, call)
    yield "properties.ndjson", _properties(rooms, call)
    yield "events.ndjson", _events(rooms, call)
    yield "audit_log.ndjson", _writes(rooms, call)


def _projects(rooms: Rooms, call: Call) -> AsyncIterator[ingest_pb2.Project]:
    request = ingest_pb2.ListProjectsRequest(page_size=PAGE)
    return _listed(rooms, call, rooms.ingest.ListProjects, request, "projects")


def _bills(rooms: Rooms, call: Call, project_id: str) -> AsyncIterator[ingest_pb2.Bill]:
    request = ingest_pb2.ListBillsRequest(project_id=project_id, page_size=PAGE)
    return _listed(rooms, call, rooms.ingest.ListBills, request, "bills")


async def _listed(rooms: Rooms, call: Call, method: Any, request: Any, name: str) -> AsyncIterator[Any]:
    """Yield what stands under ``name`` on all pages of a room's list."""
    while True:
        page = await ask(rooms, call, method, request)
        for one in getattr(page, name):
            yield one
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


async def _readings(rooms: Rooms, call: Call, bills: list[ingest_pb2.Bill]) -> AsyncIterator[bytes]:
    for bill in bills:
        request = profile_pb2.GetReadingRequest(project_id=bill.project_id, bill_id=bill.bill_id)
        try:
            told = reading_json(bill.project_id, await ask(rooms, call, rooms.profiles.GetReading, request))
        except Absent:
            continue
        summary = to_json(told.pop("summary"))
        yield f'{_text(told)[:-1]},"summary":{summary}}}\n'.encode()


async def _load_profile(rooms: Rooms, call: Call, project_id: str) -> AsyncIterator[bytes]:
    request = profile_pb2.GetLoadProfileRequest(project_id=project_id, explain=True)
    try:
        yield _text(load_profile_json(await ask(rooms, call, rooms.profiles.GetLoadProfile, request))).encode()
    except Absent:
        yield b"null"


async def _accounts(rooms: Rooms, call: Call, project_id: str) -> AsyncIterator[bytes]:
    request = profile_pb2.ListAccountsRequest(project_id=project_id, page_size=PAGE)
    async for account in _listed(rooms, call, rooms.profiles.ListAccounts, request, "accounts"):
        yield f"{_text(account_json(account))}\n".encode()


async def _ledger_bills(rooms: Rooms, call: Call) -> AsyncIterator[bytes]:
    every = ledger_pb2.LEDGER_BILL_SELECTION_ALL
    request = ledger_pb2.ListLedgerBillsRequest(selection=every, page_size=PAGE)
    async for bill in _listed(rooms, call, rooms.ledger.ListLedgerBills, request, "bills"):
        yield f"{_text(message_json(bill))}\n".encode()


async def _properties(rooms: Rooms, call: Call) -> AsyncIterator[bytes]:
    request = properties_pb2.ListPropertiesRequest(page_size=PAGE)
    async for one in _listed(rooms, call, rooms.properties.ListProperties, request, "properties"):
        yield f"{_text(message_json(one))}\n".encode()


async def _file(rooms: Rooms, bill: ingest_pb2.Bill) -> AsyncIterator[bytes]:
    try:
        async with aclosing(rooms.objects.open_stream(bill.object_key)) as chunks:
            async for chunk in chunks:
                yield chunk
    except ObjectMissing:
        # Deleted while the archive was made.
        return


async def _events(rooms: Rooms, call: Call) -> AsyncIterator[bytes]:
    async with aclosing(rooms.changes.replay_kept(call.tenant_id)) as found:
        async for change in found:
            if (event := event_json(change)) is not None:
                yield f"{_text(event)}\n".encode()


async def _writes(rooms: Rooms, call: Call) -> AsyncIterator[bytes]:
    token = ""
    while True:
        async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
            page, token = await list_writes(connection, call.tenant_id, WriteFilter(), size=PAGE, token=token)
        for write in page:
            yield f"{_text(write_json(write))}\n".encode()
        if not token:
            return


async def _lines(items: list[dict[str, Any]]) -> AsyncIterator[bytes]:
    for item in items:
        yield f"{_text(item)}\n".encode()


def _text(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
