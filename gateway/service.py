"""Builds the gateway's two roles: ``gateway`` serves HTTP, ``webhooks`` tells partners what changed."""

from collections.abc import Callable

import grpc

from gateway.call import Rooms
from gateway.links import Links
from gateway.rest.routes import ROUTES
from gateway.server import build_application, serve_http
from runtime.component import Component
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
    tokens: ServiceTokens,
    *,
    on_listening: Callable[[str], None] | None = None,
) -> Component:
    """Return the component that serves HTTP on ``settings.http_listen``.

    ``on_listening`` is told ``host:port`` once the server listens (port 0 lets the system choose one).
    ``settings.secret`` must be set: it seals the download links.
    """
    rooms = Rooms(
        settings=settings,
        database=database,
        objects=objects,
        ingest_channel=ingest_channel,
        profile_channel=profile_channel,
        credentials=Credentials(tokens),
        authenticator=KeyAuthenticator(database, tokens),
        links=Links(settings.secret),
    )
    application = build_application(rooms, ROUTES)
    return Component(name="gateway", tasks=(("http", serve_http(application, settings.http_listen, on_listening)),))
