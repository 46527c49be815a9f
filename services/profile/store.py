"""Every SQL statement of profile but those about ledger entries (``ledger/store.py``), one function each.

Locks are taken in one order everywhere: the cursor, then projects by id, then the journal's head.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from domain.ids import BillId, Position, ProjectId, TenantId
from runtime.postgres import Connection
from services.profile.fold import MERGED_BILLS_MAX, BillState, Failed, Held, Mark, Policy, Read, Rule, Supply
from services.profile.review.audit import Action, Holding, HoldMode
from services.profile.writes import Writes, columns

COMPLETIONS = "ingest.completion"
"""The journal that is folded; its cursor's name."""


BRIEF_WAIT_MS = 250
"""Some times what a fold holds its rows for, and less than PostgreSQL waits before it ends one of two that wait on each other."""


class ProjectKey(NamedTuple):
    """A project of a tenant. Profile owns no projects, so an id alone proves nothing."""

    tenant_id: TenantId
    project_id: ProjectId


@dataclass(slots=True)
class Project:
    """A project's row, in hand to be changed; ``profile`` is the load profile as a message without its version."""

    key: ProjectKey
    policy: Policy = field(default_factory=Policy)
    active_bill_id: BillId | None = None
    version: int = 0
    profile: bytes | None = None
    supply: Supply | None = None
    bills_parsed: int = 0
    bills_unparsed: int = 0
    bills_held: int = 0
    has_property: bool = False
    holding: Holding = field(default_factory=Holding)

    @property
    def supplied(self) -> bool:
        """Whether the load profile is the one that a user supplied."""
        return self.supply is not None and self.profile == self.supply.made

    def count(self, before: BillState, after: BillState) -> None:
        """Count a bill under what it is after an event instead of under what it was before."""
        for state, by in ((before, -1), (after, 1)):
            self.bills_parsed += by * (state.read is not None)
            self.bills_unparsed += by * (state.read is None and state.waiting is None and state.failed is not None)
            self.bills_held += by * state.held

    @property
    def profile_version(self) -> int:
        """The version to tell: 0 where there is no profile."""
        return self.version if self.profile is not None else 0


class BillOfProject(NamedTuple):
    """A bill's state and whose it is."""

    key: ProjectKey
    state: BillState


class StoredReading(NamedTuple):
    """The readings of a bill as they came, and when."""

    completed_at: datetime
    readings: bytes


async def see_one_moment(connection: Connection) -> None:
    """Let all statements of this transaction see one moment; call it before the first of them."""
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def wait_briefly(connection: Connection) -> None:
    """Let no statement of this transaction wait long for rows that another one writes: it raises ``Contended`` then."""
    await connection.execute(f"SET LOCAL lock_timeout = '{BRIEF_WAIT_MS}ms'")


# The cursor


async def cursor(connection: Connection) -> Position:
    """Return how far completions have been folded."""
    return Position(await connection.fetchval("SELECT position FROM profile.cursor WHERE journal = $1", COMPLETIONS))


async def lock_cursor(connection: Connection) -> Position:
    """Return the cursor and keep every other fold waiting until this transaction ends."""
    sql = "SELECT position FROM profile.cursor WHERE journal = $1 FOR UPDATE"
    return Position(await connection.fetchval(sql, COMPLETIONS))


def move_cursor(writes: Writes, position: Position) -> None:
    """Save that everything up to this position has been folded."""
    writes.add("UPDATE profile.cursor SET position = $2 WHERE journal = $1", COMPLETIONS, position)


# Projects


async def lock_projects(connection: Connection, keys: Collection[ProjectKey]) -> dict[ProjectKey, Project]:
    """Return projects for change, in the order of their ids; one that was never seen gets a row."""
    found = await _lock_known(connection, keys)
    missing = sorted(set(keys) - found.keys())
    if missing:
        await connection.execute(_ADD_PROJECTS, *columns(missing))
        found |= await _lock_known(connection, missing)
    return found


async def _lock_known(connection: Connection, keys: Collection[ProjectKey]) -> dict[ProjectKey, Project]:
    rows = await connection.fetch(LOCK_PROJECTS, *columns(sorted(keys)))
    return {project.key: project for project in map(_project, rows)}


async def project(connection: Connection, project_id: ProjectId) -> Project | None:
    """Return the tenant's project of this id, or None where profile has not heard of it."""
    row = await connection.fetchrow(_KNOWN_PROJECT, project_id)
    return None if row is None else _project(row)


def save_projects(writes: Writes, projects: Sequence[Project]) -> None:
    """Write projects back."""
    if projects:
        rows = [
            (
                *one.key,
                one.policy.rule.value,
                one.policy.pinned_bill_id,
                one.active_bill_id,
                one.version,
                one.profile,
                one.bills_parsed,
                one.bills_unparsed,
                one.bills_held,
            )
            for one in projects
        ]
        writes.add(SAVE_PROJECTS, *columns(rows))


async def save_project(connection: Connection, project: Project) -> None:
    """Write one project back at once."""
    writes = Writes()
    save_projects(writes, [project])
    await writes.send(connection)


# Bills


async def bills(connection: Connection, bill_ids: Collection[BillId]) -> dict[BillId, BillState]:
    """Return what is known of bills; those never heard of are left out."""
    rows = await connection.fetch(_BILLS, list(bill_ids))
    return {state.bill_id: state for state in map(_bill, rows)}


async def bill_of_project(connection: Connection, project_id: ProjectId, bill_id: BillId) -> BillState | None:
    """Return the tenant's bill, or None where the project has none of this id."""
    row = await connection.fetchrow(_BILL_OF_PROJECT, bill_id, project_id)
    return None if row is None else _bill(row)


async def active_bill(connection: Connection, key: ProjectKey, policy: Policy) -> BillState | None:
    """Return the bill that ``fold.active_bill`` would choose from all of the project's, by one index probe a group."""
    if policy.rule is Rule.PINNED and policy.pinned_bill_id is not None:
        pinned = await bill_of_project(connection, key.project_id, policy.pinned_bill_id)
        if pinned is not None and pinned.read is not None:
            return pinned
    row = await connection.fetchrow(ACTIVE_BILL[policy.rule], key.tenant_id, key.project_id)
    return None if row is None else _bill(row)


async def merged_bills(connection: Connection, key: ProjectKey) -> list[BillState]:
    """Return what ``fold.merged_bills`` would choose from all of the project's bills, and in its order."""
    rows = await connection.fetch(MERGED_BILLS, key.tenant_id, key.project_id, MERGED_BILLS_MAX)
    return [_bill(row) for row in rows]


def save_bills(writes: Writes, changed: Iterable[BillOfProject]) -> None:
    """Write bills back; a deleted one keeps its ids and the time of its deletion only."""
    rows = [_bill_columns(one) for one in changed]
    if rows:
        writes.add(_SAVE_BILLS, *columns(rows))


# Readings


def save_readings(writes: Writes, readings: Mapping[BillId, tuple[TenantId, bytes]]) -> None:
    """Keep the readings of bills in place of earlier ones."""
    if readings:
        rows = [(tenant_id, bill_id, message) for bill_id, (tenant_id, message) in readings.items()]
        writes.add(_SAVE_READINGS, *columns(rows))


async def erase_readings(connection: Connection, bill_ids: Sequence[BillId]) -> None:
    """Delete the readings of bills."""
    if bill_ids:
        await connection.execute("DELETE FROM profile.reading WHERE bill_id = ANY($1::uuid[])", bill_ids)


async def readings(connection: Connection, bill_ids: Collection[BillId]) -> dict[BillId, bytes]:
    """Return the readings of bills as they came."""
    sql = "SELECT bill_id, readings FROM profile.reading WHERE bill_id = ANY($1::uuid[])"
    return {BillId(row["bill_id"]): row["readings"] for row in await connection.fetch(sql, list(bill_ids))}


async def reading(connection: Connection, project_id: ProjectId, bill_id: BillId) -> StoredReading | None:
    """Return the readings of the tenant's bill, or None where there are none."""
    row = await connection.fetchrow(_READING, bill_id, project_id)
    return None if row is None else StoredReading(row["read_at"], row["readings"])


def _project(row: Any) -> Project:
    return Project(
        key=ProjectKey(TenantId(row["tenant_id"]), ProjectId(row["project_id"])),
        policy=Policy(Rule(row["rule"]), row["pinned_bill_id"]),
        active_bill_id=row["active_bill_id"],
        version=row["version"],
        profile=row["profile"],
        supply=None
        if row["supplied_profile"] is None
        else Supply(Position(row["supplied_after"]), row["supplied_keep"], row["supplied_profile"], row["supplied_at"]),
        bills_held=row["bills_held"],
        holding=Holding(
            HoldMode(row["hold"]), {name: Action(action) for name, action in json.loads(row["audit_rules"]).items()}
        ),
        bills_parsed=row["bills_parsed"],
        bills_unparsed=row["bills_unparsed"],
        has_property=row["has_property"],
    )


def _bill(row: Any) -> BillState:
    if row["deleted_at"] is not None:
        return BillState(BillId(row["bill_id"]), deleted=True)
    read = failed = None
    if row["read_at"] is not None:
        mark = Mark(row["read_at"], Position(row["read_position"]))
        read = Read(mark, row["received_at"], row["contribution"], row["usable"], row["latest_day"])
    if row["failed_at"] is not None:
        mark = Mark(row["failed_at"], Position(row["failed_position"]))
        failed = Failed(mark, row["received_at"], row["failure_reason"])
    waiting = None
    if row["waiting_at"] is not None:
        waiting = Held(Mark(row["waiting_at"], Position(row["waiting_position"])), row["received_at"])
    return BillState(
        BillId(row["bill_id"]),
        read,
        failed,
        waiting=waiting,
        rejected=row["rejected"],
        least_revision=row["least_revision"],
    )


def _bill_columns(bill: BillOfProject) -> tuple[Any, ...]:
    state = bill.state
    read, failed = state.read, state.failed
    waiting = state.waiting
    heard = read or waiting or failed
    return (
        bill.key.tenant_id,
        state.bill_id,
        bill.key.project_id,
        heard.received_at if heard else None,
        read.mark.completed_at if read else None,
        read.mark.position if read else None,
        read.usable if read else False,
        read.latest_day if read else None,
        read.contribution if read else None,
        failed.mark.completed_at if failed else None,
        failed.mark.position if failed else None,
        failed.reason if failed else None,
        state.deleted,
        waiting.mark.completed_at if waiting else None,
        waiting.mark.position if waiting else None,
        state.rejected,
        state.least_revision,
    )


_PROJECT = """tenant_id, project_id, rule, pinned_bill_id, active_bill_id, version, profile, bills_parsed, bills_unparsed,
    bills_held, hold, audit_rules, supplied_profile, supplied_after, supplied_keep, supplied_at,
    EXISTS (SELECT FROM profile.property_project AS mapped
        WHERE mapped.tenant_id = project.tenant_id AND mapped.project_id = project.project_id) AS has_property"""
_BILL = """bill_id, received_at, read_at, read_position, usable, latest_day, contribution,
    failed_at, failed_position, failure_reason, deleted_at, waiting_at, waiting_position, rejected, least_revision"""

_KNOWN_PROJECT = f"SELECT {_PROJECT} FROM profile.project WHERE project_id = $1"  # noqa: S608 our own columns
_BILLS = f"SELECT {_BILL} FROM profile.bill WHERE bill_id = ANY($1::uuid[])"  # noqa: S608 our own columns
_BILL_OF_PROJECT = f"SELECT {_BILL} FROM profile.bill WHERE bill_id = $1 AND project_id = $2"  # noqa: S608 our own columns

_ADD_PROJECTS = """
INSERT INTO profile.project (tenant_id, project_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT (tenant_id, project_id) DO NOTHING
"""

LOCK_PROJECTS = f"""
SELECT {_PROJECT} FROM profile.project
WHERE (tenant_id, project_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY tenant_id, project_id FOR UPDATE
"""  # noqa: S608 our own columns

SAVE_PROJECTS = """
UPDATE profile.project AS project
SET rule = new.rule, pinned_bill_id = new.pinned, active_bill_id = new.active, version = new.version, profile = new.profile,
    bills_parsed = new.parsed, bills_unparsed = new.unparsed, bills_held = new.held
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bytea[], $8::integer[], $9::integer[],
        $10::integer[])
    AS new (tenant_id, project_id, rule, pinned, active, version, profile, parsed, unparsed, held)
WHERE project.tenant_id = new.tenant_id AND project.project_id = new.project_id
"""

_READ_BILLS = f"""
SELECT {_BILL} FROM profile.bill
WHERE tenant_id = $1 AND project_id = $2 AND read_at IS NOT NULL
ORDER BY usable DESC, {{key}}read_at DESC, read_position DESC LIMIT {{limit}}
"""  # noqa: S608 our own columns

_BY_PERIOD = "coalesce(latest_day, '-infinity') DESC, "

ACTIVE_BILL = {
    Rule.LAST_PARSED: _READ_BILLS.format(key="", limit=1),
    Rule.PINNED: _READ_BILLS.format(key="", limit=1),
    Rule.MERGED: _READ_BILLS.format(key="", limit=1),
    Rule.LAST_UPLOADED: _READ_BILLS.format(key="received_at DESC, ", limit=1),
    Rule.LATEST_PERIOD: _READ_BILLS.format(key=_BY_PERIOD, limit=1),
}
"""The choice of the active bill by each rule; an index serves each."""

MERGED_BILLS = f"""
SELECT * FROM ({_READ_BILLS.format(key=_BY_PERIOD, limit="$3")}) AS latest ORDER BY read_at, read_position
"""  # noqa: S608 our own columns

_SAVE_BILLS = """
INSERT INTO profile.bill AS known (tenant_id, bill_id, project_id, received_at, read_at, read_position, usable, latest_day,
    contribution, failed_at, failed_position, failure_reason, deleted_at, waiting_at, waiting_position, rejected, least_revision)
SELECT tenant_id, bill_id, project_id, received_at, read_at, read_position, usable, latest_day,
    contribution, failed_at, failed_position, failure_reason, CASE WHEN deleted THEN clock_timestamp() END,
    waiting_at, waiting_position, rejected, least_revision
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::boolean[],
        $8::date[], $9::text[], $10::timestamptz[], $11::bigint[], $12::text[], $13::boolean[], $14::timestamptz[],
        $15::bigint[], $16::boolean[], $17::integer[])
    AS new (tenant_id, bill_id, project_id, received_at, read_at, read_position, usable, latest_day,
        contribution, failed_at, failed_position, failure_reason, deleted, waiting_at, waiting_position, rejected,
        least_revision)
ON CONFLICT (bill_id) DO UPDATE SET
    received_at = excluded.received_at, read_at = excluded.read_at, read_position = excluded.read_position,
    usable = excluded.usable, latest_day = excluded.latest_day, contribution = excluded.contribution,
    failed_at = excluded.failed_at, failed_position = excluded.failed_position,
    failure_reason = excluded.failure_reason, deleted_at = excluded.deleted_at,
    waiting_at = excluded.waiting_at, waiting_position = excluded.waiting_position, rejected = excluded.rejected,
    least_revision = excluded.least_revision
"""

_SAVE_READINGS = """
INSERT INTO profile.reading (tenant_id, bill_id, readings) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])
ON CONFLICT (bill_id) DO UPDATE SET readings = excluded.readings
"""

_READING = """
SELECT bill.read_at, reading.readings FROM profile.bill JOIN profile.reading USING (bill_id)
WHERE bill.bill_id = $1 AND bill.project_id = $2
"""
