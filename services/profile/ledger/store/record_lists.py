"""SQL that lists the ledger's records, page by page, by whatever a caller asks for; an index serves each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from domain.ids import ProjectId, TenantId
from runtime.postgres import Connection
from services.profile.ledger.records import Record
from services.profile.ledger.store.records import record_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which records a list holds; what is None is not asked for. ``standing`` None takes all, archived or not."""

    tenant_id: TenantId
    project_ids: tuple[ProjectId, ...] | None = None
    account_id: str | None = None
    meter_id: str | None = None
    bill_id: str | None = None
    from_day: date | None = None
    until_day: date | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None
    standing: bool | None = True
    known_on: datetime | None = None
    before: tuple[datetime, str, int, int] | None = None


async def list_records(connection: Connection, asked: Asked, limit: int) -> list[Record]:
    """Return records, the one recorded last first."""
    sql, arguments = list_statement(asked, limit)
    return [record_of(row) for row in await connection.fetch(sql, *arguments)]


def list_statement(asked: Asked, limit: int) -> tuple[str, list[Any]]:
    """Return the statement of a list and its arguments: only conditions that are asked for, so that an index serves it."""
    arguments: list[Any] = []

    def put(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    conditions = []
    if asked.bill_id is not None:
        conditions.append(f"record.bill_id = {put(asked.bill_id)}::uuid")
    if asked.account_id is not None:
        conditions.append(f"record.account_id = {put(asked.account_id)}::uuid")
    if asked.from_day is not None:
        conditions.append(f"record.after_day > {put(asked.from_day)}::date")
    if asked.until_day is not None:
        conditions.append(f"record.first_day < {put(asked.until_day)}::date")
    source, stamp = "profile.record", "record"
    if asked.meter_id is not None:
        source = "profile.record_meter AS shown JOIN profile.record USING (bill_id, ordinal, revision)"
        conditions.append(f"shown.meter_id = {put(asked.meter_id)}::uuid")
        stamp = "shown"
    if asked.recorded_from is not None:
        conditions.append(f"{stamp}.recorded_at >= {put(asked.recorded_from)}::timestamptz")
    if asked.recorded_until is not None:
        conditions.append(f"{stamp}.recorded_at < {put(asked.recorded_until)}::timestamptz")
    conditions += _standing(asked, put)
    if asked.before is not None:
        at, bill_id, ordinal, revision = asked.before
        conditions.append(
            f"({stamp}.recorded_at, {stamp}.bill_id, {stamp}.ordinal, {stamp}.revision)"
            f" < ({put(at)}::timestamptz, {put(bill_id)}::uuid, {put(ordinal)}::int, {put(revision)}::int)"
        )
    order = ", ".join(f"{stamp}.{name} DESC" for name in ("recorded_at", "bill_id", "ordinal", "revision"))
    newest = "recorded_at DESC, bill_id DESC, ordinal DESC, revision DESC"
    most = put(limit)
    if asked.project_ids is None:
        if asked.meter_id is None and asked.account_id is None and asked.bill_id is None:
            conditions.append(f"record.tenant_id = {put(asked.tenant_id)}::uuid")
        where = " AND ".join(conditions) or "true"
        sql = f"SELECT record.* FROM {source} WHERE {where} ORDER BY {order} LIMIT {most}"  # noqa: S608 our own words
        return sql, arguments
    conditions.append("record.project_id = one.project_id")
    projects, where = put(list(asked.project_ids)), " AND ".join(conditions)
    sql = f"""
    SELECT page.* FROM unnest({projects}::uuid[]) AS one (project_id) CROSS JOIN LATERAL (
        SELECT record.* FROM {source} WHERE {where} ORDER BY {order} LIMIT {most}
    ) AS page ORDER BY {newest} LIMIT {most}
    """  # noqa: S608 our own words
    return sql, arguments


def _standing(asked: Asked, put: Callable[[Any], str]) -> list[str]:
    conditions = []
    if asked.known_on is not None:
        moment = put(asked.known_on)
        conditions.append(f"record.recorded_at <= {moment}::timestamptz")
        alive = f"(record.archived_at IS NULL OR record.archived_at > {moment}::timestamptz)"
    else:
        alive = "record.archived_at IS NULL"
    if asked.standing is not None:
        conditions.append(alive if asked.standing else f"NOT {alive}")
    return conditions


class BillDay(NamedTuple):
    """A day (UTC) on which records were made, and how many."""

    day: date
    bills: int


async def bill_days(
    connection: Connection, tenant_id: TenantId, from_day: date | None, before_day: date | None, limit: int
) -> list[BillDay]:
    """Return the days on which the tenant's records were made, newest first."""
    rows = await connection.fetch(BILL_DAYS, tenant_id, from_day, before_day, limit)
    return [BillDay(row["day"], row["bills"]) for row in rows]


BILL_DAYS = """
WITH RECURSIVE days AS (
    (SELECT (recorded_at AT TIME ZONE 'UTC')::date AS day FROM profile.record
    WHERE tenant_id = $1 AND ($3::date IS NULL OR recorded_at < $3::date::timestamp AT TIME ZONE 'UTC')
    ORDER BY recorded_at DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT (recorded_at AT TIME ZONE 'UTC')::date FROM profile.record
        WHERE tenant_id = $1 AND recorded_at < days.day::timestamp AT TIME ZONE 'UTC'
        ORDER BY recorded_at DESC LIMIT 1)
    FROM days WHERE days.day IS NOT NULL
), chosen AS (
    SELECT day FROM days WHERE day IS NOT NULL AND ($2::date IS NULL OR day >= $2) LIMIT $4
)
SELECT day, (SELECT count(*) FROM profile.record WHERE tenant_id = $1
    AND recorded_at >= day::timestamp AT TIME ZONE 'UTC'
    AND recorded_at < (day + 1)::timestamp AT TIME ZONE 'UTC')::int AS bills
FROM chosen ORDER BY day DESC
"""
