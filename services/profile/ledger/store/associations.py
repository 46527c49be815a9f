"""SQL about pairs of supply and distribution meters: who may be one, and what was found."""

from collections.abc import Collection
from typing import Any

from domain.ids import ProjectId
from domain.period import Period
from runtime.postgres import Connection
from services.profile.ledger.associations import Candidate, associated

BILLS_LOOKED_AT = 24
"""The newest bills of a meter tell whether it supplies or delivers, and over which days."""


async def associate(connection: Connection, meter_ids: Collection[str]) -> None:
    """Find the pairs that these meters are in now, and write them down."""
    if not meter_ids:
        return
    rows = await connection.fetch(CANDIDATES, list(meter_ids))
    if not rows:
        # Meters that nobody shares a number with, the usual case.
        return
    days: dict[str, list[tuple[ProjectId, Period]]] = {}
    kinds: dict[str, set[str]] = {}
    for row in await connection.fetch(_SHOWN, [row["meter_id"] for row in rows], BILLS_LOOKED_AT):
        if row["start_date"] is not None and row["end_date"] is not None:
            period = Period(row["start_date"], row["end_date"])
            days.setdefault(row["meter_id"], []).append((ProjectId(row["project_id"]), period))
        kinds.setdefault(row["meter_id"], set()).update(row["kinds"])
    found = associated([_candidate(row, days, kinds) for row in rows])
    ids = sorted({row["meter_id"] for row in rows} | set(meter_ids))
    await connection.execute(_SAVE, ids, [found.get(meter_id) for meter_id in ids])


def _candidate(row: Any, days: dict[str, list[tuple[ProjectId, Period]]], kinds: dict[str, set[str]]) -> Candidate:
    meter_id = row["meter_id"]
    return Candidate(
        meter_id=meter_id,
        commodity=row["commodity"],
        issuer_id=row["issuer_id"],
        issuer_name=row["issuer_name"],
        number=row["number_normalised"],
        point=row["point_normalised"],
        supplier=row["supplier"],
        created_at=row["created_at"],
        bills_delivery="delivery" in kinds.get(meter_id, ()),
        bills_supply="supply" in kinds.get(meter_id, ()),
        days=tuple(days.get(meter_id, ())),
    )


# What told its energy beside one of these is concerned as well, also where that one has gone. What they were told to be is
# forgotten on the way; it is read as it was before.
CANDIDATES = """
WITH concerned AS (
    SELECT * FROM profile.meter WHERE meter_id = ANY($1::uuid[]) OR associated_meter_id = ANY($1::uuid[])
), forgotten AS (
    UPDATE profile.meter SET associated_meter_id = NULL
    WHERE associated_meter_id IS NOT NULL AND (meter_id = ANY($1::uuid[]) OR associated_meter_id = ANY($1::uuid[]))
), pair AS (
    SELECT mine.meter_id AS one, theirs.meter_id AS other
    FROM concerned AS mine JOIN profile.meter AS theirs ON theirs.tenant_id = mine.tenant_id
        AND theirs.commodity = mine.commodity AND theirs.account_id <> mine.account_id
        AND theirs.number_normalised = mine.number_normalised
    WHERE mine.number_normalised <> '' AND theirs.number_normalised <> ''
    UNION
    SELECT mine.meter_id, theirs.meter_id
    FROM concerned AS mine JOIN profile.meter AS theirs ON theirs.tenant_id = mine.tenant_id
        AND theirs.commodity = mine.commodity AND theirs.account_id <> mine.account_id
        AND theirs.point_normalised = mine.point_normalised
    WHERE mine.point_normalised <> '' AND theirs.point_normalised <> ''
)
SELECT meter.*, issuer_id, issuer_name FROM profile.meter JOIN profile.account USING (account_id)
WHERE meter_id IN (SELECT one FROM pair UNION SELECT other FROM pair)
"""

_SHOWN = """
SELECT chosen.meter_id, shown.* FROM unnest($1::uuid[]) AS chosen (meter_id) CROSS JOIN LATERAL (
    SELECT statement.project_id, coalesce(by_meter.start_date, statement.start_date) AS start_date,
        coalesce(by_meter.end_date, statement.end_date) AS end_date,
        ARRAY(SELECT DISTINCT kind FROM profile.charge WHERE charge.bill_id = statement.bill_id
            AND charge.ordinal = statement.ordinal) AS kinds
    FROM (
        SELECT * FROM profile.statement_meter AS newest WHERE newest.meter_id = chosen.meter_id
        ORDER BY end_date DESC NULLS FIRST LIMIT $2
    ) AS by_meter JOIN profile.statement USING (bill_id, ordinal)
    WHERE archived_at IS NULL
) AS shown
"""

_SAVE = """
UPDATE profile.meter SET associated_meter_id = new.associated
FROM unnest($1::uuid[], $2::uuid[]) AS new (meter_id, associated)
WHERE meter.meter_id = new.meter_id AND meter.associated_meter_id IS DISTINCT FROM new.associated
"""
