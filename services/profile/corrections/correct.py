"""A person's correction of a bill: the record, the rows, the load profile and the changes, all in one transaction.

A reading that waits for a person can be corrected, too: that changes what is to be confirmed, and nothing else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from domain.ids import BillId, TenantId
from domain.refusals import BadRequest, LedgerBillArchived, NoSuchLedgerBill, RequestReused
from protos.values.v1 import reading_pb2
from runtime.journal import NewEntry
from runtime.postgres import Connection
from services.profile import store, wire
from services.profile.active.choose import choose
from services.profile.completions import read_bill
from services.profile.corrections.amend import Amendment, Change, NotAReading, amended, new_amendments
from services.profile.corrections.fields import NoSuchField
from services.profile.fold import BillState
from services.profile.ledger.entries import Owner
from services.profile.ledger.posting import Posting
from services.profile.ledger.records import Reason, Record, RecordKey
from services.profile.ledger.store import amendments, records
from services.profile.ledger.store.amendments import KeptAmendment, NewAmendments
from services.profile.load.shapes import Shapes
from services.profile.review.held import waiting
from services.profile.review.store import held_reading
from services.profile.store import BillOfProject, Project, ProjectKey
from services.profile.writes import Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person asks for: the record, the changes, who and why; ``request_id`` may be empty."""

    key: RecordKey
    changes: Sequence[Change]
    amended_by: str
    reason: str
    request_id: str

    def fingerprint(self) -> str:
        """Return the SHA-256 of what is asked, whatever its request is called."""
        told = [str(self.key), self.amended_by, self.reason]
        told += [f"{one.field}\0{'-' if one.value is None else '+' + one.value}" for one in self.changes]
        return hashlib.sha256("\1".join(told).encode("utf-8", "replace")).hexdigest()


async def correct(
    connection: Connection, shapes: Shapes, correction: Correction, tried_on: Project | None = None
) -> tuple[RecordKey, list[NewEntry]]:
    """Make a correction; return the record that now stands and the changes to be told.

    The record is the same, and the changes are none, where nothing changes or where it was asked before. ``tried_on`` is the
    project in hand where the correction is only tried: it is changed there, and its row neither locked nor written.

    Raises:
        NoSuchLedgerBill: the tenant has no such record.
        LedgerBillArchived: another record stands in its place.
        BadRequest: a field or a value is none.
        RequestReused: the request's id came before with another correction.
    """
    record = await records.record(connection, correction.key)
    held = None if record else await held_reading(connection, correction.key.bill_id)
    if record is None and held is None:
        raise NoSuchLedgerBill
    key = held.key if held else ProjectKey(record.tenant_id, record.project_id)  # type: ignore[union-attr]
    project = tried_on or (await store.lock_projects(connection, [key]))[key]
    known = await _answered(connection, correction)
    if known is not None:
        return known, []
    # It may have been confirmed, or read anew, while the lock was waited for.
    if await records.record(connection, correction.key) is None:
        return await _correct_held(connection, correction), []
    record = await _standing(connection, correction.key)
    bill_id, ordinal, _ = record.key
    state = (await store.bills(connection, [bill_id])).get(bill_id)
    message = (await store.readings(connection, [bill_id])).get(bill_id)
    if state is None or state.read is None or message is None:
        raise NoSuchLedgerBill
    readings = reading_pb2.Readings.FromString(message)
    everything = (await amendments.amendments_of_bills(connection, [bill_id])).get(bill_id, {})
    kept = [one for one in everything.get(ordinal, ()) if not one.held]
    waits = await waiting(connection, bill_id) if state.waiting is not None else None
    least = waits.beyond if waits else state.least_revision
    key_then = RecordKey(bill_id, ordinal, max(record.key.revision + 1, least))
    made = _new(readings.readings[ordinal - 1], key_then, correction.changes, kept)
    if not made:
        return record.key, []
    await _keep(connection, record.tenant_id, key_then, made, correction)
    changes = await _apply(connection, shapes, project, key_then, state, readings, least)
    if tried_on is None:
        await store.save_project(connection, project)
    return key_then, changes


async def _correct_held(connection: Connection, correction: Correction) -> RecordKey:
    """Correct a reading that waits; return the record that confirming it will make."""
    bill_id, ordinal, revision = correction.key
    waits = await waiting(connection, bill_id)
    if waits is None or ordinal not in waits.numbers:
        raise NoSuchLedgerBill
    if waits.numbers[ordinal] != revision:
        raise LedgerBillArchived(
            "This bill was corrected or read anew: look at what it says now.", archive_reason="held"
        )
    key_then = RecordKey(bill_id, ordinal, revision + 1)
    made = _new(waits.readings[ordinal - 1], key_then, correction.changes, waits.kept.get(ordinal, ()))
    if not made:
        return correction.key
    await _keep(connection, waits.held.key.tenant_id, key_then, made, correction, held=True)
    return key_then


async def _answered(connection: Connection, correction: Correction) -> RecordKey | None:
    if not correction.request_id:
        return None
    answered = await amendments.answered_request(connection, correction.request_id)
    if answered is None:
        return None
    if answered.request_hash != correction.fingerprint():
        raise RequestReused
    return RecordKey(answered.bill_id, answered.ordinal, answered.revision)


async def _standing(connection: Connection, key: RecordKey) -> Record:
    record = await records.record(connection, key)
    if record is None:
        raise NoSuchLedgerBill
    if record.archived_at is not None:
        reason = record.archive_reason.value if record.archive_reason else ""
        raise LedgerBillArchived(
            f"This record is archived ({reason}): correct the one that stands.", archive_reason=reason
        )
    return record


def _new(
    message: reading_pb2.Reading, key: RecordKey, changes: Sequence[Change], kept: Sequence[KeptAmendment]
) -> list[Amendment]:
    now = amended(message, [one.amendment for one in kept])
    try:
        return new_amendments(now.message, changes, key.revision)
    except (NoSuchField, NotAReading) as error:
        raise BadRequest(f"{error}.", field="changes") from error


async def _keep(
    connection: Connection,
    tenant_id: TenantId,
    key: RecordKey,
    made: Sequence[Amendment],
    correction: Correction,
    *,
    held: bool = False,
) -> None:
    bill_id, ordinal, revision = key
    await amendments.add_amendments(
        connection,
        NewAmendments(
            tenant_id=tenant_id,
            bill_id=bill_id,
            ordinal=ordinal,
            revision=revision,
            amendments=made,
            amendment_ids=[str(uuid4()) for _ in made],
            amended_by=correction.amended_by,
            reason=correction.reason,
            request_id=correction.request_id,
            request_hash=correction.fingerprint() if correction.request_id else "",
            held=held,
        ),
    )


async def _apply(
    connection: Connection,
    shapes: Shapes,
    project: Project,
    key: RecordKey,
    state: BillState,
    readings: reading_pb2.Readings,
    least: int,
) -> list[NewEntry]:
    """Let the ledger and the load profile follow; the bill keeps its place in time."""
    assert state.read is not None
    bill_id: BillId = state.bill_id
    everything = (await amendments.amendments_of_bills(connection, [bill_id])).get(bill_id, {})
    kept = {ordinal: [one for one in held if not one.held] for ordinal, held in everything.items()}
    at = max(one.amended_at for of_statement in kept.values() for one in of_statement)
    owner = Owner(project.key.tenant_id, project.key.project_id, bill_id, state.read.mark)
    what = read_bill(owner, state.read.received_at, readings, kept)
    what.entries.revisions |= dict.fromkeys(what.entries.bodies, least) | {key.ordinal: key.revision}
    posting = await Posting.load(connection, [bill_id])
    cause = f"amendment/{bill_id}/{key.ordinal}/{key.revision}"
    changes = posting.take(project.key, bill_id, what.entries, at, Reason.CORRECTED, cause, key.ordinal)
    writes = Writes()
    store.save_bills(writes, [BillOfProject(project.key, replace(state, read=what.event))])
    changes += await posting.save(writes, [bill_id], [] if project.has_property else [project.key])
    await amendments.set_aside(connection, what.aside)
    if await choose(connection, project, shapes):
        profile = wire.profile_changed(project)
        changes.append(wire.new_change(project.key, cause, profile, None))
    return changes
