"""Filters of lists from their requests, and the list of work to its message, with page tokens of its own."""

import base64
import re
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.ids import ProjectId
from domain.refusals import BadPageToken, BadRequest, NoSuchProject
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.wire import time_from_proto
from services.ingest import wire
from services.ingest.lists.store import BillFilter, Urgency, WorkFilter
from services.ingest.records import Bill, BillState, PageKey

FILE_NAME_LENGTH_MAX = 255
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STATES = {
    pb.BILL_STATE_PENDING: "pending",
    pb.BILL_STATE_SUCCEEDED: "succeeded",
    pb.BILL_STATE_FAILED: "failed",
}
_URGENCIES = {
    pb.URGENCY_FAILED: Urgency.FAILED,
    pb.URGENCY_DOUBTED: Urgency.DOUBTED,
    pb.URGENCY_WAITING: Urgency.WAITING,
    pb.URGENCY_NOTHING: Urgency.NOTHING,
}
_OF_URGENCY = {urgency: number for number, urgency in _URGENCIES.items()}
_REASON = re.compile(r"[a-z_]{1,64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOKEN = struct.Struct(">Bq16s")


def bill_filter(request: pb.ListBillsRequest) -> BillFilter:
    """Return which bills are asked for.

    Raises:
        BadRequest: a field holds what no bill can have.
    """
    if request.state and request.state not in _STATES:
        raise BadRequest("state must be one that a bill can have", field="state")
    if request.sha256 and not _SHA256.fullmatch(request.sha256):
        raise BadRequest("sha256 must be 64 hexadecimal digits in lower case", field="sha256")
    return BillFilter(
        state=_STATES.get(request.state),
        file_name=wire.plain_text("file_name", request.file_name, length_max=FILE_NAME_LENGTH_MAX) or None,
        received_from=time_from_proto(request.received_from) if request.HasField("received_from") else None,
        received_before=time_from_proto(request.received_before) if request.HasField("received_before") else None,
        sha256=request.sha256 or None,
    )


def work_filter(request: pb.ListWorkRequest) -> WorkFilter:
    """Return which bills of the list of work are asked for.

    Raises:
        BadRequest: a field holds what no bill can have.
        NoSuchProject: project_id is none.
    """
    if request.urgency and request.urgency not in _URGENCIES:
        raise BadRequest("urgency must be one that a bill can have", field="urgency")
    if request.failure_reason and not _REASON.fullmatch(request.failure_reason):
        raise BadRequest("failure_reason must be small letters and underscores", field="failure_reason")
    project_id = wire.canonical_id(request.project_id) if request.project_id else None
    if request.project_id and project_id is None:
        raise NoSuchProject
    return WorkFilter(
        urgency=_URGENCIES.get(request.urgency),
        project_id=ProjectId(project_id) if project_id else None,
        file_name=wire.plain_text("file_name", request.file_name, length_max=FILE_NAME_LENGTH_MAX) or None,
        failure_reason=request.failure_reason or None,
        received_from=time_from_proto(request.received_from) if request.HasField("received_from") else None,
        received_before=time_from_proto(request.received_before) if request.HasField("received_before") else None,
    )


def work_to_proto(
    found: Sequence[tuple[Bill, str]], size: int, counts: Mapping[Urgency, int], *, with_key: bool
) -> pb.ListWorkResponse:
    """Return a page of at most ``size`` bills; one found beyond it says that there is another page."""
    shown = found[:size]
    return pb.ListWorkResponse(
        work=[
            pb.Work(
                bill=wire.bill_to_proto(bill, with_key=with_key),
                project_name=name,
                urgency=_OF_URGENCY[_urgency(bill)],
            )
            for bill, name in shown
        ],
        next_page_token=_work_token(shown[-1][0]) if len(found) > size else "",
        counts=[pb.UrgencyCount(urgency=_OF_URGENCY[one], bills=bills) for one, bills in counts.items()],
    )


def work_key(token: str) -> PageKey | None:
    """Return where the page before ended; None for the first page.

    Raises:
        BadPageToken: the token was not made for this list.
    """
    if not token:
        return None
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        urgency, microseconds, last_id = _TOKEN.unpack(packed)
        at = _EPOCH + timedelta(microseconds=microseconds)
        return PageKey(at, str(UUID(bytes=last_id)), Urgency(urgency))
    except (ValueError, struct.error, OverflowError) as error:
        raise BadPageToken from error


def _work_token(last: Bill) -> str:
    microseconds = (last.received_at - _EPOCH) // timedelta(microseconds=1)
    packed = _TOKEN.pack(_urgency(last), microseconds, UUID(last.bill_id).bytes)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def _urgency(bill: Bill) -> Urgency:
    """Return what the table's own column says."""
    if bill.state is BillState.PENDING:
        return Urgency.WAITING
    if bill.settled_at is not None:
        return Urgency.NOTHING
    if bill.state is BillState.FAILED:
        return Urgency.FAILED
    return Urgency.DOUBTED if bill.doubts else Urgency.NOTHING
