"""Roles: what each one needs, and how the rooms are put together from it.

The same builders serve ``billowatt up`` (all roles, one process, one gRPC server) and ``billowatt serve ROLE`` (one of them).
"""

import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

import grpc

import services.ingest.service
import services.parser.service
import services.profile.service
from billowatt.sample import PROJECT_EXTERNAL_ID, PROJECT_NAME, SAMPLES, sample
from gateway.console.samples import Samples
from gateway.console.session import Once
from gateway.service import build_gateway, build_webhooks
from runtime.component import Component
from runtime.objects import ObjectStore, open_store
from runtime.postgres import Database
from runtime.rpc.authenticate import KeyAuthenticator
from runtime.rpc.client import Credentials, open_channel
from runtime.rpc.identity import Authenticator, ServiceAuthenticator, ServiceTokens
from runtime.settings import Settings, SettingsError
from services.parser.pool import Limits, ReaderPool

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS_MAX = 20
"""Of one process; the embedded server allows 60."""


DRAWING_PROCESSES = 1
"""Pages that one parser draws at the same time; one takes some tenths of a second, and its image is kept."""


class Role(StrEnum):
    """The processes Billowatt can be split into."""

    INGEST = "ingest"
    PARSER = "parser"
    PROFILE = "profile"
    GATEWAY = "gateway"
    WEBHOOKS = "webhooks"


WITH_DATABASE = frozenset({Role.INGEST, Role.PROFILE, Role.GATEWAY, Role.WEBHOOKS})
WITH_OBJECTS = frozenset({Role.INGEST, Role.PARSER, Role.GATEWAY})


@dataclass(frozen=True, slots=True)
class House:
    """The components of the chosen roles, and who may call them."""

    components: tuple[Component, ...]
    authenticator: Authenticator


@asynccontextmanager
async def open_house(
    roles: Sequence[Role], settings: Settings, *, on_listening: Callable[[str], None], once: Once | None = None
) -> AsyncIterator[House]:
    """Open what the roles need and build their components; close it all at the end.

    ``on_listening`` is told the gateway's ``host:port`` once it listens; ``once`` holds the words that open its console.

    Raises:
        SettingsError: a setting that a role cannot do without is empty.
        StoreUnavailable: the database or the object store cannot be reached.
    """
    _require(roles, settings)
    tokens = ServiceTokens(settings.secret)
    async with AsyncExitStack() as stack:
        database = None
        if WITH_DATABASE & set(roles):
            database = await Database.open(
                settings.database_url, application_name="billowatt", connections_max=CONNECTIONS_MAX
            )
            stack.push_async_callback(database.close)
        objects = None
        if WITH_OBJECTS & set(roles):
            objects = await open_store(
                settings.objects_url,
                s3_access_key=settings.s3_access_key,
                s3_secret_key=settings.s3_secret_key,
                create_bucket=True,
            )
            stack.push_async_callback(objects.close)
        desk = _Desk(settings, database, objects, tokens, stack, on_listening, once)
        components = [await desk.build(role) for role in roles]
        authenticator: Authenticator = KeyAuthenticator(database, tokens) if database else ServiceAuthenticator(tokens)
        yield House(tuple(components), authenticator)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Builds one role after the other from what was opened for all of them."""

    settings: Settings
    database: Database | None
    objects: ObjectStore | None
    tokens: ServiceTokens
    stack: AsyncExitStack
    on_listening: Callable[[str], None]
    once: Once | None

    async def build(self, role: Role) -> Component:
        settings, credentials = self.settings, Credentials(self.tokens)
        match role:
            case Role.INGEST:
                assert self.database
                assert self.objects
                return services.ingest.service.build(settings, self.database, self.objects)
            case Role.PARSER:
                assert self.objects
                return services.parser.service.build(
                    settings,
                    pool=await self._pool(settings.parser_slots, prewarm=True),
                    drawing_pool=await self._pool(DRAWING_PROCESSES, prewarm=False),
                    objects=self.objects,
                    ingest=await self._channel(settings.ingest_address),
                    credentials=credentials,
                    worker_id=f"{socket.gethostname()}-{os.getpid()}",
                )
            case Role.PROFILE:
                assert self.database
                ingest = await self._channel(settings.ingest_address)
                return services.profile.service.build(settings, self.database, ingest, credentials)
            case Role.GATEWAY:
                assert self.database
                assert self.objects
                return build_gateway(
                    settings,
                    self.database,
                    self.objects,
                    await self._channel(settings.ingest_address),
                    await self._channel(settings.profile_address),
                    await self._channel(settings.parser_address),
                    self.tokens,
                    on_listening=self.on_listening,
                    once=self.once,
                    samples=Samples(PROJECT_NAME, PROJECT_EXTERNAL_ID, {name: sample(name) for name in SAMPLES}),
                )
            case Role.WEBHOOKS:
                assert self.database
                ingest = await self._channel(settings.ingest_address)
                profile = await self._channel(settings.profile_address)
                return build_webhooks(settings, self.database, ingest, profile, credentials)
            case _:
                assert_never(role)

    async def _channel(self, target: str) -> grpc.aio.Channel:
        return await self.stack.enter_async_context(open_channel(target))

    async def _pool(self, size: int, *, prewarm: bool) -> ReaderPool:
        limits = Limits(
            wall_seconds=self.settings.parse_wall_seconds,
            memory_bytes=self.settings.parse_memory_bytes,
            pages_max=self.settings.pages_max,
        )
        pool = ReaderPool(size, limits, engine=self.settings.ocr_engine, prewarm=prewarm)
        return await self.stack.enter_async_context(pool)


def _require(roles: Sequence[Role], settings: Settings) -> None:
    needs = {
        "BILLOWATT_DATABASE_URL": bool(settings.database_url) or not WITH_DATABASE & set(roles),
        "BILLOWATT_OBJECTS_URL": bool(settings.objects_url) or not WITH_OBJECTS & set(roles),
        "BILLOWATT_SECRET": bool(settings.secret),
    }
    missing = [name for name, there in needs.items() if not there]
    if missing:
        raise SettingsError("\n".join(f"{name} is needed by {', '.join(roles)}" for name in missing))
