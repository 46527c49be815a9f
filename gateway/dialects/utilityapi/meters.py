"""UtilityAPI's authorizations, meters and bills, and Green Button feeds of what an authorization covers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeAlias

from aiohttp import web

from domain.refusals import BadRequest, NoSuchLedgerBill, NoSuchMeter, NoSuchProject
from gateway.call import Call, Rooms, ask
from gateway.days import period_of
from gateway.dialects.answers import exact_response
from gateway.dialects.lists import all_of
from gateway.dialects.utilityapi.accounting import sources_of
from gateway.dialects.utilityapi.bill_shapes import bill_json, bill_uid
from gateway.dialects.utilityapi.listing import Filters, Place, bill_of, page_of, uuids
from gateway.dialects.utilityapi.shapes import authorization_json, meter_json
from gateway.rest.exports.energy import send_feed
from gateway.rest.exports.whose import Whose, pages_of_bills
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2

_OfMeter: TypeAlias = tuple[ledger_pb2.LedgerBill, ledger_pb2.LedgerBillMeter]
_LAST = 10**7
"""Behind every day."""

_ALL, _STANDING = ledger_pb2.LEDGER_BILL_SELECTION_ALL, ledger_pb2.LEDGER_BILL_SELECTION_STANDING


async def list_authorizations(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List authorizations, the newest first."""
    wanted = uuids(call.query("uids", "access_token"), "uids")
    request = ingest_pb2.ListProjectsRequest()
    projects = [one async for one in all_of(rooms, call, rooms.ingest.ListProjects, request, "projects")]
    shown = [authorization_json(one) for one in projects if not wanted or one.project_id in wanted]
    return exact_response({"authorizations": shown, "next": None})


async def get_authorization(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one authorization."""
    request = ingest_pb2.GetProjectRequest(project_id=call.path_uuid("uid", NoSuchProject))
    return exact_response(authorization_json(await ask(rooms, call, rooms.ingest.GetProject, request)))


async def list_meters(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List meters, the newest first."""
    query = call.query("uids", "authorizations", "access_token")
    wanted, projects, found = uuids(query, "uids"), uuids(query, "authorizations"), {}
    for project_id in projects or [""]:
        request = ledger_pb2.ListLedgerMetersRequest(project_id=project_id)
        async for meter in all_of(rooms, call, rooms.ledger.ListLedgerMeters, request, "meters"):
            if not wanted or meter.meter_id in wanted:
                found[meter.meter_id] = meter
    whose = [Whose(meter_id=one) for one in found] if wanted else [Whose(project_id=one) for one in projects or [""]]
    periods = await _periods(rooms, call, whose)
    return exact_response({"meters": [meter_json(one, periods[key]) for key, one in found.items()], "next": None})


async def get_meter(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one meter."""
    meter = await _meter(rooms, call, "uid")
    periods = await _periods(rooms, call, [Whose(meter_id=meter.meter_id)])
    return exact_response(meter_json(meter, periods[meter.meter_id]))


async def list_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the bills of meters or authorizations, one a meter and statement."""
    filters = Filters.of(call, "meters", "authorizations", "start", "end", "order")
    if not filters.meters and not filters.projects:
        raise BadRequest("A filter is required: meters or authorizations.", field="meters")

    def place(bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter) -> Place:
        """Order by days; what states none comes last."""
        period = period_of(bill, meter)
        days = [date.fromisoformat(day).toordinal() for day in (period.end, period.start) if day]
        turned = days if filters.earliest_first else [-day for day in days]
        return (*(turned if len(days) == 2 else (_LAST, _LAST)), bill_uid(bill, meter))

    def items(bill: ledger_pb2.LedgerBill) -> Iterator[tuple[str, Place, _OfMeter]]:
        for meter in bill.meters:
            if (not filters.meters or meter.meter_id in filters.meters) and filters.admits(period_of(bill, meter)):
                yield bill_uid(bill, meter), place(bill, meter), (bill, meter)

    after = None
    if filters.after:
        try:
            after = place(*await _of_meter(rooms, call, filters.after))
        except NoSuchLedgerBill as error:
            raise BadRequest("There is no bill of the uid in after.", field="after") from error
    found, following = await page_of(rooms, call, filters, items, after)
    sources = await sources_of(rooms, call, [bill for bill, _ in found])
    shown = [bill_json(bill, meter, sources.get(bill.bill_id, ())) for bill, meter in found]
    return exact_response({"bills": shown, "next": following})


async def get_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one bill of one meter."""
    bill, meter = await _of_meter(rooms, call, call.request.match_info["uid"])
    sources = await sources_of(rooms, call, [bill])
    return exact_response(bill_json(bill, meter, sources.get(bill.bill_id, ())))


async def get_green_button(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send the Green Button feed of an authorization, or of one of its meters."""
    project_id = call.path_uuid("subscription", NoSuchProject)
    await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=project_id))
    meter_id = call.path_uuid("uid", NoSuchMeter) if "uid" in call.request.match_info else ""
    if meter_id:
        shown = ledger_pb2.ListLedgerBillsRequest(project_id=project_id, meter_id=meter_id, page_size=1, selection=_ALL)
        if not (await ask(rooms, call, rooms.ledger.ListLedgerBills, shown)).bills:
            raise NoSuchMeter
    return await send_feed(rooms, call, Whose(project_id=project_id, meter_id=meter_id), {})


async def _of_meter(rooms: Rooms, call: Call, uid: str) -> _OfMeter:
    """Return the bill of a uid, and the meter whose it is.

    Raises:
        NoSuchLedgerBill: there is none.
    """
    bill_id, _, line = uid.rpartition(".")
    bill = await bill_of(rooms, call, bill_id)
    meter = next((one for one in bill.meters if str(one.line) == line), None)
    if meter is None:
        raise NoSuchLedgerBill
    return bill, meter


async def _periods(rooms: Rooms, call: Call, whose: Iterable[Whose]) -> Mapping[str, Collection[values_pb2.Period]]:
    """Return the periods of the standing bills that show each meter; each bill is asked for once, however many it shows."""
    found: dict[str, dict[str, values_pb2.Period]] = defaultdict(dict)
    for one in whose:
        async for page in pages_of_bills(rooms, call, one, _STANDING):
            for bill in page:
                period = values_pb2.Period(start=bill.period.start, end=bill.period.end)
                for meter in bill.meters:
                    found[meter.meter_id][bill.ledger_bill_id] = period
    return defaultdict(tuple, {meter_id: bills.values() for meter_id, bills in found.items()})


async def _meter(rooms: Rooms, call: Call, name: str) -> ledger_pb2.LedgerMeter:
    meter_id = call.path_uuid(name, NoSuchMeter)
    return await ask(rooms, call, rooms.ledger.GetLedgerMeter, ledger_pb2.GetLedgerMeterRequest(meter_id=meter_id))
