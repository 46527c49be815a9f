"""The statements of deleting projects."""

from domain.ids import BillId, ProjectId, TenantId
from runtime.postgres import Connection


async def bury_project(connection: Connection, project_id: ProjectId) -> bool:
    """Turn a project into a tombstone, also where it is one; False where it never was.

    An update alone would pass by uploads under way, which hold the project by ``find_project``: they are waited for, and
    those that wait for us find it deleted.
    """
    await connection.execute("SELECT FROM ingest.project WHERE project_id = $1 FOR UPDATE", project_id)
    row = await connection.fetchrow(
        """UPDATE ingest.project SET deleted_at = coalesce(deleted_at, clock_timestamp()), name = '-', external_id = ''
        WHERE project_id = $1 RETURNING true""",
        project_id,
    )
    return row is not None


async def living_projects(connection: Connection, tenant_id: TenantId) -> list[ProjectId]:
    """Return the tenant's projects that are not deleted, or have bills that are not."""
    rows = await connection.fetch(
        """SELECT project_id FROM ingest.project WHERE tenant_id = $1 AND (deleted_at IS NULL OR EXISTS (
            SELECT FROM ingest.bill WHERE bill.tenant_id = $1 AND bill.project_id = project.project_id
                AND bill.deleted_at IS NULL))
        ORDER BY project_id""",
        tenant_id,
    )
    return [ProjectId(row["project_id"]) for row in rows]


async def living_bills(connection: Connection, tenant_id: TenantId, project_id: ProjectId, limit: int) -> list[BillId]:
    """Return some of a project's bills that are not deleted."""
    rows = await connection.fetch(
        """SELECT bill_id FROM ingest.bill WHERE tenant_id = $1 AND project_id = $2 AND deleted_at IS NULL LIMIT $3""",
        tenant_id,
        project_id,
        limit,
    )
    return [BillId(row["bill_id"]) for row in rows]


async def forget_requests_of(connection: Connection, tenant_id: TenantId) -> None:
    """Forget what the tenant asked for under ids of its own."""
    await connection.execute("DELETE FROM ingest.request WHERE tenant_id = $1", tenant_id)
