"""SQL about reviews: readings that wait, what people decided, values that they found right, a project's settings."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.ids import BillId, Position, ProjectId, TenantId
from protos.profile.v1 import review_pb2
from runtime.postgres import Connection
from services.profile.fold import Mark
from services.profile.review.audit import Action, Found, Holding
from services.profile.store import ProjectKey
from services.profile.writes import Writes, columns

DECISIONS_MAX = 50


@dataclass(frozen=True, slots=True)
class HeldReading:
    """A reading that waits, whole. ``found`` is what the audit rules found when it was read.

    ``held_at`` and its bill's ``least_revision`` are told once it is kept.
    """

    key: ProjectKey
    bill_id: BillId
    mark: Mark
    received_at: datetime
    readings: bytes
    found: tuple[Found, ...]
    held_at: datetime | None = None
    least_revision: int = 0


class HeldRow(NamedTuple):
    """A reading that waits, without what it says; ``earlier_in_effect`` where the bill has another one that counts."""

    bill_id: BillId
    project_id: ProjectId
    completed_at: datetime
    held_at: datetime
    found: tuple[Found, ...]
    earlier_in_effect: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about the reading of a mark; ``decided_at`` and ``number`` once it is kept."""

    decision: str
    mark: Mark
    decided_by: str
    reason: str
    decided_at: datetime | None = None
    number: int = 0


class Confirmed(NamedTuple):
    """A value that a person found right, and what it said."""

    ordinal: int
    path: str
    value: str
    confirmed_by: str
    confirmed_at: datetime


# Settings


async def save_settings(connection: Connection, key: ProjectKey, holding: Holding) -> None:
    """Write a project's settings; the project has its row."""
    rules = json.dumps({name: action.value for name, action in sorted(holding.rules.items())})
    await connection.execute(_SAVE_SETTINGS, *key, holding.mode.value, rules)


# Readings that wait


def save_held(writes: Writes, held: Iterable[HeldReading]) -> None:
    """Keep readings that wait, in place of those that waited before."""
    rows = [
        (
            *one.key,
            one.bill_id,
            one.mark.completed_at,
            one.mark.position,
            one.received_at,
            one.readings,
            _found_bytes(one.found),
        )
        for one in held
    ]
    if rows:
        writes.add(_SAVE_HELD, *columns(rows))


async def held_reading(connection: Connection, bill_id: BillId) -> HeldReading | None:
    """Return the reading of the tenant's bill that waits or was rejected, None where there is none."""
    row = await connection.fetchrow(_HELD_READING, bill_id)
    return (
        None
        if row is None
        else HeldReading(
            ProjectKey(TenantId(row["tenant_id"]), ProjectId(row["project_id"])),
            BillId(row["bill_id"]),
            Mark(row["read_at"], Position(row["read_position"])),
            row["received_at"],
            row["readings"],
            _found_of(row["reasons"]),
            row["held_at"],
            row["least_revision"],
        )
    )


async def forget_held(connection: Connection, bill_ids: Collection[BillId]) -> None:
    """Delete readings that wait no longer."""
    if bill_ids:
        await connection.execute("DELETE FROM profile.held WHERE bill_id = ANY($1::uuid[])", list(bill_ids))


async def held_page(
    connection: Connection,
    tenant_id: TenantId,
    project_id: ProjectId | None,
    rejected: bool,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[HeldRow]:
    """Return readings that wait, or that were rejected, the one read last first."""
    sql = HELD_OF_TENANT if project_id is None else HELD_OF_PROJECT
    at, bill_id = before or (None, None)
    rows = await connection.fetch(sql, project_id or tenant_id, rejected, at, bill_id, limit)
    return [
        HeldRow(
            BillId(row["bill_id"]),
            ProjectId(row["project_id"]),
            row["waiting_at"],
            row["held_at"],
            _found_of(row["reasons"]),
            row["earlier_in_effect"],
        )
        for row in rows
    ]


# Decisions


async def add_decision(connection: Connection, tenant_id: TenantId, bill_id: BillId, made: Decision) -> datetime:
    """Keep what a person decided; return when."""
    at: datetime = await connection.fetchval(
        _ADD_DECISION,
        tenant_id,
        bill_id,
        made.decision,
        made.mark.completed_at,
        made.mark.position,
        made.decided_by,
        made.reason,
    )
    return at


async def decisions(connection: Connection, bill_id: BillId) -> list[Decision]:
    """Return what people decided about a bill, newest first."""
    sql = "SELECT * FROM profile.decision WHERE bill_id = $1 ORDER BY number DESC LIMIT $2"
    return [
        Decision(
            row["decision"],
            Mark(row["read_at"], Position(row["read_position"])),
            row["decided_by"],
            row["reason"],
            row["decided_at"],
            row["number"],
        )
        for row in await connection.fetch(sql, bill_id, DECISIONS_MAX)
    ]


# Values


async def confirmed_values(connection: Connection, bill_id: BillId) -> list[Confirmed]:
    """Return the values of a bill that people found right."""
    sql = "SELECT ordinal, path, value, confirmed_by, confirmed_at FROM profile.confirmed_value WHERE bill_id = $1"
    return [Confirmed(**row) for row in await connection.fetch(sql, bill_id)]


async def confirm_values(
    connection: Connection, tenant_id: TenantId, bill_id: BillId, ordinal: int, said: Mapping[str, str], who: str
) -> None:
    """Write down that a person found values right; ``said`` is what each says, by path."""
    rows = [(tenant_id, bill_id, ordinal, path, value, who) for path, value in sorted(said.items())]
    await connection.execute(_CONFIRM_VALUES, *columns(rows))


async def take_back_values(connection: Connection, bill_id: BillId, ordinal: int, paths: Sequence[str]) -> None:
    """Forget that a person found values right."""
    sql = "DELETE FROM profile.confirmed_value WHERE bill_id = $1 AND ordinal = $2 AND path = ANY($3::text[])"
    await connection.execute(sql, bill_id, ordinal, list(paths))


async def erase_reviews(connection: Connection, bill_ids: Sequence[BillId]) -> None:
    """Delete all that was held, decided or confirmed of bills that were deleted."""
    if bill_ids:
        for table in ("held", "decision", "confirmed_value"):
            sql = f"DELETE FROM profile.{table} WHERE bill_id = ANY($1::uuid[])"  # noqa: S608 our own tables
            await connection.execute(sql, bill_ids)


def reasons_of(found: Sequence[Found]) -> list[review_pb2.ReviewReason]:
    """Return what rules found as it is kept and told."""
    return [
        review_pb2.ReviewReason(
            rule_id=one.rule_id, sentence=one.sentence, action=one.action.value, statement=one.statement
        )
        for one in found
    ]


def _found_bytes(found: Sequence[Found]) -> bytes:
    return review_pb2.HeldBill(reasons=reasons_of(found)).SerializeToString(deterministic=True)


def _found_of(message: bytes) -> tuple[Found, ...]:
    reasons = review_pb2.HeldBill.FromString(message).reasons
    return tuple(Found(one.rule_id, one.sentence, Action(one.action), one.statement) for one in reasons)


_SAVE_SETTINGS = """
UPDATE profile.project SET hold = $3, audit_rules = $4 WHERE tenant_id = $1 AND project_id = $2
"""

_SAVE_HELD = """
INSERT INTO profile.held (tenant_id, project_id, bill_id, read_at, read_position, received_at, readings, reasons)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::bytea[],
    $8::bytea[])
ON CONFLICT (bill_id) DO UPDATE SET
    read_at = excluded.read_at, read_position = excluded.read_position, readings = excluded.readings,
    reasons = excluded.reasons, held_at = clock_timestamp()
"""

_HELD_READING = """
SELECT held.*, bill.least_revision FROM profile.held JOIN profile.bill USING (bill_id) WHERE bill_id = $1
"""

_HELD_PAGE = """
SELECT bill.bill_id, bill.project_id, bill.waiting_at, held.held_at, held.reasons, bill.read_at IS NOT NULL AS earlier_in_effect
FROM (
    SELECT * FROM profile.bill
    WHERE {whose} = $1 AND rejected = $2 AND waiting_at IS NOT NULL
        AND ($3::timestamptz IS NULL OR (waiting_at, bill_id) < ($3, $4::uuid))
    ORDER BY waiting_at DESC, bill_id DESC LIMIT $5
) AS bill JOIN profile.held USING (bill_id)
ORDER BY bill.waiting_at DESC, bill.bill_id DESC
"""

HELD_OF_PROJECT = _HELD_PAGE.format(whose="project_id")
HELD_OF_TENANT = _HELD_PAGE.format(whose="tenant_id")

_ADD_DECISION = """
INSERT INTO profile.decision (tenant_id, bill_id, decision, read_at, read_position, decided_by, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING decided_at
"""

_CONFIRM_VALUES = """
INSERT INTO profile.confirmed_value (tenant_id, bill_id, ordinal, path, value, confirmed_by)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (bill_id, ordinal, path) DO UPDATE SET
    value = excluded.value, confirmed_by = excluded.confirmed_by, confirmed_at = clock_timestamp()
"""
