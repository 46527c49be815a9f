"""The pages of a bill as images, for people who check a number: drawn by a parser, kept in the object store, sent from here."""

from contextlib import aclosing

from aiohttp import ETag, hdrs, web

from domain.refusals import NoSuchPage
from gateway.call import Call, Rooms, ask
from gateway.rest.answers import choice, json_response
from protos.ingest.v1 import ingest_pb2
from protos.parser.v1 import parser_pb2
from protos.profile.v1 import profile_pb2
from runtime.objects import ObjectMissing
from runtime.rpc.refusals import refusals_raised

DRAWING_SECONDS = 60.0
"""Limit of one page; the parser's own limits end a hostile one earlier."""

PAGE_NUMBER_DIGITS_MAX = 6

HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
}
"""Kept by the browser that asked, and asked for again each time: a deleted bill must not linger on a screen."""


async def get_page(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send one page as an image; its size in points, by which boxes are placed on it, stands in the headers."""
    query = call.query("width", "boxes")
    width = int(choice(query, "width", ("1440", "480", "960", "1920")))
    boxes = choice(query, "boxes", ("false", "true")) == "true"
    number = _page_number(call.request.match_info["page"])
    bill = await ask(
        rooms, call, rooms.ingest.GetBill, ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    )
    request = parser_pb2.DrawPageRequest(object_key=bill.object_key, page=number, width_pixels=width)
    if boxes:
        reading = profile_pb2.GetReadingRequest(project_id=call.project_id, bill_id=call.bill_id)
        request.readings.extend((await ask(rooms, call, rooms.profiles.GetReading, reading)).readings)
    with refusals_raised():
        drawn = await rooms.parser.DrawPage(request, timeout=DRAWING_SECONDS, metadata=rooms.credentials.for_service())
    return await _send(rooms, call, drawn)


async def get_words(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell the words of one page with their places, for who picks a value by hand."""
    call.query()
    number = _page_number(call.request.match_info["page"])
    bill = await ask(
        rooms, call, rooms.ingest.GetBill, ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    )
    request = parser_pb2.ReadWordsRequest(object_key=bill.object_key, page=number)
    with refusals_raised():
        seen = await rooms.parser.ReadWords(request, timeout=DRAWING_SECONDS, metadata=rooms.credentials.for_service())
    return json_response(
        {
            "utility_bill_id": bill.bill_id,
            "page": number,
            "pages": seen.pages,
            "width_points": seen.width_points,
            "height_points": seen.height_points,
            "words": [
                {"text": one.text, "box": [one.box.left, one.box.top, one.box.right, one.box.bottom]}
                for one in seen.words
            ],
        }
    )


async def _send(rooms: Rooms, call: Call, drawn: parser_pb2.DrawPageResponse) -> web.StreamResponse:
    request = call.request
    entity = ETag(drawn.object_key.rpartition("/")[2])
    headers = {
        **HEADERS,
        "Billowatt-Pages": str(drawn.pages),
        "Billowatt-Page-Points": f"{drawn.width_points:.3f}x{drawn.height_points:.3f}",
    }
    if any(one.value in (entity.value, "*") for one in request.if_none_match or ()):
        unchanged = web.Response(status=304, headers=headers)
        unchanged.etag = entity
        return unchanged
    response = web.StreamResponse(headers={**headers, hdrs.CONTENT_TYPE: drawn.media_type})
    response.etag = entity
    async with aclosing(rooms.objects.open_stream(drawn.object_key)) as chunks:
        try:
            first = await anext(chunks, b"")
        except ObjectMissing as error:
            raise NoSuchPage("The page was removed a moment ago.") from error
        await response.prepare(request)
        if request.method != hdrs.METH_HEAD:
            await response.write(first)
            async for chunk in chunks:
                await response.write(chunk)
    await response.write_eof()
    return response


def _page_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= PAGE_NUMBER_DIGITS_MAX and int(text)):
        raise NoSuchPage("Pages count from 1.")
    return int(text)
