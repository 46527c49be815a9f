"""The gRPC server of a role: authentication, refusals, health, reflection and limits, set once for all rooms."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from domain.refusals import NoKey, Refusal
from runtime.logs import logger
from runtime.rpc.identity import Authenticator, become
from runtime.rpc.refusals import status_of

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
"""gRPC's own default, said aloud: files travel in chunks, never in one message."""

CONNECTION_AGE_SECONDS = 600
"""Streams move to new servers at this age: round robin finds none by itself (grpc issue 12295)."""

CONNECTION_AGE_GRACE_SECONDS = 60
KEEPALIVE_SECONDS = 30
STREAMS_PER_CONNECTION_MAX = 1000

SERVER_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_connection_age_ms", CONNECTION_AGE_SECONDS * 1000),
    ("grpc.max_connection_age_grace_ms", CONNECTION_AGE_GRACE_SECONDS * 1000),
    ("grpc.max_concurrent_streams", STREAMS_PER_CONNECTION_MAX),
    ("grpc.keepalive_time_ms", KEEPALIVE_SECONDS * 1000),
    # Below what our clients send, else they are cut off for pinging too often (ENHANCE_YOUR_CALM).
    ("grpc.http2.min_recv_ping_interval_without_data_ms", KEEPALIVE_SECONDS * 1000 // 3),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.so_reuseport", 0),
)

_OPEN_TO_ALL = ("/grpc.health.v1.Health/", "/grpc.reflection.v1alpha.ServerReflection/")

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Servicer:
    """One gRPC service: its full name on the wire and how it is added to a server."""

    full_name: str
    register: Callable[[grpc.aio.Server], None]


class Edge(grpc.aio.ServerInterceptor):
    """The inner side of the wire: proves the caller, turns refusals into statuses, logs one line a call."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._log = logger("grpc")

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the handler of any of the four shapes."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_OPEN_TO_ALL):
            return handler
        metadata = handler_call_details.invocation_metadata or ()
        bearer = next((_text(value) for key, value in metadata if key == "authorization"), "")
        return _wrapped(handler, self._unary(handler, method, bearer), self._stream(handler, method, bearer))

    def _unary(self, handler: Any, method: str, bearer: str) -> Handler:
        inner = handler.unary_unary or handler.stream_unary

        async def call(request: Any, context: Any) -> Any:
            started = time.monotonic()
            try:
                await self._prove(bearer)
                return await inner(request, context)
            except Refusal as refusal:
                self._refused(method, refusal, started)
                await context.abort_with_status(status_of(refusal))
            except Exception as error:
                await self._broken(method, error, context)

        return call

    def _stream(self, handler: Any, method: str, bearer: str) -> Handler:
        inner = handler.unary_stream or handler.stream_stream

        async def call(request: Any, context: Any) -> AsyncIterator[Any]:
            started = time.monotonic()
            try:
                await self._prove(bearer)
                async for response in inner(request, context):
                    yield response
            except Refusal as refusal:
                self._refused(method, refusal, started)
                await context.abort_with_status(status_of(refusal))
            except Exception as error:
                await self._broken(method, error, context)

        return call

    async def _prove(self, bearer: str) -> None:
        kind, _, token = bearer.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise NoKey
        become(await self._authenticator.caller(token.strip()))

    def _refused(self, method: str, refusal: Refusal, started: float) -> None:
        self._log.info(
            "call_refused",
            method=method,
            reason=refusal.reason,
            milliseconds=round((time.monotonic() - started) * 1000, 1),
        )

    async def _broken(self, method: str, error: Exception, context: Any) -> None:
        if isinstance(error, grpc.aio.AbortError):
            raise error
        self._log.error("call_broke", method=method, exc_info=error)
        await context.abort(grpc.StatusCode.INTERNAL, "something went wrong inside; the log of this role has it")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _wrapped(handler: Any, unary: Handler, stream: Handler) -> Any:
    make: Callable[..., Any] = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[(handler.request_streaming, handler.response_streaming)]
    return make(
        stream if handler.response_streaming else unary,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )


class GrpcServer:
    """A running gRPC server on one address."""

    def __init__(self, servicers: Sequence[Servicer], authenticator: Authenticator, listen: str) -> None:
        self._listen = listen
        self._names = [servicer.full_name for servicer in servicers]
        self._server = grpc.aio.server(interceptors=[Edge(authenticator)], options=SERVER_OPTIONS)
        for servicer in servicers:
            servicer.register(self._server)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection([*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)
        self.address = ""

    async def start(self) -> None:
        """Listen; ``address`` then is the gRPC target to dial.

        Raises:
            OSError: the address cannot be had.
        """
        try:
            port = self._server.add_insecure_port(self._listen)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {self._listen}") from error
        host = self._listen.rpartition(":")[0]
        self.address = self._listen if self._listen.startswith("unix:") else f"{host}:{port}"
        await self._server.start()
        for name in ("", *self._names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace_seconds: float) -> None:
        """Tell health checks that we leave, let calls in hand end, then close."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_seconds)
