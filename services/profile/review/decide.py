"""What people decide about bills: confirm one, reject one that waits, confirm single values; each in the caller's transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import BillId
from domain.refusals import BadRequest, NoReading, NothingHeld, ReviewOutdated
from protos.profile.v1 import changes_pb2
from runtime.journal import NewEntry
from runtime.postgres import Connection
from runtime.wire import time_to_proto
from runtime.wire.facts import facts_of, text_of
from services.profile import store, wire
from services.profile.active.choose import choose
from services.profile.fold import BillState, confirmed, rejected
from services.profile.ledger.posting import Posting
from services.profile.ledger.records import Reason
from services.profile.ledger.store import amendments
from services.profile.load.shapes import Shapes
from services.profile.review import store as reviews
from services.profile.review.held import Waiting, made_of
from services.profile.review.look import Look, look
from services.profile.review.store import Decision
from services.profile.store import BillOfProject, Project, ProjectKey
from services.profile.writes import Writes

CONFIRMED, REJECTED = "confirmed", "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who decides about which bill, and why; ``version`` is what was looked at, "" where nobody says.

    ``tried_on`` is the project in hand where the act is only tried: it is changed there, and its row neither locked nor written.
    """

    key: ProjectKey
    bill_id: BillId
    reviewed_by: str
    version: str = ""
    reason: str = ""
    tried_on: Project | None = None


async def confirm_bill(connection: Connection, shapes: Shapes, act: Act) -> list[NewEntry]:
    """Let a bill count as found right, and take effect where it waited or was rejected; return the changes to be told.

    Asked again it changes nothing.

    Raises:
        NoReading: it is not read.
        ReviewOutdated: it is not what was looked at.
    """
    project, seen = await _seen(connection, act, CONFIRMED)
    state = seen.state
    if state.waiting is None and seen.confirmed:
        return []
    mark = state.waiting.mark if state.waiting else seen.mark
    cause = f"confirm/{act.bill_id}/{mark.position}"
    made = Decision(CONFIRMED, mark, act.reviewed_by, act.reason)
    at = await reviews.add_decision(connection, project.key.tenant_id, act.bill_id, made)
    changes: list[NewEntry] = []
    if seen.waits is not None:
        changes = await _let_count(connection, shapes, project, state, seen.waits, cause, at)
        if act.tried_on is None:
            await store.save_project(connection, project)
    told = changes_pb2.BillConfirmed(
        bill_id=act.bill_id,
        was_held=state.waiting is not None,
        reviewed_by=act.reviewed_by,
        completed_at=time_to_proto(mark.completed_at),
        profile_version=project.profile_version,
    )
    return [wire.new_change(project.key, f"{cause}/{at.isoformat()}", told, act.bill_id), *changes]


async def reject_bill(connection: Connection, act: Act) -> list[NewEntry]:
    """Keep a bill that waits out of the ledger; return the changes to be told. Asked again it changes nothing.

    Raises:
        NoReading: it is not read.
        NothingHeld: its reading counts already.
        ReviewOutdated: it is not what was looked at.
    """
    project, seen = await _seen(connection, act, REJECTED)
    state = seen.state
    if state.waiting is None:
        raise NothingHeld
    if state.rejected:
        return []
    mark = state.waiting.mark
    made = Decision(REJECTED, mark, act.reviewed_by, act.reason)
    at = await reviews.add_decision(connection, project.key.tenant_id, act.bill_id, made)
    after = rejected(state)
    project.count(state, after)
    await _save(connection, project, after)
    told = changes_pb2.BillRejected(
        bill_id=act.bill_id,
        reviewed_by=act.reviewed_by,
        reason=act.reason,
        completed_at=time_to_proto(mark.completed_at),
    )
    cause = f"reject/{act.bill_id}/{mark.position}/{at.isoformat()}"
    return [wire.new_change(project.key, cause, told, act.bill_id)]


async def confirm_values(connection: Connection, act: Act, statement: int, paths: list[str], *, undo: bool) -> None:
    """Write down that a person found values right, or take that back.

    Raises:
        NoReading: the bill is not read.
        ReviewOutdated: it is not what was looked at.
        BadRequest: it has no such statement or value.
    """
    project, seen = await _seen(connection, act)
    if not 1 <= statement <= len(seen.statements):
        raise BadRequest(f"statement is 1 to {len(seen.statements)}", field="statement")
    reading = seen.statements[statement - 1].reading
    said = {one.path: text_of(one.fact) for one in facts_of(reading) if one.path in paths}
    unknown = next((path for path in paths if path not in said), None)
    if unknown is not None:
        raise BadRequest(f"{unknown[:80]!r} is no value of this statement", field="paths")
    if undo:
        await reviews.take_back_values(connection, act.bill_id, statement, paths)
    else:
        tenant_id = project.key.tenant_id
        await reviews.confirm_values(connection, tenant_id, act.bill_id, statement, said, act.reviewed_by)


async def _seen(connection: Connection, act: Act, repeating: str = "") -> tuple[Project, Look]:
    """Lock the project and look at the bill as the person did, before the newest decision where it is the one asked for again."""
    if await store.bill_of_project(connection, act.key.project_id, act.bill_id) is None:
        raise NoReading
    project = act.tried_on or (await store.lock_projects(connection, [act.key]))[act.key]
    seen = await look(connection, project, act.bill_id)
    latest = seen.decisions[0] if seen.decisions else None
    again = latest is not None and (latest.decision, latest.mark) == (repeating, seen.mark)
    if act.version and act.version != seen.version and not (again and act.version == seen.version_before):
        raise ReviewOutdated(version=seen.version)
    return project, seen


async def _let_count(
    connection: Connection,
    shapes: Shapes,
    project: Project,
    state: BillState,
    waits: Waiting,
    cause: str,
    at: datetime,
) -> list[NewEntry]:
    """Fold the reading that waited: at its own place in time, with the corrections that people made of it."""
    bill_id, what = state.bill_id, made_of(waits)
    after = replace(confirmed(state, what.event), least_revision=waits.beyond)
    project.count(state, after)
    posting = await Posting.load(connection, [bill_id])
    changes = posting.take(project.key, bill_id, what.entries, at, Reason.REREAD, cause)
    writes = Writes()
    store.save_bills(writes, [BillOfProject(project.key, after)])
    store.save_readings(writes, {bill_id: (project.key.tenant_id, what.readings)})
    had_entries = [bill_id] if state.read is not None else []
    changes += await posting.save(writes, had_entries, [] if project.has_property else [project.key])
    await reviews.forget_held(connection, [bill_id])
    await amendments.set_aside(connection, what.aside)
    await amendments.take_effect(connection, [bill_id])
    if await choose(connection, project, shapes):
        changes.append(wire.new_change(project.key, cause, wire.profile_changed(project), None))
    return changes


async def _save(connection: Connection, project: Project, state: BillState) -> None:
    writes = Writes()
    store.save_bills(writes, [BillOfProject(project.key, state)])
    store.save_projects(writes, [project])
    await writes.send(connection)
