"""Whether this process lives, and whether it can serve; open to all, saying nothing but yes or what is away."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
from aiohttp import web
from grpc_health.v1 import health_pb2, health_pb2_grpc

from domain.refusals import Refusal
from gateway.call import Call, Rooms
from gateway.rest.answers import json_response

CHECK_SECONDS = 2.0


async def healthz(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell that the process answers."""
    return json_response({"status": "ok"})


async def readyz(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell whether database, ingest and profile are there."""
    checks: dict[str, Callable[[], Awaitable[None]]] = {
        "database": lambda: _check_database(rooms),
        "ingest": lambda: _check_service(rooms.ingest_channel),
        "profile": lambda: _check_service(rooms.profile_channel),
    }
    found = await asyncio.gather(*(_passes(check) for check in checks.values()))
    state = {name: "ok" if good else "away" for name, good in zip(checks, found, strict=True)}
    ready = all(found)
    return json_response({"status": "ok" if ready else "away", "checks": state}, 200 if ready else 503)


async def _passes(check: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except (Refusal, TimeoutError, grpc.aio.AioRpcError, ConnectionError):
        return False
    return True


async def _check_database(rooms: Rooms) -> None:
    async with rooms.database.service(read_only=True):
        pass


async def _check_service(channel: grpc.aio.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=CHECK_SECONDS)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise ConnectionError("not serving")
