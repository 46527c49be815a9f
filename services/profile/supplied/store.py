"""SQL of supplied profiles: what was supplied, and what stands of it on the project."""

from domain.ids import ProjectId
from runtime.postgres import Connection
from services.profile.fold import Supply
from services.profile.store import ProjectKey


async def save(connection: Connection, key: ProjectKey, supply: Supply, numbers: bytes) -> None:
    """Keep what was supplied in place of an earlier supply; the project's row must be there."""
    await connection.execute(_STAND, *key, supply.made, supply.after, supply.keep, supply.supplied_at)
    await connection.execute(_KEEP, *key, numbers)


async def remove(connection: Connection, key: ProjectKey) -> None:
    """Forget what was supplied."""
    await connection.execute(_FALL, *key)
    await connection.execute(_FORGET, *key)


async def numbers(connection: Connection, project_id: ProjectId) -> bytes | None:
    """Return what was supplied for the tenant's project, or None."""
    found: bytes | None = await connection.fetchval(_NUMBERS, project_id)
    return found


_STAND = """
UPDATE profile.project SET supplied_profile = $3, supplied_after = $4, supplied_keep = $5, supplied_at = $6
WHERE tenant_id = $1 AND project_id = $2
"""

_FALL = """
UPDATE profile.project SET supplied_profile = NULL, supplied_after = NULL, supplied_keep = NULL, supplied_at = NULL
WHERE tenant_id = $1 AND project_id = $2
"""

_KEEP = """
INSERT INTO profile.supplied (tenant_id, project_id, numbers) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, project_id) DO UPDATE SET numbers = excluded.numbers
"""

_FORGET = "DELETE FROM profile.supplied WHERE tenant_id = $1 AND project_id = $2"
_NUMBERS = "SELECT numbers FROM profile.supplied WHERE project_id = $1"
