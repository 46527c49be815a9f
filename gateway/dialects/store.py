"""What dialects keep: numbers and outside ids of our things, given once and each tenant's own; and eras of their tokens."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import asyncpg

from domain.ids import ProjectId, TenantId
from runtime.postgres import Connection, savepoint


class Thing(NamedTuple):
    """One of our things: its kind (``bill``, ``project``, …) and its id."""

    kind: str
    id: str


class Known(NamedTuple):
    """What stands for a thing outside: its number, and the caller's own id for it, where there is one."""

    number: int
    external_id: str | None


async def give_numbers(connection: Connection, tenant_id: TenantId, things: Iterable[Thing]) -> Mapping[Thing, Known]:
    """Return what stands for each thing, giving numbers to those that have none."""
    wanted = sorted(set(things))
    if not wanted:
        return {}
    columns = ([thing.kind for thing in wanted], [thing.id for thing in wanted])
    found = {Thing(row["kind"], row["id"]): row for row in await connection.fetch(_FIND, tenant_id, *columns)}
    if len(found) < len(wanted):
        await connection.execute(_GIVE, tenant_id, *columns)
        found = {Thing(row["kind"], row["id"]): row for row in await connection.fetch(_FIND, tenant_id, *columns)}
    return {thing: Known(row["number"], row["external_id"]) for thing, row in found.items()}


async def thing_of_number(connection: Connection, tenant_id: TenantId, kind: str, number: int) -> str | None:
    """Return the id that a number stands for; None where the tenant has no such thing of this kind."""
    found = await connection.fetchval(_BY_NUMBER, tenant_id, kind, number)
    return None if found is None else str(found)


async def thing_of_external_id(connection: Connection, tenant_id: TenantId, kind: str, external_id: str) -> str | None:
    """Return the id of the thing that the caller calls so; None where there is none."""
    found = await connection.fetchval(_BY_EXTERNAL_ID, tenant_id, kind, external_id)
    return None if found is None else str(found)


async def call_it(connection: Connection, tenant_id: TenantId, thing: Thing, external_id: str | None) -> bool:
    """Let the caller's own id stand for a thing from now on; return False where it stands for another already."""
    if external_id is not None:
        holder = await thing_of_external_id(connection, tenant_id, thing.kind, external_id)
        if holder not in (None, thing.id):
            return False
    await give_numbers(connection, tenant_id, [thing])
    try:
        async with savepoint(connection):
            await connection.execute(_CALL, tenant_id, thing.kind, thing.id, external_id)
    except asyncpg.UniqueViolationError:
        # Another request gave it away since it was looked for.
        return False
    return True


async def token_era(connection: Connection, tenant_id: TenantId, dialect: str) -> int:
    """Return the era in which tokens of a dialect count now."""
    return int(await connection.fetchval(_ERA, tenant_id, dialect) or 0)


async def end_tokens(connection: Connection, tenant_id: TenantId, dialect: str) -> None:
    """End all tokens of a dialect that were given so far."""
    await connection.execute(_END_TOKENS, tenant_id, dialect)


async def forget_project(connection: Connection, tenant_id: TenantId, project_id: ProjectId) -> None:
    """Forget what stands for a project and for its bills, whose ids begin with the project's."""
    await connection.execute(_FORGET, tenant_id, project_id)


_FIND = """
SELECT kind, id, number, external_id FROM gateway.dialect_number
WHERE tenant_id = $1 AND (kind, id) IN (SELECT * FROM unnest($2::text[], $3::text[]))
"""

# Two that give numbers to the same things at once wait for each other's rows; in one order they never wait in a circle.
_GIVE = """
INSERT INTO gateway.dialect_number (tenant_id, kind, id)
SELECT $1, kind, id FROM unnest($2::text[], $3::text[]) AS given (kind, id)
WHERE NOT EXISTS (
    SELECT FROM gateway.dialect_number AS known
    WHERE known.tenant_id = $1 AND known.kind = given.kind AND known.id = given.id
)
ORDER BY kind, id
ON CONFLICT (tenant_id, kind, id) DO NOTHING
"""

_ERA = "SELECT era FROM gateway.dialect_era WHERE tenant_id = $1 AND dialect = $2"

_END_TOKENS = """
INSERT INTO gateway.dialect_era (tenant_id, dialect, era) VALUES ($1, $2, 1)
ON CONFLICT (tenant_id, dialect) DO UPDATE SET era = dialect_era.era + 1
"""

_BY_NUMBER = "SELECT id FROM gateway.dialect_number WHERE tenant_id = $1 AND kind = $2 AND number = $3"
_BY_EXTERNAL_ID = "SELECT id FROM gateway.dialect_number WHERE tenant_id = $1 AND kind = $2 AND external_id = $3"
_FORGET = "DELETE FROM gateway.dialect_number WHERE tenant_id = $1 AND (id = $2 OR starts_with(id, $2 || '/'))"
_CALL = "UPDATE gateway.dialect_number SET external_id = $4 WHERE tenant_id = $1 AND kind = $2 AND id = $3"
