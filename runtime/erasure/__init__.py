"""Removing all rows of a tenant or a project from a room's tables; found in the catalogue, so that none is forgotten."""

from collections.abc import Collection

from domain.ids import ProjectId, TenantId
from runtime.postgres import Connection, savepoint

_HELD_BY_A_FOREIGN_KEY = "23503"


async def remove_rows(
    connection: Connection,
    schema: str,
    tenant_id: TenantId,
    project_id: ProjectId | None,
    *,
    keep: Collection[str] = (),
) -> int:
    """Remove every row of a project, or of the tenant, from the schema's tables but those to keep; return how many.

    What a foreign key holds goes in a later round, when what points at it has gone.
    """
    column = "tenant_id" if project_id is None else "project_id"
    waiting = [row["name"] for row in await connection.fetch(_TABLES, schema, column, list(keep))]
    removed = 0
    while waiting:
        held: list[str] = []
        for name in waiting:
            try:
                async with savepoint(connection):
                    removed += await _remove(connection, name, tenant_id, project_id)
            except Exception as error:
                if getattr(error, "sqlstate", "") != _HELD_BY_A_FOREIGN_KEY:
                    raise
                held.append(name)
        if len(held) == len(waiting):
            raise RuntimeError(f"the foreign keys of {held} go in a circle")
        waiting = held
    return removed


async def _remove(connection: Connection, name: str, tenant_id: TenantId, project_id: ProjectId | None) -> int:
    # The name is one that the catalogue gave, quoted by it.
    which = "" if project_id is None else " AND project_id = $2"
    arguments = [tenant_id] if project_id is None else [tenant_id, project_id]
    status: str = await connection.execute(f"DELETE FROM {name} WHERE tenant_id = $1{which}", *arguments)  # noqa: S608
    return int(status.rpartition(" ")[2])


_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL($3::text[])
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped)
ORDER BY c.relname
"""
