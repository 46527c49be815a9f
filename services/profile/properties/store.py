"""Every SQL statement about properties."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from domain.ids import ProjectId, TenantId
from runtime.postgres import Connection
from runtime.uuids import named_id
from services.profile.store import ProjectKey
from services.profile.writes import columns

_NAMESPACE = UUID("9a1f4b0e-6d2c-5e37-8b11-2c7d90e4a6f5")
"""Our own namespace for ids of properties that projects were given (RFC 9562, version 5)."""
METERS_TOLD = 200


@dataclass(frozen=True, slots=True)
class Property:
    """A property as it is kept, with what is known of it: its projects, meters, and the end of its data."""

    tenant_id: TenantId
    property_id: str
    created_at: datetime
    updated_at: datetime
    fields: Mapping[str, Any]
    request_hash: str
    project_ids: tuple[ProjectId, ...] = ()
    meter_ids: tuple[str, ...] = ()
    covered_until: date | None = None


COLUMNS = (
    "external_id",
    "name",
    "floor_area_sq_ft",
    "street_address",
    "city",
    "region",
    "postal_code",
    "country",
    "latitude",
    "longitude",
    "primary_use",
    "year_built",
    "status",
    "grid_region",
    "metadata",
)
"""What a caller can say of a property; all are columns of the same name."""


class DayTemperature(NamedTuple):
    """A day and its mean temperature [degrees Fahrenheit]."""

    day: date
    mean_f: Decimal


def id_of_project(key: ProjectKey) -> str:
    """Return the id of the property that a project is given on first use."""
    return named_id(_NAMESPACE, f"{key.tenant_id}/{key.project_id}")


async def give_properties(connection: Connection, keys: Collection[ProjectKey]) -> None:
    """Give each project that has no property one of its own; without a name, as what bills say goes with them."""
    if keys:
        rows = [(key.tenant_id, key.project_id, id_of_project(key)) for key in sorted(keys)]
        await connection.execute(_GIVE, *columns(rows))


async def property_of_project(connection: Connection, project_id: ProjectId) -> str | None:
    """Return the property that the tenant's project maps to, or None."""
    sql = "SELECT property_id FROM profile.property_project WHERE project_id = $1"
    found: str | None = await connection.fetchval(sql, project_id)
    return found


async def property_of_meter(connection: Connection, meter_id: str) -> str | None:
    """Return the property of the project whose bill showed the tenant's meter last, or None."""
    found: str | None = await connection.fetchval(_OF_METER, meter_id)
    return found


async def properties_of_projects(connection: Connection, project_ids: Collection[ProjectId]) -> dict[ProjectId, str]:
    """Return the properties that projects map to; those without one are left out."""
    sql = "SELECT project_id, property_id FROM profile.property_project WHERE project_id = ANY($1::uuid[])"
    return {ProjectId(row["project_id"]): row["property_id"] for row in await connection.fetch(sql, list(project_ids))}


async def projects_of_property(connection: Connection, property_id: str) -> tuple[ProjectId, ...] | None:
    """Return the projects that map to the tenant's property, or None where it has none of this id."""
    row = await connection.fetchrow(_PROJECTS, property_id)
    return None if row is None else tuple(ProjectId(one) for one in row["project_ids"])


async def find(connection: Connection, property_id: str) -> Property | None:
    """Return the tenant's property, or None where there is none of this id."""
    rows = await connection.fetch(f"{_SELECT} WHERE property_id = $1", property_id)
    return (await _with_meters(connection, rows))[0] if rows else None


async def grid_region(connection: Connection, property_id: str) -> str:
    """Return the grid region of the tenant's property, "" where it has none or there is no such property."""
    sql = "SELECT grid_region FROM profile.property WHERE property_id = $1"
    return await connection.fetchval(sql, property_id) or ""


async def of_request(connection: Connection, request_id: str) -> Property | None:
    """Return the property that a request of the tenant made, or None."""
    rows = await connection.fetch(f"{_SELECT} WHERE request_id = $1", request_id)
    return (await _with_meters(connection, rows))[0] if rows else None


async def page(
    connection: Connection, tenant_id: TenantId, before: tuple[datetime, str] | None, limit: int
) -> list[Property]:
    """Return the tenant's properties, newest first, behind a (created_at, property_id) where one is given."""
    rows = await connection.fetch(PROPERTIES_PAGE, tenant_id, *(before or (None, None)), limit)
    return await _with_meters(connection, rows)


async def add(
    connection: Connection,
    tenant_id: TenantId,
    property_id: str,
    fields: Mapping[str, Any],
    request: tuple[str, str],
) -> bool:
    """Insert a property; False where the request of that id made one before."""
    names = sorted(fields)
    places = ", ".join(f"${at}" for at in range(5, 5 + len(names)))
    sql = f"""INSERT INTO profile.property (tenant_id, property_id, created_at, updated_at, request_id, request_hash
            {"".join(f", {name}" for name in names)})
        SELECT $1, $2, now, now, $3, $4 {", " + places if names else ""} FROM clock_timestamp() AS now
        ON CONFLICT (tenant_id, request_id) WHERE request_id <> '' DO NOTHING RETURNING true"""  # noqa: S608 our own names
    made = await connection.fetchval(sql, tenant_id, property_id, *request, *(fields[name] for name in names))
    return made is not None


async def change(connection: Connection, property_id: str, fields: Mapping[str, Any]) -> bool:
    """Change a property; False where the tenant has none of this id."""
    names = sorted(fields)
    sets = "".join(f", {name} = ${at}" for at, name in enumerate(names, 2))
    sql = f"UPDATE profile.property SET updated_at = clock_timestamp(){sets} WHERE property_id = $1 RETURNING true"  # noqa: S608 our own names
    return await connection.fetchval(sql, property_id, *(fields[name] for name in names)) is not None


async def map_projects(
    connection: Connection, tenant_id: TenantId, property_id: str, project_ids: Sequence[ProjectId]
) -> None:
    """Map projects to a property, whatever they mapped to before."""
    if project_ids:
        await connection.execute(_MAP, tenant_id, property_id, sorted(set(project_ids)))


async def delete(connection: Connection, property_id: str) -> None:
    """Delete a property, its temperatures and what maps to it."""
    await connection.execute("DELETE FROM profile.property WHERE property_id = $1", property_id)


async def save_temperatures(
    connection: Connection, tenant_id: TenantId, property_id: str, days: Mapping[date, Decimal | None]
) -> int:
    """Store temperatures, take out those that are None; return how many days are stored now."""
    gone = [day for day, mean in days.items() if mean is None]
    kept = {day: mean for day, mean in days.items() if mean is not None}
    await connection.execute(
        "DELETE FROM profile.temperature WHERE property_id = $1 AND day = ANY($2::date[])", property_id, gone
    )
    await connection.execute(_SAVE_TEMPERATURES, tenant_id, property_id, list(kept), list(kept.values()))
    count: int = await connection.fetchval(
        "SELECT count(*) FROM profile.temperature WHERE property_id = $1", property_id
    )
    return count


async def temperatures(
    connection: Connection, property_id: str, from_day: date | None, until_day: date | None, limit: int
) -> list[DayTemperature]:
    """Return stored temperatures by day, so many at most."""
    rows = await connection.fetch(TEMPERATURES_PAGE, property_id, from_day, until_day, limit)
    return [DayTemperature(row["day"], row["mean_f"]) for row in rows]


async def _with_meters(connection: Connection, rows: Sequence[Any]) -> list[Property]:
    known = {
        row["property_id"]: row
        for row in await connection.fetch(PROPERTY_FACTS, [row["property_id"] for row in rows], METERS_TOLD)
    }
    return [
        Property(
            tenant_id=TenantId(row["tenant_id"]),
            property_id=row["property_id"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            fields={name: row[name] for name in COLUMNS},
            request_hash=row["request_hash"],
            project_ids=tuple(ProjectId(one) for one in known[row["property_id"]]["project_ids"]),
            meter_ids=tuple(known[row["property_id"]]["meter_ids"]),
            covered_until=known[row["property_id"]]["covered_until"],
        )
        for row in rows
    ]


_SELECT = "SELECT * FROM profile.property"

PROPERTIES_PAGE = f"""
{_SELECT} WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, property_id) < ($2, $3::uuid))
ORDER BY created_at DESC, property_id DESC LIMIT $4
"""

_OF_METER = """
SELECT property_id FROM (
    SELECT bill_id, ordinal FROM profile.statement_meter AS shown
    WHERE shown.meter_id = $1 AND shown.end_date IS NOT NULL ORDER BY shown.end_date DESC LIMIT 1
) AS last JOIN profile.statement USING (bill_id, ordinal)
    JOIN profile.property_project AS mapped ON mapped.project_id = statement.project_id
        AND mapped.tenant_id = statement.tenant_id
"""

_PROJECTS = """
SELECT ARRAY(SELECT project_id FROM profile.property_project AS mapped
    WHERE mapped.property_id = property.property_id ORDER BY project_id) AS project_ids
FROM profile.property WHERE property_id = $1
"""

# Meters one by one along the index of each project's accounts, so that their number counts and not that of bills: OFFSET 0
# keeps the planner from joining all that any meter shows.
PROPERTY_FACTS = """
SELECT asked.property_id, mapped.project_ids,
    ARRAY(
        SELECT meter_id FROM profile.meter WHERE account_id = ANY (ARRAY(
            SELECT account_id FROM unnest(mapped.project_ids) AS one (project_id)
            CROSS JOIN LATERAL profile.accounts_of_project(one.project_id) AS account_id
        )) AND EXISTS (
            SELECT FROM profile.statement_meter AS shown CROSS JOIN LATERAL (
                SELECT project_id, archived_at FROM profile.statement
                WHERE statement.bill_id = shown.bill_id AND statement.ordinal = shown.ordinal OFFSET 0
            ) AS stated WHERE shown.meter_id = meter.meter_id AND stated.project_id = ANY (mapped.project_ids)
                AND stated.archived_at IS NULL OFFSET 0
        ) ORDER BY meter_id LIMIT $2
    ) AS meter_ids,
    (SELECT max(last.end_date) FROM unnest(mapped.project_ids) AS one (project_id) CROSS JOIN LATERAL (
        SELECT end_date FROM profile.statement WHERE statement.project_id = one.project_id AND archived_at IS NULL
            AND end_date IS NOT NULL ORDER BY end_date DESC LIMIT 1
    ) AS last) AS covered_until
FROM unnest($1::uuid[]) AS asked (property_id) CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT project_id FROM profile.property_project AS mapped
        WHERE mapped.property_id = asked.property_id ORDER BY project_id) AS project_ids
) AS mapped
"""

_GIVE = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS new (tenant_id, project_id, property_id)
    WHERE NOT EXISTS (
        SELECT FROM profile.property_project AS mapped
        WHERE mapped.tenant_id = new.tenant_id AND mapped.project_id = new.project_id
    )
), made AS (
    INSERT INTO profile.property (tenant_id, property_id, created_at, updated_at)
    SELECT tenant_id, property_id, now, now FROM given CROSS JOIN clock_timestamp() AS now
    ON CONFLICT (property_id) DO NOTHING
)
INSERT INTO profile.property_project (tenant_id, project_id, property_id)
SELECT tenant_id, project_id, property_id FROM given ON CONFLICT (tenant_id, project_id) DO NOTHING
"""

_MAP = """
INSERT INTO profile.property_project (tenant_id, property_id, project_id)
SELECT $1, $2, project_id FROM unnest($3::uuid[]) AS given (project_id)
ON CONFLICT (tenant_id, project_id) DO UPDATE SET property_id = excluded.property_id
"""

_SAVE_TEMPERATURES = """
INSERT INTO profile.temperature (tenant_id, property_id, day, mean_f)
SELECT $1, $2, * FROM unnest($3::date[], $4::numeric[])
ON CONFLICT (property_id, day) DO UPDATE SET mean_f = excluded.mean_f
"""

TEMPERATURES_PAGE = """
SELECT day, mean_f FROM profile.temperature
WHERE property_id = $1 AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day < $3) ORDER BY day LIMIT $4
"""
