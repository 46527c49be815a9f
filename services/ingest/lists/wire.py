"""The filter of a list, from its request."""

import re

from domain.refusals import BadRequest
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.wire import time_from_proto
from services.ingest import wire
from services.ingest.lists.store import BillFilter

FILE_NAME_LENGTH_MAX = 255
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STATES = {
    pb.BILL_STATE_PENDING: "pending",
    pb.BILL_STATE_SUCCEEDED: "succeeded",
    pb.BILL_STATE_FAILED: "failed",
}


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
