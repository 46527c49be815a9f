"""The logins that the deployment files make in PostgreSQL: enough for their work, and not a right more."""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest

from runtime import keys
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.embedded_postgres.home import find_home
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database, owner_connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def fresh_server() -> AsyncIterator[str]:
    """A server of its own: logins belong to the whole server, and the scripts expect to be the first."""
    with tempfile.TemporaryDirectory(prefix="billowatt-logins-", ignore_cleanup_errors=True) as folder:
        # PostgreSQL runs as another user when the tests run as root, and must be able to enter.
        Path(folder).chmod(0o755)
        async with EmbeddedPostgres(Path(folder), settings={"fsync": "off"}) as server:
            yield server.url


async def psql(owner_url: str, *command: str, **environment: str) -> None:
    """Run a script or psql itself as the images do, with the wheel's programs found first."""
    with tempfile.TemporaryDirectory() as folder:
        programs = find_home(Path(folder)).programs
    url = urlsplit(owner_url)
    where = {"PGHOST": parse_qs(url.query)["host"][0], "PGPASSWORD": url.password or "", "PGUSER": url.username or ""}
    told = {"POSTGRES_USER": url.username or "", "POSTGRES_DB": "billowatt", "PGDATABASE": "billowatt"}
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    ran = await asyncio.to_thread(
        subprocess.run, command, env={**path, **where, **told, **environment}, capture_output=True, timeout=30
    )
    assert ran.returncode == 0, ran.stderr.decode()


def as_login(owner_url: str, login: str, password: str) -> str:
    url = urlsplit(owner_url)
    return url._replace(netloc=f"{login}:{password}@").geturl()


async def test_logins_of_the_deployment_files_do_their_work_and_no_more(fresh_server: str):
    script = str(ROOT / "deploy" / "compose" / "postgres-logins.sh")
    await psql(fresh_server, script, SERVICE_PASSWORD="service-password", SEAWEEDFS_PASSWORD="seaweedfs-password")
    await migrate(fresh_server, room_folders(ROOT))

    await services_work_behind_the_wall(fresh_server)
    await object_store_reaches_its_own_database_only(fresh_server)
    await scaler_counts_open_jobs_and_reads_nothing_else(fresh_server)


async def services_work_behind_the_wall(owner_url: str) -> None:
    url = as_login(owner_url, "billowatt_service", "service-password")
    async with await Database.open(url, application_name="tests") as database:
        async with database.service() as connection:
            ours = await keys.create_tenant(connection, "ours")
            theirs = await keys.create_tenant(connection, "theirs")
            for tenant_id in (ours, theirs):
                await connection.execute(
                    "INSERT INTO ingest.project (project_id, tenant_id, name, external_id) VALUES ($1, $2, 'site', '')",
                    str(uuid4()),
                    tenant_id,
                )
        async with database.tenant(ours) as connection:
            assert await connection.fetchval("SELECT count(*) FROM ingest.project") == 1

    bare = await asyncpg.connect(url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await bare.fetchval("SELECT count(*) FROM ingest.project")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await bare.execute("CREATE TABLE ingest.mine (a int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await bare.execute("ALTER TABLE ingest.project DISABLE ROW LEVEL SECURITY")
    await bare.close()


async def object_store_reaches_its_own_database_only(owner_url: str) -> None:
    url = as_login(owner_url, "seaweedfs", "seaweedfs-password")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(url)
    own = await asyncpg.connect(url, database="seaweedfs")
    await own.execute("CREATE TABLE filemeta (name text)")
    await own.close()


async def scaler_counts_open_jobs_and_reads_nothing_else(owner_url: str) -> None:
    script = str(ROOT / "deploy" / "kubernetes" / "scaler-login.sql")
    await psql(owner_url, "psql", "-v", "ON_ERROR_STOP=1", "-v", "password=scaler-password", "-f", script)
    manifest = (ROOT / "deploy" / "kubernetes" / "parser.yaml").read_text()
    query = re.search(r"query: (.*)", manifest)
    assert query is not None
    async with owner_connection(owner_url, application_name="tests") as owner:
        await owner.execute(
            """
            SET billowatt.tenant = '*';
            INSERT INTO ingest.bill (bill_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256,
                object_key, job_id)
            SELECT gen_random_uuid(), tenant_id, project_id, 'bill.pdf', 'application/pdf', 1, '', '', gen_random_uuid()
            FROM ingest.project;
            INSERT INTO ingest.job (id, tenant_id, lane, project_id, bill_id)
            SELECT job_id, tenant_id, tenant_id, project_id, bill_id FROM ingest.bill
            """
        )

    scaler = await asyncpg.connect(as_login(owner_url, "billowatt_scaler", "scaler-password"))
    assert await scaler.fetchval(query[1]) == 2
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await scaler.fetchval("SELECT failure_detail FROM ingest.job LIMIT 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await scaler.fetchval("SELECT file_name FROM ingest.bill LIMIT 1")
    with pytest.raises(asyncpg.PostgresError):
        await scaler.execute("UPDATE ingest.job SET state = 'failed'")
    await scaler.close()
