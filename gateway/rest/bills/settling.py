"""A bill that somebody decided about asks nothing more of anybody: ingest, which lists what asks for a person, is told so."""

from domain.refusals import Refusal
from gateway.call import Call, Rooms, ask
from protos.ingest.v1 import ingest_pb2
from runtime.logs import logger


async def settle_decided(rooms: Rooms, call: Call) -> None:
    """Note that nothing more is to be done about the bill of the path; the decision stands, whatever becomes of the note."""
    request = ingest_pb2.SettleBillRequest(project_id=call.project_id, bill_id=call.bill_id, settled=True)
    try:
        await ask(rooms, call, rooms.ingest.SettleBill, request)
    except Refusal as refusal:
        # It is being read anew, or was deleted meanwhile, or ingest is away: then it stays in the list, where it can be settled.
        logger("gateway").info("bill_not_settled", bill_id=call.bill_id, reason=refusal.reason)
