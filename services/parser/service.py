"""Builds the parser: the worker that pulls bills from ingest, and the stateless gRPC service beside it."""

import asyncio

import grpc

from protos.ingest.v1 import ingest_pb2_grpc
from protos.parser.v1 import parser_pb2_grpc
from runtime.component import Component
from runtime.logs import logger
from runtime.objects import ObjectStore
from runtime.rpc.client import Credentials
from runtime.rpc.server import Servicer
from runtime.settings import Settings
from services.parser.draw.images import PageImages
from services.parser.engine import engine_version
from services.parser.pool import ReaderPool
from services.parser.process import ChildDied
from services.parser.servicer import ParserServicer
from services.parser.worker import Worker

SERVICE_NAME = "billowatt.parser.v1.Parser"


def build(
    settings: Settings,
    *,
    pool: ReaderPool,
    drawing_pool: ReaderPool,
    objects: ObjectStore,
    ingest: grpc.aio.Channel,
    credentials: Credentials,
    worker_id: str,
) -> Component:
    """Return the parser's services and tasks; the pools are open and stay the caller's to close.

    Pages are drawn by processes of their own, so that nobody who looks at a page waits behind bills being read.
    """
    images = PageImages(drawing_pool, objects, bill_bytes_max=settings.upload_bytes_max, engine=settings.ocr_engine)
    servicer = ParserServicer(pool, images, bill_bytes_max=settings.upload_bytes_max)
    worker = Worker(
        worker_id=worker_id,
        engine_version=engine_version(settings.ocr_engine),
        slots=settings.parser_slots,
        stub=ingest_pb2_grpc.IngestStub(ingest),
        credentials=credentials,
        objects=objects,
        read=pool.read,
        bill_bytes_max=settings.upload_bytes_max,
    )

    async def warm(stopping: asyncio.Event) -> None:
        warming, stopped = asyncio.ensure_future(pool.warm()), asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait({warming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if warming.done():
                await warming
        except ChildDied as died:
            # The jobs will say so as well, one by one; the rest of the house goes on.
            logger("parser").error("readers_not_started", how=died.how.value)
        finally:
            warming.cancel()
            stopped.cancel()
            await asyncio.gather(warming, stopped, return_exceptions=True)

    return Component(
        name="parser",
        servicers=(
            Servicer(SERVICE_NAME, lambda server: parser_pb2_grpc.add_ParserServicer_to_server(servicer, server)),
        ),
        tasks=(("warm", warm), ("work", worker.run)),
    )
