"""Takes away what this room keeps of a project or a tenant, once everything that ingest told of it is folded."""

from domain.ids import Position, ProjectId, TenantId
from protos.profile.v1 import profile_pb2
from runtime.erasure import remove_rows
from runtime.journal import Journal
from runtime.postgres import Database
from services.profile.erasure import store


async def erase(
    database: Database, journal: Journal, tenant_id: TenantId, project_id: ProjectId | None, after: Position
) -> profile_pb2.EraseResponse:
    """Erase a project, or the whole tenant where none is named; nothing, where the fold is not so far."""
    async with database.service(read_only=True) as connection:
        if await store.folded(connection) < after:
            return profile_pb2.EraseResponse()
    async with database.tenant(tenant_id) as connection:
        rows = await remove_rows(connection, "profile", tenant_id, project_id, keep=[store.CHANGES])
        if project_id is None:
            rows += await store.erase_changes(connection, tenant_id)
    async with database.service(read_only=True) as connection:
        head = await journal.head(connection)
    return profile_pb2.EraseResponse(done=True, rows=rows, position=head.position)
