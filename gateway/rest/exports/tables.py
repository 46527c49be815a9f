"""Tables as files: bills, charges and usages of the ledger, a project's months and load profile; CSV, XLSX or JSON lines."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from gateway.call import Call, Rooms, ask
from gateway.exports.tables import rows
from gateway.exports.tables.rows import Row, Table
from gateway.exports.tables.spreadsheet import Spreadsheet
from gateway.exports.tables.text_forms import csv_head, csv_lines, json_lines
from gateway.http.finish import code
from gateway.rest.answers import choice
from gateway.rest.exports.whose import SPAN, WHOSE, Whose, pages_of_bills
from gateway.rest.ledger.bills import SELECTIONS
from gateway.rest.projects.known import require_project
from protos.profile.v1 import ledger_pb2, profile_pb2

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}
FORMATS = ("csv", "xlsx", "jsonl")

FILE_CHUNK_BYTES = 256 * 1024

RowsOfBill: TypeAlias = Callable[[ledger_pb2.LedgerBill], Iterator[Row]]
Pages: TypeAlias = AsyncIterator[list[Row]]

_OF_BILLS: dict[str, tuple[Table, RowsOfBill]] = {
    "bills": (rows.BILLS, rows.bill_rows),
    "charges": (rows.CHARGES, rows.charge_rows),
    "usages": (rows.USAGES, rows.usage_rows),
}


async def export_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send a table of the ledger."""
    query = call.query(*WHOSE, *SPAN, "form", "selection")
    table, rows_of = _OF_BILLS[call.request.path.rpartition("/")[2]]
    selection = SELECTIONS[choice(query, "selection", tuple(SELECTIONS))]
    bills = pages_of_bills(rooms, call, Whose.of(query), selection)

    async def pages() -> Pages:
        async with aclosing(bills):  # type: ignore[type-var]
            async for page in bills:
                yield [row for bill in page for row in rows_of(bill)]

    return await _send(call, table, choice(query, "form", FORMATS), pages())


async def export_months(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send a project's calendar months."""
    form = choice(call.query("form"), "form", FORMATS)
    await require_project(rooms, call)
    request = profile_pb2.ListMonthsRequest(project_id=call.project_id)
    months = await ask(rooms, call, rooms.profiles.ListMonths, request)
    return await _send(call, rows.MONTHS, form, _one(list(rows.month_rows(months))))


async def export_load_profile(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send a project's load profile."""
    form = choice(call.query("form"), "form", FORMATS)
    await require_project(rooms, call)
    request = profile_pb2.GetLoadProfileRequest(project_id=call.project_id)
    profile = await ask(rooms, call, rooms.profiles.GetLoadProfile, request)
    return await _send(call, rows.LOAD_PROFILE, form, _one(list(rows.load_profile_rows(profile))))


async def _one(found: list[Row]) -> Pages:
    yield found


async def _send(call: Call, table: Table, form: str, pages: Pages) -> web.StreamResponse:
    """Send pages of rows as they come. The first page is made before the status goes out, so that a refusal is one."""
    first = await anext(aiter(pages))
    response = web.StreamResponse(
        headers={
            "Content-Type": MEDIA_TYPES[form],
            "Content-Disposition": f'attachment; filename="{table.name}.{form}"',
        }
    )
    if form == "xlsx":
        return await _send_spreadsheet(call, table, first, pages, response)
    lines = csv_lines if form == "csv" else json_lines
    code(call.request, response)
    await response.prepare(call.request)
    if call.request.method != "HEAD":
        if form == "csv":
            await response.write(csv_head(table))
        await response.write(await asyncio.to_thread(lines, table, first))
        async for page in pages:
            await response.write(await asyncio.to_thread(lines, table, page))
    await response.write_eof()
    return response


async def _send_spreadsheet(
    call: Call, table: Table, first: list[Row], pages: Pages, response: web.StreamResponse
) -> web.StreamResponse:
    """Make the whole file on disk first: its directory stands at its end."""
    with tempfile.TemporaryDirectory(prefix="billowatt-export-") as folder:
        path = Path(folder) / "table.xlsx"
        sheet = Spreadsheet(path, table)
        await asyncio.to_thread(sheet.add, first)
        async for page in pages:
            await asyncio.to_thread(sheet.add, page)
        await asyncio.to_thread(sheet.close)
        response.content_length = path.stat().st_size
        await response.prepare(call.request)
        if call.request.method != "HEAD":
            with path.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, FILE_CHUNK_BYTES):
                    await response.write(chunk)
    await response.write_eof()
    return response
