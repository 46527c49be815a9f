"""Where things are kept: the database with its version, room and schema, the object store with a round trip, and the clocks."""

import hashlib
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from billowatt.doctor.check import Check, fail, ok, warn
from billowatt.remote.address import ready_of
from billowatt.roles import CONNECTIONS_MAX, ROOT
from domain.refusals import Refusal
from runtime.embedded_postgres import EmbeddedPostgresFailed
from runtime.embedded_postgres.home import find_home
from runtime.migrations import MigrationRefused, outstanding, room_folders
from runtime.objects import open_store
from runtime.postgres import owner_connection
from runtime.settings import Settings

SERVER_VERSION_MIN = 150000
"""PostgreSQL 15, as ``server_version_num`` counts."""

ROLES_WITH_CONNECTIONS = 4
SKEW_SECONDS_MAX = 5.0
"""Signatures of webhooks and of service tokens are checked against the clock, with a tolerance of minutes."""

PROBE = b"billowatt doctor"
PROBE_PREFIX = "doctor"
PROGRAM_SECONDS = 30


async def database(settings: Settings) -> list[Check]:
    """Check the database that is configured, else whether the embedded one can run."""
    if not settings.database_url:
        return [_embedded(settings)]
    try:
        async with owner_connection(settings.database_url, application_name="billowatt doctor") as connection:
            number = int(await connection.fetchval("SHOW server_version_num"))
            shown = await connection.fetchval("SHOW server_version")
            room = int(await connection.fetchval("SHOW max_connections"))
            now = await connection.fetchval("SELECT clock_timestamp()")
        checks = [_version(number, shown), _room(room), _skew(now)]
        return [*checks, await _schema(settings.database_url)]
    except Refusal as refusal:
        host = urlsplit(settings.database_url).hostname or "its socket"
        return [
            fail(
                "database",
                f"PostgreSQL at {host} does not answer: {refusal.sentence}",
                "start it, and see BILLOWATT_DATABASE_URL: postgresql://user:password@host:5432/name",
            )
        ]


def _version(number: int, shown: str) -> Check:
    if number < SERVER_VERSION_MIN:
        return fail("database", f"PostgreSQL {shown} is too old", "use PostgreSQL 15 or newer")
    return ok("database", f"PostgreSQL {shown} answers")


def _room(room: int) -> Check:
    wanted = CONNECTIONS_MAX * ROLES_WITH_CONNECTIONS
    told = f"max_connections is {room}; one process of each role takes up to {wanted}"
    if room < wanted:
        return warn("connections", told, "raise max_connections, or put a pooler in session mode before it")
    return ok("connections", told)


def _skew(now: datetime) -> Check:
    skew = (datetime.now(UTC) - now).total_seconds()
    told = f"the clocks of this machine and the database are {abs(skew):.1f} s apart"
    if abs(skew) > SKEW_SECONDS_MAX:
        return fail("clock", told, "let both follow the same time servers: timedatectl set-ntp true")
    return ok("clock", told)


async def _schema(url: str) -> Check:
    try:
        left = await outstanding(url, room_folders(ROOT))
    except MigrationRefused as error:
        return fail("schema", str(error), "run the release that made this database, or a newer one")
    if left:
        return fail("schema", f"{len(left)} migrations are not applied, first {left[0]}", "billowatt migrate")
    return ok("schema", "every migration is applied")


def _embedded(settings: Settings) -> Check:
    """See that the programs of the embedded server run, as the user that they will run as."""
    name, data = "database", settings.data.resolve() / "postgres"
    if ready_of(settings.data) is not None:
        return ok(name, f"the embedded PostgreSQL of {settings.data} runs")
    if not data.exists():
        return ok(name, f"an embedded PostgreSQL will be made in {settings.data} by `billowatt up`")
    try:
        home = find_home(data)
        command = [str(home.programs / "postgres"), "--version"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PROGRAM_SECONDS, check=True, **home.run_as()
        )
    except (EmbeddedPostgresFailed, OSError, subprocess.SubprocessError) as error:
        return fail(
            name, f"the embedded PostgreSQL cannot run: {error}", "set BILLOWATT_DATABASE_URL, or mend what it says"
        )
    return ok(name, f"{done.stdout.strip()} is ready to start on {home.folder}")


async def objects(settings: Settings) -> Check:
    """Put, get and remove a small object, and compare what came back."""
    name = "object store"
    url = settings.objects_url or (settings.data.resolve() / "objects").as_uri()
    place = url.partition("?")[0]
    if place.startswith("file:") and not (folder := Path(unquote(urlsplit(url).path))).exists():
        return ok(name, f"{folder} is not there yet, and is made when Billowatt starts")
    try:
        store = await open_store(url, s3_access_key=settings.s3_access_key, s3_secret_key=settings.s3_secret_key)
        try:
            stored = await store.put_stream(PROBE_PREFIX, _pieces())
            came = await store.read(stored.key, len(PROBE))
            await store.delete(stored.key)
        finally:
            await store.close()
    except (Refusal, ValueError, OSError, LookupError) as error:
        return fail(
            name,
            f"{place} does not take and give: {error}",
            "see BILLOWATT_OBJECTS_URL, the keys, and the rights on it",
        )
    if hashlib.sha256(came).hexdigest() != stored.sha256 or came != PROBE:
        return fail(
            name, f"{place} gave other bytes than it was given", "do not use it: its disk or its cache is broken"
        )
    return ok(name, f"{place} gave back what it was given")


async def _pieces() -> AsyncIterator[bytes]:
    yield PROBE
