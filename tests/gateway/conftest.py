"""The edge as it runs: real HTTP socket, real PostgreSQL, real folder store, real ingest and profile behind gRPC sockets."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest_asyncio

import services.ingest.service
import services.profile.service
from gateway.console.samples import Samples
from gateway.dialects.mounted import DIALECTS
from gateway.service import build_gateway
from protos.parser.v1 import parser_pb2_grpc
from runtime.keys import create_tenant
from runtime.objects import open_store
from runtime.rpc.client import Credentials, open_channel
from runtime.rpc.identity import ServiceTokens
from runtime.rpc.server import Servicer
from runtime.settings import Settings
from services.parser.draw.images import PageImages
from services.parser.pool import ReaderPool
from services.parser.service import SERVICE_NAME
from services.parser.servicer import ParserServicer
from tests.gateway.edge import OPERATOR_KEY, PDF, SECRET, Edge, running
from tests.gateway.receiver import receiving
from tests.gateway.rooms import play_changes, played_servicer, serving
from tests.ingest.running import HURRIED


@asynccontextmanager
async def _rooms(settings, database, objects, tokens, folder):
    """Run ingest, profile and what draws pages; yields their channel."""
    address = f"unix:{folder}/rooms.sock"
    channel = open_channel(address)
    components = [
        services.ingest.service.build(settings, database, objects, pace=HURRIED),
        services.profile.service.build(settings, database, channel, Credentials(tokens)),
    ]
    servicers = [servicer for component in components for servicer in component.servicers]
    async with (
        ReaderPool(1) as pool,
        serving(address, tokens, *servicers, _drawing(pool, objects)),
        running(*components),
    ):
        yield channel
        await channel.close()


def _drawing(pool, objects):
    images = PageImages(pool, objects, bill_bytes_max=10_000_000, engine="ppocr")
    parser = ParserServicer(pool, images, bill_bytes_max=10_000_000)
    return Servicer(SERVICE_NAME, lambda server: parser_pb2_grpc.add_ParserServicer_to_server(parser, server))


@pytest_asyncio.fixture
async def edge(request, database, tmp_path):
    """The edge as it runs; dialects that are its parameter are mounted beside ours."""
    tokens = ServiceTokens(SECRET)
    settings = Settings(
        http_listen="127.0.0.1:0", secret=SECRET, webhooks_allow_loopback=True, operator_key=OPERATOR_KEY
    )
    objects = await open_store(f"file://{tmp_path}/objects")
    changes, listening = play_changes(), asyncio.get_running_loop().create_future()
    async with (
        _rooms(settings, database, objects, tokens, tmp_path) as channel,
        serving(f"unix:{tmp_path}/changes.sock", tokens, played_servicer(changes)) as changes_address,
    ):
        changes_channel = open_channel(changes_address)
        component = build_gateway(
            settings,
            database,
            objects,
            channel,
            channel,
            channel,
            tokens,
            on_listening=listening.set_result,
            samples=Samples("Sample home", "sample", {"one.pdf": PDF, "two.pdf": PDF}),
            dialects=(*DIALECTS, *getattr(request, "param", ())),
        )
        async with database.service() as connection:
            tenant_id = await create_tenant(connection, "Test")
        async with running(component), aiohttp.ClientSession() as http:
            async with asyncio.timeout(10):
                address = await listening
            held = Edge(
                url=f"http://{address}",
                database=database,
                settings=settings,
                objects=objects,
                tokens=tokens,
                rooms_channel=channel,
                changes=changes,
                changes_channel=changes_channel,
                tenant_id=tenant_id,
                http=http,
            )
            held.key = await held.new_key()
            yield held
        await changes_channel.close()
    await objects.close()


@pytest_asyncio.fixture
async def receiver():
    async with receiving() as one:
        yield one
