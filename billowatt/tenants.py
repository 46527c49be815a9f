"""Making a tenant with its first key."""

from domain.ids import TenantId
from runtime import keys
from runtime.postgres import Database


async def make_tenant(database: Database, name: str) -> tuple[TenantId, str]:
    """Make a tenant and an administrator's key; return the tenant's id and the key's text.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    async with database.service() as connection:
        tenant_id = await keys.create_tenant(connection, name)
        _, text = await keys.create_key(connection, tenant_id, name="made with the tenant", scopes=["admin"])
    return tenant_id, text


async def make_tenant_in(database_url: str, name: str) -> tuple[TenantId, str]:
    """Make a tenant in a database that nothing else has open yet; raises as ``make_tenant``."""
    async with await Database.open(database_url, application_name="billowatt tenants") as database:
        return await make_tenant(database, name)
