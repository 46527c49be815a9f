"""The edge holds pieces of bodies, never bodies: its memory stays flat while many large ones stream through it."""

import asyncio
import sys
from pathlib import Path

import aiohttp

from runtime.keys import create_key, create_tenant
from runtime.rpc.identity import ServiceTokens
from tests.gateway.edge import SECRET
from tests.gateway.rooms import draining_servicer, serving

MIB = 1024 * 1024
BODIES = 8
BODY_BYTES = 24 * MIB
GROWTH_BYTES_MAX = BODIES * 3 * MIB
"""Far below the bodies (192 MiB), generously above the pieces in flight and what an allocator keeps."""

CHILD = """
import asyncio, sys
from gateway.service import build_gateway
from runtime.objects import open_store
from runtime.postgres import Database
from runtime.rpc.client import open_channel
from runtime.rpc.identity import ServiceTokens
from runtime.settings import Settings
from runtime.logs import configure_logs

async def main(database_url, rooms, folder, secret):
    configure_logs("error", "json")
    database = await Database.open(database_url, application_name="edge")
    objects = await open_store("file://" + folder)
    channel = open_channel(rooms)
    settings = Settings(http_listen="127.0.0.1:0", secret=secret)
    told = lambda address: print(address, flush=True)
    edge = build_gateway(settings, database, objects, channel, channel, channel, ServiceTokens(secret), on_listening=told)
    task = dict(edge.tasks)["http"]
    await task(asyncio.Event())

asyncio.run(main(*sys.argv[1:]))
"""


def resident_bytes(process_id):
    status = Path(f"/proc/{process_id}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


async def body():
    piece = b"x" * (256 * 1024)
    yield b"%PDF-1.7\n"
    for _ in range(BODY_BYTES // len(piece)):
        yield piece


async def test_memory_stays_flat_while_large_bodies_stream(database, database_url, tmp_path):
    tokens = ServiceTokens(SECRET)
    async with database.service() as connection:
        tenant_id = await create_tenant(connection, "Test")
        _, key = await create_key(connection, tenant_id, name="test", scopes=["upload"])
    async with serving(f"unix:{tmp_path}/rooms.sock", tokens, draining_servicer()) as rooms:
        edge = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", CHILD, database_url, rooms, f"{tmp_path}/objects", SECRET),
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        try:
            async with asyncio.timeout(60):
                assert edge.stdout
                address = (await edge.stdout.readline()).decode().strip()
                url = f"http://{address}/v1/projects/7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e/utility_bills"
                async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:

                    async def upload(data):
                        async with http.post(url, data=data) as answer:
                            assert answer.status == 202, await answer.text()
                            return (await answer.json())["size_bytes"]

                    await asyncio.gather(*(upload(b"%PDF-1.7 small") for _ in range(BODIES)))
                    before = resident_bytes(edge.pid)
                    sizes = await asyncio.gather(*(upload(body()) for _ in range(BODIES)))
                    grown = resident_bytes(edge.pid) - before
        finally:
            edge.kill()
            await edge.wait()
    assert min(sizes) > BODY_BYTES
    assert grown < GROWTH_BYTES_MAX, f"{grown / MIB:.1f} MiB for {BODIES} bodies"
