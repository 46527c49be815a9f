"""Refusals over gRPC: one translation to the wire, one back.

A refusal travels as ``google.rpc.Status`` with an ``ErrorInfo`` (reason, domain ``billowatt``, metadata) in the trailer
``grpc-status-details-bin``; the client gets the same class back. Everything else is INTERNAL and keeps its details inside.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from domain.refusals import Refusal, ShuttingDown, StoreUnavailable, TimedOut, leaves

ERROR_DOMAIN = "billowatt"
_DETAILS_KEY = "grpc-status-details-bin"


def status_of(refusal: Refusal) -> grpc.Status:
    """Return the gRPC status with rich details that carries a refusal."""
    code = grpc.StatusCode[refusal.grpc_status]
    info = error_details_pb2.ErrorInfo(reason=refusal.reason, domain=ERROR_DOMAIN, metadata=refusal.metadata)
    packed = Any()
    packed.Pack(info)
    status = status_pb2.Status(code=code.value[0], message=refusal.sentence, details=[packed])
    wire: grpc.Status = rpc_status.to_status(status)
    return wire


def refusal_of(error: grpc.aio.AioRpcError) -> Refusal | None:
    """Return the refusal that an RPC error carries, or None where it carries none of ours."""
    for key, value in error.trailing_metadata() or ():
        if key != _DETAILS_KEY:
            continue
        status = status_pb2.Status.FromString(value if isinstance(value, bytes) else value.encode())
        for detail in status.details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info) and info.domain == ERROR_DOMAIN and info.reason in leaves():
                return leaves()[info.reason](status.message, **dict(info.metadata))
    return None


@contextmanager
def refusals_raised() -> Iterator[None]:
    """Raise what an RPC in this block was refused with as the refusal itself.

    Raises:
        Refusal: the peer's own, or Unavailable and TimedOut leaves for a peer that is away or slow.
        grpc.aio.AioRpcError: everything else (INTERNAL, UNIMPLEMENTED, ...).
    """
    try:
        yield
    except grpc.aio.AioRpcError as error:
        refusal = refusal_of(error)
        if refusal is not None:
            raise refusal from error
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            raise TimedOut from error
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            raise StoreUnavailable("a service that this call needs is away") from error
        if error.code() is grpc.StatusCode.CANCELLED:
            raise ShuttingDown("the service dropped the call") from error
        raise
