"""Every SQL statement of ingest about jobs and what comes of them; projects, requests and bills are in ``store``.

What a job's lease does to it lies in ``runtime.lease``.
"""

# ruff: noqa: S608 - what is put into the texts are our own lists of columns; everything else is a parameter.

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from domain.ids import BillId, JobId, Position
from runtime.lease import Held, State
from runtime.postgres import Connection
from services.ingest.records import Bill, BillState, Document, Job

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


def _job(row: Any) -> Job:
    return Job(**{**row, "state": State(row["state"])})
