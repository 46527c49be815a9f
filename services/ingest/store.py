"""SQL statements of ingest about projects, requests and single bills, one function each; more lie in ``jobs`` and ``lists``.

A tombstone names no object, so whoever looks for bills by an object's key finds living ones only.
Locks are taken in one order everywhere: an object's key, then jobs by id, then bills by id, then the journal's head.
"""

# ruff: noqa: S608 - what is put into the texts are our own lists of columns; everything else is a parameter.

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from domain.ids import BillId, JobId, ProjectId, TenantId
from runtime.postgres import Connection
from services.ingest.records import Bill, BillState, Call, NewBill, PageKey, Project, Request

REQUEST_HOURS = 24
"""How long the answer to a request_id is remembered; the contract says so."""

_PROJECT = "project_id, name, external_id, created_at"
_BILL = """bill_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256, object_key, received_at,
    duplicate_of, state, job_id, failure_reason, failure_detail, completed_at, completion_position, deleted_at,
    doubts, settled_at"""


# Projects


async def add_project(
    connection: Connection, tenant_id: TenantId, project_id: ProjectId, name: str, external_id: str
) -> Project:
    """Record a project."""
    sql = f"INSERT INTO ingest.project (project_id, tenant_id, name, external_id) VALUES ($1, $2, $3, $4) RETURNING {_PROJECT}"
    return _project(await connection.fetchrow(sql, project_id, tenant_id, name, external_id))


async def find_project(connection: Connection, project_id: ProjectId, *, hold: bool = False) -> Project | None:
    """Return a project of the bound tenant; ``hold`` keeps it from being deleted until the transaction ends."""
    lock = " FOR KEY SHARE" if hold else ""  # which whoever counts its jobs does not wait for, and bury_project does
    row = await connection.fetchrow(
        f"SELECT {_PROJECT} FROM ingest.project WHERE project_id = $1 AND deleted_at IS NULL{lock}", project_id
    )
    return None if row is None else _project(row)


async def list_projects(
    connection: Connection, tenant_id: TenantId, before: PageKey | None, limit: int
) -> list[Project]:
    """Return a tenant's projects, newest first, that stand behind ``before`` in that order."""
    at, last_id = (before.at, before.id) if before else (None, None)
    return [_project(row) for row in await connection.fetch(LIST_PROJECTS, tenant_id, at, last_id, limit)]


LIST_PROJECTS = f"""
SELECT {_PROJECT} FROM ingest.project
WHERE tenant_id = $1 AND deleted_at IS NULL
    AND (created_at, project_id) <
        (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, project_id DESC LIMIT $4
"""


# Requests


async def find_request(connection: Connection, tenant_id: TenantId, call: Call, request_id: str) -> Request | None:
    """Return what was answered to this request_id within the last day."""
    row = await connection.fetchrow(
        f"""SELECT call, request_id, fingerprint, project_id, bill_id, job_id FROM ingest.request
        WHERE tenant_id = $1 AND call = $2 AND request_id = $3
            AND created_at > clock_timestamp() - interval '{REQUEST_HOURS} hours'""",
        tenant_id,
        call.value,
        request_id,
    )
    return None if row is None else Request(**{**row, "call": Call(row["call"])})


async def remember_request(connection: Connection, tenant_id: TenantId, request: Request) -> bool:
    """Remember an answer; False where a twin was faster, after waiting for it to commit or fail."""
    row = await connection.fetchrow(
        f"""INSERT INTO ingest.request AS known (tenant_id, call, request_id, fingerprint, project_id, bill_id, job_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant_id, call, request_id) DO UPDATE
        SET fingerprint = excluded.fingerprint, project_id = excluded.project_id, bill_id = excluded.bill_id,
            job_id = excluded.job_id, created_at = clock_timestamp()
        WHERE known.created_at <= clock_timestamp() - interval '{REQUEST_HOURS} hours'
        RETURNING true""",
        tenant_id,
        request.call.value,
        request.request_id,
        request.fingerprint,
        request.project_id,
        request.bill_id,
        request.job_id,
    )
    return row is not None


async def forget_requests(connection: Connection, limit: int) -> int:
    """Remove remembered answers that are older than a day; return how many."""
    removed: int = await connection.fetchval(
        f"""WITH old AS (
            SELECT tenant_id, call, request_id FROM ingest.request
            WHERE created_at <= clock_timestamp() - interval '{REQUEST_HOURS} hours' ORDER BY created_at LIMIT $1
            FOR UPDATE SKIP LOCKED
        ), removed AS (
            DELETE FROM ingest.request USING old
            WHERE (request.tenant_id, request.call, request.request_id) = (old.tenant_id, old.call, old.request_id)
            RETURNING 1
        ) SELECT count(*) FROM removed""",
        limit,
    )
    return removed


# Objects


async def lock_object(connection: Connection, object_key: str) -> None:
    """Make uploads, deletions and sweeps of the same bytes take turns until the transaction ends.

    From here on its statements find their rows by key, also where their plans were made for empty tables.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('object ' || $1, 0)), set_config('enable_seqscan', 'off', true)",
        object_key,
    )


async def unnamed_objects(connection: Connection, object_keys: Sequence[str]) -> list[str]:
    """Return those keys that no living bill names."""
    rows = await connection.fetch(UNNAMED_OBJECTS, list(object_keys))
    return [row["object_key"] for row in rows]


UNNAMED_OBJECTS = """
SELECT object_key FROM unnest($1::text[]) AS given (object_key)
WHERE NOT EXISTS (SELECT FROM ingest.bill WHERE bill.object_key = given.object_key)
"""


# Bills


async def add_bill(connection: Connection, new: NewBill) -> Bill:
    """Record a bill; it names the oldest living bill of its project with the same bytes, whose key must be locked."""
    return _bill(await connection.fetchrow(ADD_BILL, *astuple(new)))


ADD_BILL = f"""
INSERT INTO ingest.bill
    (bill_id, job_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256, object_key, duplicate_of)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::text, (
    SELECT bill_id FROM ingest.bill WHERE object_key = $9 AND project_id = $4 ORDER BY received_at, bill_id LIMIT 1)
RETURNING {_BILL}
"""


async def find_bill(connection: Connection, bill_id: BillId) -> Bill | None:
    """Return a bill, also a deleted one."""
    row = await connection.fetchrow(f"SELECT {_BILL} FROM ingest.bill WHERE bill_id = $1", bill_id)
    return None if row is None else _bill(row)


async def lock_same_bytes(connection: Connection, object_key: str, project_id: ProjectId) -> None:
    """Lock a project's living bills with the same bytes, in the order in which bills are locked everywhere."""
    await connection.execute(
        """SELECT FROM ingest.bill WHERE object_key = $1 AND project_id = $2
        ORDER BY bill_id FOR NO KEY UPDATE""",
        object_key,
        project_id,
    )


async def bury_bill(connection: Connection, bill_id: BillId) -> bool:
    """Turn a bill into a tombstone; False where it is one already."""
    row = await connection.fetchrow(
        """UPDATE ingest.bill SET deleted_at = clock_timestamp(), file_name = '', sha256 = '', object_key = '',
            duplicate_of = NULL, failure_detail = ''
        WHERE bill_id = $1 AND deleted_at IS NULL RETURNING true""",
        bill_id,
    )
    return row is not None


async def point_duplicates(connection: Connection, gone: BillId, object_key: str, project_id: ProjectId) -> None:
    """Let those that named a bill that is gone name the oldest one left; that one itself names none."""
    await connection.execute(
        """WITH oldest AS (
            SELECT bill_id FROM ingest.bill WHERE object_key = $2 AND project_id = $3
            ORDER BY received_at, bill_id LIMIT 1
        )
        UPDATE ingest.bill SET duplicate_of = nullif(oldest.bill_id, bill.bill_id) FROM oldest
        WHERE object_key = $2 AND project_id = $3 AND duplicate_of = $1""",
        gone,
        object_key,
        project_id,
    )


async def reopen_bill(connection: Connection, bill_id: BillId, job_id: JobId) -> bool:
    """Make a bill wait for a new job; False where it was deleted."""
    row = await connection.fetchrow(
        """UPDATE ingest.bill SET job_id = $2, state = 'pending', failure_reason = '', failure_detail = '',
            completed_at = NULL, completion_position = 0, doubts = 0, settled_at = NULL
        WHERE bill_id = $1 AND deleted_at IS NULL RETURNING true""",
        bill_id,
        job_id,
    )
    return row is not None


def _project(row: Any) -> Project:
    return Project(**row)


def _bill(row: Any) -> Bill:
    return Bill(**{**row, "state": BillState(row["state"])})
