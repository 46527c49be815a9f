"""gRPC channels of our own processes: limits, keepalive, and the token that proves us on each call."""

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import grpc

from domain.ids import TenantId
from runtime.rpc.identity import ServiceTokens
from runtime.rpc.server import KEEPALIVE_SECONDS, MESSAGE_BYTES_MAX

CALL_SECONDS = 15.0
"""Limit of one unary call; above the slowest statement the database allows."""

UPLOAD_SECONDS = 300.0
"""Limit of one upload: 25 MiB over a slow line."""

CHANNEL_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.keepalive_time_ms", KEEPALIVE_SECONDS * 1000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.lb_policy_name", "round_robin"),
)

Metadata = Sequence[tuple[str, str]]

R = TypeVar("R")
V = TypeVar("V")


def open_channel(target: str) -> grpc.aio.Channel:
    """Return a channel; it connects on first use and again whenever the peer comes back."""
    return grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)


def bearer(token: str) -> Metadata:
    """Return the metadata that carries a token."""
    return (("authorization", f"Bearer {token}"),)


class Credentials:
    """The metadata of our own calls, minted anew for each, for one tenant or for all."""

    def __init__(self, tokens: ServiceTokens) -> None:
        self._tokens = tokens

    def for_tenant(self, tenant_id: TenantId) -> Metadata:
        """Return metadata for a call on behalf of one tenant."""
        return bearer(self._tokens.mint(tenant_id))

    def for_service(self) -> Metadata:
        """Return metadata for our own work across tenants."""
        return bearer(self._tokens.mint(None))


async def answer_to(call: "grpc.aio.StreamUnaryCall[Any, R]") -> R:
    """Await the answer to a stream of requests; where it is refused before its end, raise what the server truly said.

    grpcio replaces the status that came by INTERNAL when a request under way then cannot be sent (grpc issue 36066, open in
    1.85; seen in one of a few refused uploads). Here the status is kept at the moment in which it comes.

    Raises:
        grpc.aio.AioRpcError: with the server's own status and trailers.
    """
    kept: list[grpc.aio.AioRpcError] = []

    def keep(ended: Any) -> None:
        if not kept and (code := _at_once(ended.code())) is not None:
            trailers = _at_once(ended.trailing_metadata()) or grpc.aio.Metadata()
            kept.append(grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailers, _at_once(ended.details())))

    call.add_done_callback(keep)
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        if kept and error.code() is grpc.StatusCode.INTERNAL:
            raise kept[0] from error
        raise


def _at_once(told: Coroutine[Any, Any, V]) -> V | None:
    """Return what a coroutine has ready, or None where it would wait."""
    try:
        told.send(None)
    except StopIteration as ready:
        value: V = ready.value
        return value
    finally:
        told.close()
    return None
