"""The statements of erasure: over every table of this room that names its owner, so that a new table is not forgotten."""

from domain.ids import Position, ProjectId, TenantId
from runtime.journal import ERASED
from runtime.postgres import Connection, savepoint

CHANGES = "change"
"""The journal keeps its places; its payloads go."""


async def remove_rows(connection: Connection, tenant_id: TenantId, project_id: ProjectId | None) -> int:
    """Remove every row of a project, or of the tenant; return how many.

    What a foreign key holds goes in a later round, when what points at it has gone.
    """
    waiting = [
        row["name"] for row in await connection.fetch(_TABLES, "tenant_id" if project_id is None else "project_id")
    ]
    removed = 0
    while waiting:
        held: list[str] = []
        for name in waiting:
            try:
                async with savepoint(connection):
                    removed += await _remove(connection, name, tenant_id, project_id)
            except Exception as error:
                if getattr(error, "sqlstate", "") != _HELD_BY_A_FOREIGN_KEY or len(waiting) == 1:
                    raise
                held.append(name)
        if len(held) == len(waiting):
            raise RuntimeError(f"the foreign keys of {held} go in a circle")
        waiting = held
    return removed


async def erase_changes(connection: Connection, tenant_id: TenantId) -> int:
    """Take away the payloads of a tenant's changes; return how many."""
    count: int = await connection.fetchval(
        """WITH erased AS (
            UPDATE profile.change SET payload = NULL, kind = $2 WHERE tenant_id = $1 AND payload IS NOT NULL RETURNING 1
        ) SELECT count(*) FROM erased""",
        tenant_id,
        ERASED,
    )
    return count


async def folded(connection: Connection) -> Position:
    """Return how far completions have been folded."""
    return Position(
        await connection.fetchval("SELECT position FROM profile.cursor WHERE journal = 'ingest.completion'")
    )


async def _remove(connection: Connection, name: str, tenant_id: TenantId, project_id: ProjectId | None) -> int:
    # The name is one that the catalogue gave, quoted by it.
    which = "" if project_id is None else " AND project_id = $2"
    arguments = [tenant_id] if project_id is None else [tenant_id, project_id]
    status = await connection.execute(f"DELETE FROM {name} WHERE tenant_id = $1{which}", *arguments)  # noqa: S608
    return int(status.rpartition(" ")[2])


_HELD_BY_A_FOREIGN_KEY = "23503"

_TABLES = f"""
SELECT format('%I.%I', 'profile', c.relname) AS name
FROM pg_class c
WHERE c.relnamespace = 'profile'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname <> '{CHANGES}'
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = $1 AND NOT a.attisdropped)
ORDER BY c.relname
"""  # noqa: S608 our own constant
