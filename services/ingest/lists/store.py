"""The statements of lists of bills: of a project, newest first, and of a tenant, the most urgent first; and what settles one."""

# ruff: noqa: S608 - what is put into the texts are our own lists of columns; everything else is a parameter.

from dataclasses import astuple, dataclass
from datetime import datetime
from enum import IntEnum

from domain.ids import BillId, ProjectId, TenantId
from runtime.postgres import Connection
from services.ingest.records import Bill, PageKey
from services.ingest.store import _BILL, _bill


@dataclass(frozen=True, slots=True)
class BillFilter:
    """Which bills to list; None: of any kind. ``received_from`` counts in, ``received_before`` does not."""

    state: str | None = None
    file_name: str | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    sha256: str | None = None

    def narrows(self) -> bool:
        """Tell whether it leaves anything out."""
        return any(one is not None for one in astuple(self))


async def list_bills(
    connection: Connection, tenant_id: TenantId, project_id: ProjectId, before: PageKey | None, limit: int
) -> list[Bill]:
    """Return a project's living bills, newest first, that stand behind ``before`` in that order."""
    at, last_id = (before.at, before.id) if before else (None, None)
    return [_bill(row) for row in await connection.fetch(LIST_BILLS, tenant_id, project_id, at, last_id, limit)]


LIST_BILLS = f"""
SELECT {_BILL} FROM ingest.bill
WHERE tenant_id = $1 AND project_id = $2 AND deleted_at IS NULL
    AND (received_at, bill_id) <
        (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY received_at DESC, bill_id DESC LIMIT $5
"""


async def narrowed_bills(
    connection: Connection,
    tenant_id: TenantId,
    project_id: ProjectId,
    before: PageKey | None,
    limit: int,
    only: BillFilter,
) -> list[Bill]:
    """Return a project's living bills that pass the filter, newest first, that stand behind ``before`` in that order."""
    at, last_id = (before.at, before.id) if before else (None, None)
    rows = await connection.fetch(_NARROWED, tenant_id, project_id, at, last_id, limit, *astuple(only))
    return [_bill(row) for row in rows]


_NARROWED = f"""
SELECT {_BILL} FROM ingest.bill
WHERE tenant_id = $1 AND project_id = $2 AND deleted_at IS NULL
    AND (received_at, bill_id) <
        (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND ($6::text IS NULL OR state = $6)
    AND ($7::text IS NULL OR strpos(lower(file_name), lower($7)) > 0)
    AND received_at >= coalesce($8::timestamptz, '-infinity') AND received_at < coalesce($9::timestamptz, 'infinity')
    AND ($10::text IS NULL OR sha256 = $10)
ORDER BY received_at DESC, bill_id DESC LIMIT $5
"""


class Urgency(IntEnum):
    """What a bill asks of a person; the most urgent last, as the table's own column counts."""

    NOTHING = 0
    WAITING = 1
    DOUBTED = 2
    FAILED = 3


COUNT_MAX = 10_000
"""Bills of one urgency are counted up to here, so that the count of a large tenant is bounded."""


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which bills to list; None: any. ``received_from`` counts in, ``received_before`` does not."""

    urgency: Urgency | None = None
    project_id: ProjectId | None = None
    file_name: str | None = None
    failure_reason: str | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None


async def list_work(
    connection: Connection, tenant_id: TenantId, before: PageKey | None, limit: int, only: WorkFilter
) -> list[tuple[Bill, str]]:
    """Return a tenant's living bills that pass the filter with their projects' names: the most urgent first, then the newest."""
    last = (None, None, None) if before is None else (before.urgency, before.at, before.id)
    rows = await connection.fetch(LIST_WORK, tenant_id, *last, limit, *astuple(only))
    found = []
    for row in rows:
        columns = dict(row)
        project_name: str = columns.pop("project_name")
        found.append((_bill(columns), project_name))
    return found


LIST_WORK = f"""
SELECT listed.*, (SELECT name FROM ingest.project WHERE project.project_id = listed.project_id) AS project_name
FROM (
    SELECT {_BILL} FROM ingest.bill
    WHERE tenant_id = $1 AND deleted_at IS NULL
        AND (urgency, received_at, bill_id) < (
            coalesce($2::smallint, 4::smallint), coalesce($3::timestamptz, 'infinity'),
            coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        AND urgency BETWEEN coalesce($6::smallint, 0::smallint) AND coalesce($6::smallint, 3::smallint)
        AND ($7::uuid IS NULL OR project_id = $7)
        AND ($8::text IS NULL OR strpos(lower(file_name), lower($8)) > 0)
        AND ($9::text IS NULL OR failure_reason = $9)
        AND received_at >= coalesce($10::timestamptz, '-infinity') AND received_at < coalesce($11::timestamptz, 'infinity')
    ORDER BY urgency DESC, received_at DESC, bill_id DESC LIMIT $5
) AS listed
"""


async def count_work(connection: Connection, tenant_id: TenantId, project_id: ProjectId | None) -> dict[Urgency, int]:
    """Count a tenant's living bills, or those of one project, by what they ask; each count stops at COUNT_MAX."""
    rows = await connection.fetch(COUNT_WORK, tenant_id, project_id, COUNT_MAX)
    return {Urgency(row["urgency"]): row["bills"] for row in rows}


COUNT_WORK = """
SELECT urgency, bills FROM generate_series(0, 3) AS urgency CROSS JOIN LATERAL (
    SELECT count(*) AS bills FROM (
        SELECT FROM ingest.bill
        WHERE tenant_id = $1 AND bill.urgency = urgency.urgency AND deleted_at IS NULL AND ($2::uuid IS NULL OR project_id = $2)
        LIMIT $3
    ) AS capped
) AS counted
"""


async def settle_bill(connection: Connection, bill_id: BillId, *, settled: bool) -> Bill | None:
    """Note that nothing more is to be done about a bill, or that there is again; None where it is gone or being read."""
    row = await connection.fetchrow(
        f"""UPDATE ingest.bill SET settled_at = CASE WHEN $2 THEN coalesce(settled_at, clock_timestamp()) END
        WHERE bill_id = $1 AND deleted_at IS NULL AND state <> 'pending' RETURNING {_BILL}""",
        bill_id,
        settled,
    )
    return None if row is None else _bill(row)
