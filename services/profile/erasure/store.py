"""The statements of erasure that no other room shares."""

from domain.ids import Position, TenantId
from runtime.journal import ERASED
from runtime.postgres import Connection

CHANGES = "change"
"""The journal keeps its places; its payloads go."""


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
