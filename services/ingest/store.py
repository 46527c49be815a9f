"""Every SQL statement of ingest, one function each; what a job's lease does to it lies in ``runtime.lease``.

A tombstone names no object, so whoever looks for bills by an object's key finds living ones only.
Locks are taken in one order everywhere: an object's key, then jobs by id, then bills by id, then the journal's head.
"""

# ruff: noqa: S608 - what is put into the texts are our own lists of columns; everything else is a parameter.

from collections.abc import Collection, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any, NamedTuple

from domain.ids import BillId, JobId, Position, ProjectId, TenantId
from runtime.lease import Held, State
from runtime.postgres import Connection
from services.ingest.records import Bill, BillState, Call, Document, Job, NewBill, PageKey, Project, Request

REQUEST_HOURS = 24
"""How long the answer to a request_id is remembered; the contract says so."""

_PROJECT = "project_id, name, external_id, created_at"
_BILL = """bill_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256, object_key, received_at,
    duplicate_of, state, job_id, failure_reason, failure_detail, completed_at, completion_position, deleted_at,
    doubts, settled_at"""
_JOB = """id AS job_id, project_id, bill_id, state, attempts, created_at, finished_at, pages_done, pages_total,
    failure_reason, failure_detail"""


class Closing(NamedTuple):
    """What a bill becomes by a completion."""

    bill_id: BillId
    state: BillState
    failure_reason: str
    failure_detail: str
    completed_at: datetime
    position: Position
    doubts: int


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


# Jobs


async def add_job(connection: Connection, bill: Bill, job_id: JobId) -> Job | None:
    """Queue a bill to be read, in its tenant's lane; None where it is queued or leased already."""
    row = await connection.fetchrow(
        f"""INSERT INTO ingest.job (id, tenant_id, lane, project_id, bill_id) VALUES ($1, $2, $2, $3, $4)
        ON CONFLICT (bill_id) WHERE state IN ('queued', 'leased') DO NOTHING RETURNING {_JOB}""",
        job_id,
        bill.tenant_id,
        bill.project_id,
        bill.bill_id,
    )
    return None if row is None else _job(row)


async def find_job(connection: Connection, job_id: JobId) -> Job | None:
    """Return a job."""
    row = await connection.fetchrow(f"SELECT {_JOB} FROM ingest.job WHERE id = $1", job_id)
    return None if row is None else _job(row)


async def cancel_jobs(connection: Connection, bill_id: BillId, reason: str, detail: str) -> bool:
    """Fail the open job of a bill and take it out of its holder's hands; return whether there was one."""
    cancelled = await connection.fetch(
        """UPDATE ingest.job SET state = 'failed', fencing_token = fencing_token + 1, leased_until = NULL, leased_by = NULL,
            finished_at = clock_timestamp(), failure_reason = $2, failure_detail = $3
        WHERE bill_id = $1 AND state IN ('queued', 'leased') RETURNING id""",
        bill_id,
        reason,
        detail,
    )
    return bool(cancelled)


async def blank_job_details(connection: Connection, bill_id: BillId) -> None:
    """Take the sentences away that tell why a bill's jobs failed."""
    await connection.execute(
        "UPDATE ingest.job SET failure_detail = '' WHERE bill_id = $1 AND failure_detail <> ''", bill_id
    )


async def documents_of_jobs(connection: Connection, job_ids: Sequence[str]) -> dict[str, Document]:
    """Return the living bills of jobs, by job."""
    return {row[0]: Document._make(row[1:]) for row in await connection.fetch(DOCUMENTS_OF_JOBS, list(job_ids))}


async def lock_documents_of_jobs(connection: Connection, job_ids: Sequence[str]) -> dict[str, Document]:
    """Return the living bills of jobs, by job, locked in the order of their ids.

    From here on the transaction's statements find their rows by key, also where their plans were made for empty tables.
    """
    return {row[0]: Document._make(row[1:-3]) for row in await connection.fetch(LOCK_DOCUMENTS_OF_JOBS, list(job_ids))}


# OFFSET 0, and asking outside whether a bill lives, keep the planner to the keys, whatever it thinks of the tables.
_DOCUMENTS_OF_JOBS = f"""
SELECT job.of_job, {", ".join(f"bill.{name}" for name in Document._fields)} {{more}}
FROM {{before}} (
    SELECT given.id AS of_job, found.bill_id
    FROM unnest($1::uuid[]) AS given (id)
    CROSS JOIN LATERAL (SELECT bill_id FROM ingest.job WHERE job.id = given.id OFFSET 0) AS found
    ORDER BY found.bill_id
) AS job
CROSS JOIN LATERAL (
    SELECT {", ".join(Document._fields)}, deleted_at
    FROM ingest.bill WHERE bill.bill_id = job.bill_id OFFSET 0 {{lock}}
) AS bill
WHERE bill.deleted_at IS NULL
"""
DOCUMENTS_OF_JOBS = _DOCUMENTS_OF_JOBS.format(more="", before="", lock="")
LOCK_DOCUMENTS_OF_JOBS = _DOCUMENTS_OF_JOBS.format(
    more=", planner.*",
    before="""(
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true)
) AS planner (seqscan, hashjoin, mergejoin) CROSS JOIN""",
    lock="FOR NO KEY UPDATE",
)


async def jobs_open(connection: Connection, project_ids: Collection[str]) -> dict[str, int]:
    """Lock projects and return how many of their jobs are open; call it once all that ends is ended."""
    rows = await connection.fetch("SELECT * FROM ingest.jobs_open($1::uuid[])", sorted(project_ids))
    return {row["project_id"]: row["jobs"] for row in rows}


async def tell_failures(connection: Connection, failures: Sequence[tuple[str, str, str]]) -> None:
    """Write down why jobs failed: id, reason, sentence."""
    ids, reasons, details = zip(*failures, strict=True)
    await connection.execute(
        """UPDATE ingest.job SET failure_reason = told.reason, failure_detail = told.detail
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS told (id, reason, detail) WHERE job.id = told.id""",
        list(ids),
        list(reasons),
        list(details),
    )


async def close_bills(connection: Connection, closings: Sequence[Closing]) -> None:
    """Write down what came of bills; their rows are locked already."""
    columns = [list(column) for column in zip(*closings, strict=True)]
    await connection.execute(
        """UPDATE ingest.bill SET state = told.state, failure_reason = told.reason, failure_detail = told.detail,
            completed_at = told.at, completion_position = told.position, doubts = told.doubts, settled_at = NULL
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::integer[])
            AS told (bill_id, state, reason, detail, at, position, doubts)
        WHERE bill.bill_id = told.bill_id""",
        *columns,
    )


async def told_before(connection: Connection, held: Sequence[Held]) -> dict[str, Position]:
    """Return the jobs that were finished by these very leases, with the position where it is known, else 0."""
    rows = await connection.fetch(
        """SELECT job.id, CASE WHEN bill.job_id = job.id THEN bill.completion_position ELSE 0 END AS position
        FROM unnest($1::uuid[], $2::bigint[]) AS held (id, fencing_token)
        JOIN ingest.job ON job.id = held.id AND job.fencing_token = held.fencing_token
            AND job.state IN ('succeeded', 'failed')
        JOIN ingest.bill ON bill.bill_id = job.bill_id AND bill.deleted_at IS NULL""",
        [each.id for each in held],
        [each.fencing_token for each in held],
    )
    return {row["id"]: Position(row["position"]) for row in rows}


async def note_progress(connection: Connection, held: Held, pages_done: int, pages_total: int) -> None:
    """Write down how far the holder of a lease has come."""
    await connection.execute(
        """UPDATE ingest.job SET pages_done = $3, pages_total = $4
        WHERE id = $1 AND fencing_token = $2 AND state = 'leased'""",
        held.id,
        held.fencing_token,
        pages_done,
        pages_total,
    )


async def forget_progress(connection: Connection, job_ids: Sequence[str]) -> None:
    """Start counting pages anew for jobs that go to somebody else."""
    await connection.execute(
        """UPDATE ingest.job SET pages_done = 0, pages_total = 0
        WHERE id = ANY($1::uuid[]) AND (pages_done, pages_total) <> (0, 0)""",
        list(job_ids),
    )


def _project(row: Any) -> Project:
    return Project(**row)


def _bill(row: Any) -> Bill:
    return Bill(**{**row, "state": BillState(row["state"])})


def _job(row: Any) -> Job:
    return Job(**{**row, "state": State(row["state"])})
