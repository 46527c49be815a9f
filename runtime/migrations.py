"""Migrations: plain SQL files, a folder a room, applied once each in order, and the rights of the application's role.

A file is named ``0001_name_pre.sql`` or ``0001_name_post.sql``: *pre* may run while the previous version still works,
*post* once nothing of it is left. Unqualified names land in the schema of the room.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.postgres import APP_ROLE, EVERY_TENANT, Connection, owner_connection

_MIGRATION_LOCK = 0x62696C6C6F77
"""Two migrations of one database wait for each other on this advisory lock ("billow" in ASCII)."""

lock_wait_seconds = 120
"""How long one migration waits for another one of the same database."""
table_lock_seconds = 10
"""A migration that cannot have its table lock gives up rather than make every reader queue behind it."""

_FILE_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+_(?P<phase>pre|post)\.sql")
_ROOM_NAME = re.compile(r"[a-z][a-z_]*")
_SCHEMA_FOLDERS = {
    "ingest": "services/ingest/schema",
    "profile": "services/profile/schema",
    "gateway": "gateway/schema",
}


class MigrationRefused(RuntimeError):
    """The files do not fit what was applied to this database."""


@dataclass(frozen=True, slots=True)
class _File:
    room: str
    name: str
    sql: str
    sha256: str


def room_folders(root: Path) -> dict[str, Path]:
    """Return the schema folders below ``root`` (the folder of ``services`` and ``gateway``), by room; those that exist."""
    folders = {room: root / folder for room, folder in _SCHEMA_FOLDERS.items()}
    return {room: folder for room, folder in folders.items() if folder.is_dir()}


async def migrate(admin_url: str, rooms: Mapping[str, Path]) -> list[str]:
    """Bring the schemas of ``runtime`` and of ``rooms`` up to date; return what was applied, as ``room/file``.

    ``admin_url`` logs in the owner of the tables: a superuser, or the database's owner with CREATEROLE.

    Raises:
        MigrationRefused: an applied file was changed, or a new one stands before an applied one.
        StoreUnavailable: nobody answers at ``admin_url``.
    """
    files = {room: _files(room, folder) for room, folder in {"runtime": _own_folder(), **rooms}.items()}
    applied: list[str] = []
    async with owner_connection(admin_url, application_name="billowatt migrate") as connection:
        await connection.execute(f"SET lock_timeout = '{lock_wait_seconds}s'")
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        await connection.execute(f"SET lock_timeout = '{table_lock_seconds}s'; SET client_min_messages = warning")
        await connection.execute(_ROLE)
        await connection.execute(_RECORD_OF_MIGRATIONS)
        for room, its_files in files.items():
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {room}")
            for file in await _outstanding(connection, room, its_files):
                await _apply(connection, file)
                applied.append(f"{room}/{file.name}")
            await _grant(connection, room)
    return applied


async def outstanding(admin_url: str, rooms: Mapping[str, Path]) -> list[str]:
    """Return what ``migrate`` would apply, as ``room/file``, and apply nothing; raises as it does."""
    files = {room: _files(room, folder) for room, folder in {"runtime": _own_folder(), **rooms}.items()}
    async with owner_connection(admin_url, application_name="billowatt doctor") as connection:
        if await connection.fetchval("SELECT to_regclass('runtime.migration')") is None:
            return [f"{room}/{file.name}" for room, its_files in files.items() for file in its_files]
        return [
            f"{room}/{file.name}"
            for room, its_files in files.items()
            for file in await _outstanding(connection, room, its_files)
        ]


def fingerprint(rooms: Mapping[str, Path]) -> str:
    """Return a digest of every migration of ``runtime`` and ``rooms``; equal digests make equal schemas."""
    digest = hashlib.sha256()
    for room, folder in {"runtime": _own_folder(), **rooms}.items():
        for file in _files(room, folder):
            digest.update(f"{room}/{file.name} {file.sha256}\n".encode())
    return digest.hexdigest()


def _own_folder() -> Path:
    return Path(__file__).parent / "schema"


def _files(room: str, folder: Path) -> list[_File]:
    if not _ROOM_NAME.fullmatch(room):
        raise ValueError(f"{room!r} cannot be the name of a schema")
    found = []
    for path in folder.glob("*.sql"):
        if not (name := _FILE_NAME.fullmatch(path.name)):
            raise MigrationRefused(f"{path} is not named like 0001_name_pre.sql")
        content = path.read_bytes()
        file = _File(room, path.name, content.decode(), hashlib.sha256(content).hexdigest())
        # "pre" sorts behind "post" in the alphabet, so it is put in front here.
        found.append(((name["number"], name["phase"] == "post", path.name), file))
    return [file for _, file in sorted(found, key=lambda pair: pair[0])]


async def _outstanding(connection: Connection, room: str, files: Sequence[_File]) -> list[_File]:
    rows = await connection.fetch("SELECT name, sha256 FROM runtime.migration WHERE room = $1", room)
    recorded = {row["name"]: row["sha256"] for row in rows}
    outstanding: list[_File] = []
    for file in files:
        if file.name not in recorded:
            outstanding.append(file)
        elif recorded[file.name] != file.sha256:
            raise MigrationRefused(f"{room}/{file.name} was applied and then changed; write a new file instead")
        elif outstanding:
            raise MigrationRefused(
                f"{room}/{outstanding[0].name} is new but stands before {file.name}, which was applied"
            )
    return outstanding


async def _apply(connection: Connection, file: _File) -> None:
    async with connection.transaction():
        # The owner is bound by forced row-level security as well, and a migration works across tenants.
        await connection.execute(f"SET LOCAL search_path = {file.room}; SET LOCAL billowatt.tenant = '{EVERY_TENANT}'")
        await connection.execute(file.sql)
        await connection.execute(
            "INSERT INTO runtime.migration (room, name, sha256) VALUES ($1, $2, $3)", file.room, file.name, file.sha256
        )


async def _grant(connection: Connection, room: str) -> None:
    await connection.execute(_GRANTS.format(room=room, role=APP_ROLE))
    if room == "runtime":
        await connection.execute(f"REVOKE INSERT, UPDATE, DELETE ON runtime.migration FROM {APP_ROLE}")


# Roles belong to the whole server, so another database's migration may make it at the same moment.
_ROLE = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
        BEGIN
            CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'the role {APP_ROLE} must not bypass row-level security';
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AND NOT EXISTS (
        SELECT FROM pg_auth_members WHERE roleid = '{APP_ROLE}'::regrole AND member = current_user::regrole
            AND NOT admin_option
    ) THEN
        EXECUTE format('GRANT {APP_ROLE} TO %I', current_user);
    END IF;
END
$$
"""  # noqa: S608 - the role's name is a constant

_RECORD_OF_MIGRATIONS = """
CREATE SCHEMA IF NOT EXISTS runtime;
CREATE TABLE IF NOT EXISTS runtime.migration (
    room text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room, name)
)
"""

_GRANTS = """
GRANT USAGE ON SCHEMA {room} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {room} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {room} TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {room} TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {room} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {room} GRANT USAGE, SELECT ON SEQUENCES TO {role};
"""
