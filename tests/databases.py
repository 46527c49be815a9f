"""Databases of the tests: clones of the run's template, each dropped once it is done with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from runtime.postgres import owner_connection


@asynccontextmanager
async def cloned(postgres_url: str, template: str) -> AsyncIterator[str]:
    """Yield the owner's address of a fresh database made from a template, dropped at the end."""
    name = f"test_{uuid4().hex}"
    async with owner_connection(postgres_url, application_name="tests") as connection:
        strategy = "" if template == "template0" else "STRATEGY file_copy"
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
        try:
            yield named(postgres_url, name)
        finally:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def named(url: str, database_name: str) -> str:
    """Return the address of another database of the same server."""
    before, _, query = url.partition("?")
    return f"{before.rpartition('/')[0]}/{database_name}?{query}"
