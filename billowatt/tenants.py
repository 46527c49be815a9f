"""Making a tenant from the command line, for installations on a database of their own."""

from runtime import keys
from runtime.postgres import Database


async def make_tenant(database_url: str, name: str) -> tuple[str, str]:
    """Make a tenant and an administrator's key; return the tenant's id and the key's text.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    async with await Database.open(database_url, application_name="billowatt tenant") as database:
        tenant_id = await keys.create_tenant(database, name)
        created = await keys.create_key(database, tenant_id, name="made on the command line", scopes=["admin"])
    return tenant_id, created.text
