"""gRPC channels of our own processes: limits, keepalive, and the token that proves us on each call."""

from collections.abc import Sequence

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
