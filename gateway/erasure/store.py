"""The statements of erasure at the edge: receipts, and what the edge itself keeps of a tenant."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import TenantId
from runtime.erasure import remove_rows
from runtime.postgres import Connection

RECEIPTS = "erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How far the erasure of a tenant is; ``erased_at`` None: not done yet."""

    tenant_id: TenantId
    began_at: datetime
    erased_at: datetime | None
    projects: int
    bills: int
    rows_removed: int


async def begin(connection: Connection, tenant_id: TenantId) -> None:
    """Note that a tenant is being erased; a second time changes nothing."""
    await connection.execute("INSERT INTO gateway.erasure (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING", tenant_id)


async def add(connection: Connection, tenant_id: TenantId, *, projects: int = 0, bills: int = 0, rows: int = 0) -> None:
    """Add up what was erased."""
    await connection.execute(
        """UPDATE gateway.erasure SET projects = projects + $2, bills = bills + $3, rows_removed = rows_removed + $4
        WHERE tenant_id = $1""",
        tenant_id,
        projects,
        bills,
        rows,
    )


async def receipt(connection: Connection, tenant_id: TenantId) -> Receipt | None:
    """Return a tenant's receipt."""
    row = await connection.fetchrow(
        """SELECT tenant_id, began_at, erased_at, projects, bills, rows_removed FROM gateway.erasure
        WHERE tenant_id = $1""",
        tenant_id,
    )
    return None if row is None else Receipt(**row)


async def shut_out(connection: Connection, tenant_id: TenantId) -> None:
    """End all keys of a tenant but those that are needed to ask for its erasure again."""
    await connection.execute(
        """UPDATE runtime.api_key SET revoked_at = clock_timestamp()
        WHERE tenant_id = $1 AND revoked_at IS NULL AND NOT 'admin' = ANY(scopes)""",
        tenant_id,
    )


async def remove_tenant(connection: Connection, tenant_id: TenantId) -> int:
    """Remove all that the edge keeps of a tenant, its keys and its name; return how many rows. The receipt is closed."""
    rows = await remove_rows(connection, "gateway", tenant_id, None, keep=[RECEIPTS])
    rows += await remove_rows(connection, "runtime", tenant_id, None)
    await add(connection, tenant_id, rows=rows)
    await connection.execute(
        "UPDATE gateway.erasure SET erased_at = clock_timestamp() WHERE tenant_id = $1 AND erased_at IS NULL", tenant_id
    )
    return rows
