"""The house that the edge is measured in: a database of its own, roles as real processes, one tenant with a key."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.installation import Installation
from bench.partner import Partner
from billowatt.tenants import make_tenant
from domain.ids import TenantId
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database

OPERATOR_KEY = "the operator of the measurements, long enough"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class House:
    """What a measurement holds."""

    installation: Installation
    database: Database
    partner: Partner
    tenant_id: TenantId
    key: str
    operator_key: str


@asynccontextmanager
async def house(*roles: str) -> AsyncIterator[House]:
    """Start the roles on a fresh database, without a limit on requests; stop everything at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)
        async with EmbeddedPostgres(Path(folder) / "postgres") as server, Installation(server.url) as installation:
            await migrate(server.url, room_folders(ROOT))
            async with await Database.open(server.url, application_name="bench") as database:
                tenant_id, key = await make_tenant(database, "bench")
                installation.environment["BILLOWATT_RATE_LIMIT_REQUESTS"] = "0"
                installation.environment["BILLOWATT_OPERATOR_KEY"] = OPERATOR_KEY
                await installation.start(*roles)
                async with Partner(installation.url, key) as partner:
                    yield House(installation, database, partner, tenant_id, key, OPERATOR_KEY)
