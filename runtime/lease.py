"""The lease: claim, extend and fence work that lies in a table, fairly between lanes.

Any table can be leased from that has the columns ``id uuid, tenant_id uuid, lane uuid, state text, ready_at timestamptz,
attempts int, fencing_token bigint, leased_until timestamptz, leased_by text, finished_at timestamptz``; its migration
calls ``SELECT runtime.index_leases('ingest.job')``. A lane is whoever must not wait for others: the tenant of a parse
job, the endpoint of a delivery. A fencing token grows with each change of hands, so that whoever lost the lease, and
does not know it yet, changes nothing. All times are of the database's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.ids import TenantId
from runtime.postgres import Connection, qualified_name

exhausted_hold_seconds = 60
"""How long an exhausted row stays with whoever took it to fail it, should that transaction forget to."""


class State(StrEnum):
    """Where a leased thing stands."""

    QUEUED = "queued"
    LEASED = "leased"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Held(NamedTuple):
    """A lease as its holder knows it."""

    id: str
    fencing_token: int


class Finished(NamedTuple):
    """A lease that its holder ends, and how."""

    id: str
    fencing_token: int
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A lease just given. ``attempt`` counts from 1 and includes this one."""

    id: str
    fencing_token: int
    attempt: int
    tenant_id: TenantId
    lane: str
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """Lapsed leases: those queued again, and those without attempts left, now held by the caller under new tokens."""

    requeued: list[str]
    exhausted: list[Held]


class LeaseTable:
    """One table that is leased from. ``lane_limit`` bounds how much a lane may hold leased at one time.

    ``limit_of_lane`` is SQL that gives the limit of the lane ``lanes.lane`` itself, where lanes differ; it may only lower
    ``lane_limit``.
    """

    def __init__(self, table: str, *, lane_limit: int | None = None, limit_of_lane: str = "NULL") -> None:
        self._table = qualified_name(table)
        self._lane_limit = lane_limit
        self.channel = f"lease {table}"
        self.claim_sql = _CLAIM.format(table=self._table, limit_of_lane=limit_of_lane)
        self._prepare_sql = _CLAIM_SETTINGS
        if lane_limit is not None:
            # Claims in flight do not see each other's rows; a limit that must hold makes them take turns. The channel is
            # a name that was checked, so it can stand in the text; with the settings it makes one round trip.
            self._prepare_sql += f"; SELECT pg_advisory_xact_lock(hashtextextended('{self.channel}', 0))"

    async def claim(self, connection: Connection, worker: str, limit: int, lease_seconds: float) -> list[Leased]:
        """Lease up to ``limit`` ready rows to ``worker``: first from lanes that hold least, then oldest first.

        The attempt counts from now on, so a worker that dies has used it up.
        """
        await connection.execute(self._prepare_sql)
        rows = await connection.fetch(self.claim_sql, limit, worker, float(lease_seconds), self._lane_limit)
        return [
            Leased(
                id=row["id"],
                fencing_token=row["fencing_token"],
                attempt=row["attempts"],
                tenant_id=TenantId(row["tenant_id"]),
                lane=row["lane"],
                leased_until=row["leased_until"],
            )
            for row in rows
        ]

    async def extend(self, connection: Connection, held: Sequence[Held], lease_seconds: float) -> set[str]:
        """Prolong leases to ``lease_seconds`` from now; return the ids that are still held."""
        ids, tokens = _columns(held)
        rows = await connection.fetch(_EXTEND.format(table=self._table), ids, tokens, float(lease_seconds))
        return {row["id"] for row in rows}

    async def finish(self, connection: Connection, finished: Sequence[Finished]) -> set[str]:
        """End leases; return the ids whose token was still the row's. The others changed hands: drop their results."""
        ids, tokens = _columns([Held(each.id, each.fencing_token) for each in finished])
        states = [State(each.state).value for each in finished]
        rows = await connection.fetch(_FINISH.format(table=self._table), ids, tokens, states)
        return {row["id"] for row in rows}

    async def retry_at(self, connection: Connection, row_id: str, fencing_token: int, ready_at: datetime) -> bool:
        """End a lease so that the row is ready again at ``ready_at``; say whether it was still held."""
        sql = _RETRY.format(table=self._table, ready_at="$3")
        return await connection.fetchval(sql, row_id, fencing_token, ready_at) is not None

    async def retry_after(self, connection: Connection, row_id: str, fencing_token: int, wait_seconds: float) -> bool:
        """End a lease so that the row is ready again ``wait_seconds`` from now; say whether it was still held."""
        sql = _RETRY.format(table=self._table, ready_at="clock_timestamp() + $3 * interval '1 second'")
        return await connection.fetchval(sql, row_id, fencing_token, float(wait_seconds)) is not None

    async def give_back(self, connection: Connection, held: Sequence[Held]) -> set[str]:
        """Return rows unworked, ready at once, the attempt not counted; return the ids that were still held."""
        ids, tokens = _columns(held)
        rows = await connection.fetch(_GIVE_BACK.format(table=self._table), ids, tokens)
        return {row["id"] for row in rows}

    async def expire(self, connection: Connection, attempts_max: int, limit: int) -> Expired:
        """Take up to ``limit`` lapsed leases away.

        Those with attempts left are ready again at once. The caller fails the others in this same transaction, by
        ``finish`` with the new tokens given here.
        """
        sql = _EXPIRE.format(table=self._table)
        rows = await connection.fetch(sql, attempts_max, limit, exhausted_hold_seconds)
        return Expired(
            requeued=[row["id"] for row in rows if row["state"] == State.QUEUED],
            exhausted=[Held(row["id"], row["fencing_token"]) for row in rows if row["state"] == State.LEASED],
        )


def _columns(held: Sequence[Held]) -> tuple[list[str], list[int]]:
    return [each.id for each in held], [each.fencing_token for each in held]


# A plan made while the table was nearly empty reads or sorts it whole, and is kept: with 100,000 rows in 500 lanes such
# a claim took 9 s instead of 3 ms. Only walking the index in its order is right here, whatever the statistics say.
_CLAIM_SETTINGS = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; "
    "SET LOCAL plan_cache_mode = force_generic_plan"
)

# lanes: a loose index scan, one probe a lane, each giving the lane's oldest row.
# chosen: only the first $1 of them can have a row among the first $1 of all, as each lane's first row is its best.
# quota: how many rows each lane gives when lanes take turns, those that hold less going first.
# taken: that many rows of each lane, past those that another claim has its hands on.
_CLAIM = """
WITH RECURSIVE lanes AS (
    (SELECT lane, ready_at FROM {table} WHERE state = 'queued' ORDER BY lane, ready_at LIMIT 1)
    UNION ALL
    SELECT next.lane, next.ready_at FROM lanes CROSS JOIN LATERAL (
        SELECT lane, ready_at FROM {table}
        WHERE state = 'queued' AND lane > lanes.lane ORDER BY lane, ready_at LIMIT 1
    ) AS next
), holding AS (
    SELECT lane, count(*) AS held FROM {table} WHERE state = 'leased' GROUP BY lane
), chosen AS (
    SELECT lanes.lane, coalesce(held, 0) AS held, own.room_max
    FROM lanes LEFT JOIN holding USING (lane) CROSS JOIN LATERAL (SELECT least($4::int, {limit_of_lane}) AS room_max) AS own
    WHERE ready_at <= statement_timestamp() AND coalesce(held, 0) < coalesce(own.room_max, 2147483647)
    ORDER BY coalesce(held, 0), ready_at LIMIT $1
), turns AS (
    SELECT chosen.lane
    FROM chosen CROSS JOIN LATERAL (
        SELECT ready_at, row_number() OVER (ORDER BY ready_at, id) AS turn FROM (
            SELECT ready_at, id FROM {table} AS work
            WHERE work.lane = chosen.lane AND work.state = 'queued' AND work.ready_at <= statement_timestamp()
            ORDER BY work.ready_at, work.id LIMIT least($1, chosen.room_max - chosen.held)
        ) AS first_rows
    ) AS each
    ORDER BY chosen.held + each.turn, each.ready_at LIMIT $1
), quota AS (
    SELECT lane, count(*) AS rows FROM turns GROUP BY lane
), taken AS MATERIALIZED (
    SELECT mine.id FROM quota CROSS JOIN LATERAL (
        SELECT work.id FROM {table} AS work
        WHERE work.lane = quota.lane AND work.state = 'queued' AND work.ready_at <= statement_timestamp()
        ORDER BY work.ready_at, work.id LIMIT quota.rows FOR UPDATE SKIP LOCKED
    ) AS mine
)
UPDATE {table} AS target
SET state = 'leased', attempts = attempts + 1, fencing_token = fencing_token + 1, leased_by = $2,
    leased_until = clock_timestamp() + $3 * interval '1 second'
WHERE target.id = ANY (ARRAY(SELECT taken.id FROM taken))
RETURNING target.id, target.tenant_id, target.lane, target.fencing_token, target.attempts, target.leased_until
"""

# Rows are locked in the order of their ids, so that two batches that overlap wait instead of deadlocking. OFFSET 0 and the
# state asked outside keep the planner to the key: walking the index of leased rows meant walking all that ever were (14 ms
# instead of 1 after 12,000 jobs).
_HELD = """
    SELECT work.id{ending} FROM (SELECT * FROM {told} ORDER BY id) AS told
    CROSS JOIN LATERAL (
        SELECT id, state FROM {{table}} AS row
        WHERE row.id = told.id AND row.fencing_token = told.fencing_token OFFSET 0 FOR UPDATE
    ) AS work
    WHERE work.state = 'leased'
"""
_STILL_HELD = _HELD.format(ending="", told="unnest($1::uuid[], $2::bigint[]) AS held (id, fencing_token)")
_ENDED = _HELD.format(
    ending=", told.ending",
    told="unnest($1::uuid[], $2::bigint[], $3::text[]) AS ended (id, fencing_token, ending)",
)

_EXTEND = f"""
WITH held AS ({_STILL_HELD})
UPDATE {{table}} AS target SET leased_until = clock_timestamp() + $3 * interval '1 second'
FROM held WHERE target.id = held.id RETURNING target.id
"""  # noqa: S608

_FINISH = f"""
WITH held AS ({_ENDED})
UPDATE {{table}} AS target
SET state = held.ending, leased_until = NULL, leased_by = NULL, finished_at = clock_timestamp()
FROM held WHERE target.id = held.id RETURNING target.id
"""  # noqa: S608

_RETRY = """
UPDATE {table} SET state = 'queued', ready_at = {ready_at}, leased_until = NULL, leased_by = NULL
WHERE id = $1 AND fencing_token = $2 AND state = 'leased' RETURNING id
"""

_GIVE_BACK = f"""
WITH held AS ({_STILL_HELD})
UPDATE {{table}} AS target
SET state = 'queued', attempts = greatest(target.attempts - 1, 0), leased_until = NULL, leased_by = NULL
FROM held WHERE target.id = held.id RETURNING target.id
"""  # noqa: S608

_EXPIRE = """
WITH lapsed AS (
    SELECT id, attempts < $1 AS again FROM {table}
    WHERE state = 'leased' AND leased_until < statement_timestamp()
    ORDER BY leased_until LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE {table} AS target
SET fencing_token = target.fencing_token + 1,
    state = CASE WHEN again THEN 'queued' ELSE 'leased' END,
    leased_by = CASE WHEN again THEN NULL ELSE target.leased_by END,
    leased_until = CASE WHEN again THEN NULL ELSE clock_timestamp() + $3 * interval '1 second' END
FROM lapsed WHERE target.id = lapsed.id
RETURNING target.id, target.state, target.fencing_token
"""
