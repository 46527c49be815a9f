"""The statement of a narrowed list of bills; the whole list is in the room's own store."""

from dataclasses import astuple, dataclass
from datetime import datetime

from domain.ids import ProjectId, TenantId
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
"""  # noqa: S608 our own columns
