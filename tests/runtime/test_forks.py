"""Processes started as another user survive a gRPC server at work in the process that starts them."""

import asyncio
import os

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

FORKS = 60


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process as another user, which forks")
async def test_process_started_as_another_user_lives_beside_grpc():
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)

        async def speak() -> None:
            while True:
                await stub.Check(health_pb2.HealthCheckRequest())

        speaking = [asyncio.ensure_future(speak()) for _ in range(4)]
        codes = []
        for _ in range(FORKS):
            process = await asyncio.create_subprocess_exec("true", user=65534)
            codes.append(await asyncio.wait_for(process.wait(), 20))
        for task in speaking:
            task.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
    await server.stop(0)
    assert codes == [0] * FORKS
