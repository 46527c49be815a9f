"""Builds the gateway's two roles: ``gateway`` serves HTTP, ``webhooks`` tells partners what changed."""

import asyncio
from collections.abc import Callable, Sequence
from functools import cache

import grpc

from domain.ids import Position
from gateway.call import Records, Rooms
from gateway.console.routes import build_console
from gateway.console.samples import Samples
from gateway.console.session import Once, Sessions
from gateway.dialects.dialect import Dialect
from gateway.dialects.mounted import DIALECTS
from gateway.http.kept.upkeep import tidying
from gateway.links import Links
from gateway.live.changes import Changes
from gateway.live.jobs import Jobs
from gateway.live.places import Places
from gateway.openapi.document import build_document
from gateway.openapi.papers import Papers, print_papers
from gateway.problems import kinds
from gateway.rest.routes import ROUTES
from gateway.server import build_application, serve_http
from gateway.webhooks.dispatch import Dispatcher
from gateway.webhooks.follow import changes_follower, saved_cursor
from gateway.webhooks.formats import Formats
from gateway.webhooks.guard import Guard
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.seal import Seal
from gateway.webhooks.send import Sender
from protos.ingest.v1.ingest_pb2_grpc import IngestStub
from protos.parser.v1.parser_pb2_grpc import ParserStub
from protos.profile.v1.ledger_pb2_grpc import LedgerStub
from protos.profile.v1.profile_pb2_grpc import ProfilesStub
from protos.profile.v1.properties_pb2_grpc import PropertiesStub
from protos.profile.v1.review_pb2_grpc import ReviewsStub
from protos.profile.v1.snapshots_pb2_grpc import SnapshotsStub
from runtime.component import Component
from runtime.journal import Journal, JournalKeeper
from runtime.objects import ObjectStore
from runtime.postgres import Database
from runtime.rpc.authenticate import KeyAuthenticator
from runtime.rpc.client import Credentials
from runtime.rpc.identity import ServiceTokens
from runtime.settings import Settings


def build_gateway(
    settings: Settings,
    database: Database,
    objects: ObjectStore,
    ingest_channel: grpc.aio.Channel,
    profile_channel: grpc.aio.Channel,
    parser_channel: grpc.aio.Channel,
    tokens: ServiceTokens,
    *,
    on_listening: Callable[[str], None] | None = None,
    once: Once | None = None,
    samples: Samples | None = None,
    dialects: Sequence[Dialect] = DIALECTS,
) -> Component:
    """Return the component that serves HTTP on ``settings.http_listen``.

    ``on_listening`` is told ``host:port`` once the server listens (port 0 lets the system choose one); ``once`` holds the words
    that open the console without a key, ``samples`` the bills for a first look around.
    ``settings.secret`` must be set: it seals the download links.
    """
    credentials = Credentials(tokens)
    ingest, profiles = IngestStub(ingest_channel), ProfilesStub(profile_channel)
    rooms = Rooms(
        settings=settings,
        database=database,
        objects=objects,
        ingest_channel=ingest_channel,
        profile_channel=profile_channel,
        ingest=ingest,
        profiles=profiles,
        parser=ParserStub(parser_channel),
        ledger=LedgerStub(profile_channel),
        properties=PropertiesStub(profile_channel),
        snapshots=SnapshotsStub(profile_channel),
        reviews=ReviewsStub(profile_channel),
        credentials=credentials,
        authenticator=KeyAuthenticator(database, tokens),
        links=Links(settings.secret),
        seal=Seal(settings.secret, settings.secret_before),
        changes=Changes(profiles, credentials),
        jobs=Jobs(ingest, credentials),
        places=Places(),
        papers=_papers(),
        formats=formats_of(dialects, settings),
    )
    sessions = Sessions(rooms.seal, settings.public_url)
    console = build_console(sessions, once or Once(), samples or Samples())
    application = build_application(rooms, ROUTES, (*dialects, console), own_key_of=sessions.bearer_or_session)
    serving = serve_http(application, settings.http_listen, on_listening)
    tidy = tidying(database, settings.audit_days)
    tasks = (("http", serving), ("live", rooms.changes.hub.run), ("jobs", rooms.jobs.run), ("tidy", tidy))
    return Component(name="gateway", tasks=tasks)


def formats_of(dialects: Sequence[Dialect], settings: Settings) -> Formats:
    """Return the formats of webhooks that dialects bring."""
    return Formats((one.webhooks for one in dialects if one.webhooks is not None), settings.public_url)


def build_webhooks(
    settings: Settings,
    database: Database,
    ingest_channel: grpc.aio.Channel,
    profile_channel: grpc.aio.Channel,
    credentials: Credentials,
    *,
    schedule: Schedule | None = None,
    dialects: Sequence[Dialect] = DIALECTS,
) -> Component:
    """Return the component that turns profile's changes into events and delivers them.

    Ingest and profile are asked for what events tell of where an endpoint wants it in another vendor's words.
    """
    records = Records(
        database=database,
        ingest=IngestStub(ingest_channel),
        ledger=LedgerStub(profile_channel),
        links=Links(settings.secret),
        credentials=credentials,
    )
    seal = Seal(settings.secret, settings.secret_before)
    follower = changes_follower(database, profile_channel, credentials)

    async def dispatch(stopping: asyncio.Event) -> None:
        guard = Guard(allow_loopback=settings.webhooks_allow_loopback)
        async with Sender(guard, timeout_seconds=settings.webhook_timeout_seconds) as sender:
            dispatcher = Dispatcher(
                database,
                sender,
                guard,
                seal,
                schedule=schedule or Schedule(),
                workers=settings.webhook_workers,
                log_days=settings.webhook_log_days,
                records=records,
                formats=formats_of(dialects, settings),
            )
            await dispatcher.run(stopping)

    async def cursor() -> Position:
        return await saved_cursor(database)

    read = JournalKeeper(database).reading(Journal("profile.change"), "webhooks", cursor)
    return Component(name="webhooks", tasks=(("follow", follower.run), ("dispatch", dispatch), ("read", read)))


@cache
def _papers() -> Papers:
    """Print the document and its pages, once a process: they are the same in every gateway."""
    return print_papers(build_document(ROUTES), kinds())
