"""What the edge keeps in PostgreSQL: turns, first answers, the audit log. Each statement once."""

import base64
import binascii
import struct
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

from domain.ids import TenantId
from domain.refusals import BadPageToken
from runtime.postgres import Connection

REPEAT_HOURS = 24
"""For so long a repeated request is answered as it was the first time."""

PAGE_SIZE = 50
_TOKEN = struct.Struct(">qq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The first answer to a request; ``body`` is sealed."""

    fingerprint: bytes
    status: int
    location: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWrite:
    """A write about to be made. ``key_id`` None: the operator's; ``tenant_id`` None: of no one tenant."""

    tenant_id: str | None
    key_id: str | None
    operation: str
    method: str
    path: str
    request_id: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(NewWrite):
    """One write as the audit log tells it. ``status`` None: not answered, or not yet."""

    audit_id: int
    at: datetime
    status: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFilter:
    """Which writes to list; None: all. ``since`` counts in, ``until`` does not."""

    operation: str | None = None
    key_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def take_turn(connection: Connection, what: str) -> None:
    """Make those who change the same thing take turns until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('turn ' || $1, 0))", what)


async def try_turn(connection: Connection, what: str) -> bool:
    """Take the turn where nobody has it, until the transaction ends; False where somebody has."""
    taken: bool = await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('turn ' || $1, 0))", what
    )
    return taken


async def find_repeat(connection: Connection, tenant_id: TenantId, operation: str, key: str) -> Repeat | None:
    """Return what was answered to this key within the last day."""
    row = await connection.fetchrow(_FIND_REPEAT, tenant_id, operation, key, float(REPEAT_HOURS))
    return None if row is None else Repeat(**row)


async def keep_repeat(connection: Connection, tenant_id: TenantId, operation: str, key: str, repeat: Repeat) -> None:
    """Keep the first answer; one that is older than a day gives way."""
    await connection.execute(
        _KEEP_REPEAT, tenant_id, operation, key, repeat.fingerprint, repeat.status, repeat.location, repeat.body
    )


async def begin_write(connection: Connection, write: NewWrite) -> int:
    """Note a write that is about to be made; return the id of its row."""
    number: int = await connection.fetchval(_BEGIN_WRITE, *astuple(write))
    return number


async def end_write(connection: Connection, audit_id: int, status: int, reason: str) -> None:
    """Note what was answered to a write; should the server fall within the next moments, that is lost, and only that."""
    await connection.execute("SET LOCAL synchronous_commit = off")
    await connection.execute(
        "UPDATE gateway.audit SET status = $2, reason = $3 WHERE audit_id = $1", audit_id, status, reason
    )


async def list_writes(
    connection: Connection, tenant_id: TenantId | None, only: WriteFilter, *, size: int, token: str
) -> tuple[list[Write], str]:
    """Return a page of the writes of one tenant, or of all, newest first, and the token of the next page.

    Raises:
        BadPageToken: the token is none of this list.
    """
    before_at, before_id = _opened(token) if token else (None, None)
    size = size or PAGE_SIZE
    whose = "tenant_id = $1" if tenant_id is not None else "$1::uuid IS NULL"
    rows = await connection.fetch(
        _LIST_WRITES.format(whose=whose),
        tenant_id,
        before_at,
        before_id,
        only.operation,
        only.key_id,
        only.since,
        only.until,
        size + 1,
    )
    page = [Write(**row) for row in rows[:size]]
    return page, _sealed(page[-1]) if len(rows) > size else ""


async def tidy(connection: Connection, audit_days: int, limit: int) -> int:
    """Remove a bite of what is kept for long enough; return how many rows."""
    removed: int = await connection.fetchval(_TIDY, float(REPEAT_HOURS), float(audit_days), limit)
    return removed


def _sealed(last: Write) -> str:
    micros = (last.at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(_TOKEN.pack(micros, last.audit_id)).rstrip(b"=").decode()


def _opened(token: str) -> tuple[datetime, int]:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        micros, audit_id = _TOKEN.unpack(raw)
        return _EPOCH + timedelta(microseconds=micros), audit_id
    except (binascii.Error, ValueError, struct.error, OverflowError) as error:
        raise BadPageToken from error


_WRITE = "audit_id, at, tenant_id, key_id, operation, method, path, request_id, address, status, reason"

_FIND_REPEAT = """
SELECT fingerprint, status, location, body FROM gateway.repeat
WHERE tenant_id = $1 AND operation = $2 AND idempotency_key = $3
    AND created_at > clock_timestamp() - $4 * interval '1 hour'
"""

_KEEP_REPEAT = """
INSERT INTO gateway.repeat (tenant_id, operation, idempotency_key, fingerprint, status, location, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, operation, idempotency_key) DO UPDATE
SET fingerprint = excluded.fingerprint, status = excluded.status, location = excluded.location, body = excluded.body,
    created_at = clock_timestamp()
"""

_BEGIN_WRITE = """
INSERT INTO gateway.audit (tenant_id, key_id, operation, method, path, request_id, address)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING audit_id
"""

_LIST_WRITES = f"""
SELECT {_WRITE} FROM gateway.audit
WHERE {{whose}}
    AND (at, audit_id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::bigint, 9223372036854775807))
    AND ($4::text IS NULL OR operation = $4) AND ($5::uuid IS NULL OR key_id = $5)
    AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
ORDER BY at DESC, audit_id DESC LIMIT $8
"""  # noqa: S608 our own columns and conditions

_TIDY = """
WITH repeats AS (
    DELETE FROM gateway.repeat WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM gateway.repeat WHERE created_at <= clock_timestamp() - $1 * interval '1 hour' LIMIT $3))
    RETURNING 1
), writes AS (
    DELETE FROM gateway.audit WHERE audit_id = ANY(ARRAY(
        SELECT audit_id FROM gateway.audit WHERE at <= clock_timestamp() - $2 * interval '1 day' ORDER BY at LIMIT $3))
    RETURNING 1
)
SELECT (SELECT count(*) FROM repeats) + (SELECT count(*) FROM writes)
"""
