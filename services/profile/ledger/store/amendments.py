"""SQL about corrections: kept beside the bills that they are of, made again whenever those are read again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.ids import BillId, TenantId
from runtime.postgres import Connection
from services.profile.corrections.amend import Amendment
from services.profile.writes import columns


@dataclass(frozen=True, slots=True)
class KeptAmendment:
    """A correction as it is kept: ``number`` is its place among all, ``revision`` the record that it made.

    One that is ``held`` is of a reading that waits, and counts for that alone.
    """

    number: int
    amendment_id: str
    bill_id: BillId
    ordinal: int
    revision: int
    amendment: Amendment
    amended_by: str
    reason: str
    amended_at: datetime
    set_aside: bool
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAmendments:
    """Corrections made together, about to be kept."""

    tenant_id: TenantId
    bill_id: BillId
    ordinal: int
    revision: int
    amendments: Sequence[Amendment]
    amendment_ids: Sequence[str]
    amended_by: str
    reason: str
    request_id: str
    request_hash: str
    held: bool = False


async def amendments_of_bills(
    connection: Connection, bill_ids: Collection[BillId]
) -> dict[BillId, dict[int, list[KeptAmendment]]]:
    """Return the corrections of bills in the order in which they were made, by bill and statement."""
    found: dict[BillId, dict[int, list[KeptAmendment]]] = {}
    for row in await connection.fetch(_OF_BILLS, list(bill_ids)):
        kept = _kept(row)
        found.setdefault(kept.bill_id, {}).setdefault(kept.ordinal, []).append(kept)
    return found


async def amendments_page(
    connection: Connection, bill_id: BillId, ordinal: int, before: int | None, limit: int
) -> list[KeptAmendment]:
    """Return the corrections of a statement, newest first, behind a number where one is given."""
    return [_kept(row) for row in await connection.fetch(AMENDMENTS_PAGE, bill_id, ordinal, before, limit)]


async def add_amendments(connection: Connection, new: NewAmendments) -> None:
    """Keep corrections."""
    rows = [
        (
            new.tenant_id,
            amendment_id,
            new.bill_id,
            new.ordinal,
            one.field,
            one.before,
            one.after,
            one.added_line,
            new.amended_by,
            new.reason,
            new.revision,
            new.request_id,
            new.request_hash,
            new.held,
        )
        for amendment_id, one in zip(new.amendment_ids, new.amendments, strict=True)
    ]
    await connection.execute(_ADD, *columns(rows))


async def take_effect(connection: Connection, bill_ids: Collection[BillId]) -> None:
    """Let corrections of readings that waited count for all that the bills are read to."""
    if bill_ids:
        sql = "UPDATE profile.amendment SET held = false WHERE bill_id = ANY($1::uuid[]) AND held"
        await connection.execute(sql, list(bill_ids))


async def set_aside(connection: Connection, aside: Mapping[int, bool]) -> None:
    """Write down of corrections, by their numbers, whether they are set aside."""
    if aside:
        await connection.execute(_SET_ASIDE, list(aside), [number for number, one in aside.items() if one])


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """The record that a request made, and the fingerprint of what it asked."""

    bill_id: BillId
    ordinal: int
    revision: int
    request_hash: str


async def answered_request(connection: Connection, request_id: str) -> AnsweredRequest | None:
    """Return what was answered to a request of the tenant."""
    row = await connection.fetchrow(_ANSWERED, request_id)
    if row is None:
        return None
    return AnsweredRequest(BillId(row["bill_id"]), row["ordinal"], row["revision"], row["request_hash"])


def _kept(row: Any) -> KeptAmendment:
    return KeptAmendment(
        number=row["number"],
        amendment_id=row["amendment_id"],
        bill_id=BillId(row["bill_id"]),
        ordinal=row["ordinal"],
        revision=row["revision"],
        amendment=Amendment(row["revision"], row["field"], row["before"], row["after"], row["added_line"]),
        amended_by=row["amended_by"],
        reason=row["reason"],
        amended_at=row["amended_at"],
        set_aside=row["set_aside"],
        held=row["held"],
    )


_OF_BILLS = "SELECT * FROM profile.amendment WHERE bill_id = ANY($1::uuid[]) ORDER BY bill_id, ordinal, number"

AMENDMENTS_PAGE = """
SELECT * FROM profile.amendment WHERE bill_id = $1 AND ordinal = $2 AND ($3::bigint IS NULL OR number < $3)
ORDER BY number DESC LIMIT $4
"""

_ADD = """
INSERT INTO profile.amendment (tenant_id, amendment_id, bill_id, ordinal, field, before, after, added_line, amended_by,
    reason, revision, request_id, request_hash, held, amended_at)
SELECT tenant_id, amendment_id, bill_id, ordinal, field, before, after, added_line, amended_by,
    reason, revision, request_id, request_hash, held, now
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[],
    $10::text[], $11::integer[], $12::text[], $13::text[], $14::boolean[])
    WITH ORDINALITY AS new (tenant_id, amendment_id, bill_id, ordinal, field, before, after, added_line, amended_by,
    reason, revision, request_id, request_hash, held, place)
CROSS JOIN clock_timestamp() AS now
ORDER BY place
"""

_SET_ASIDE = """
UPDATE profile.amendment SET set_aside = (number = ANY($2::bigint[]))
WHERE number = ANY($1::bigint[]) AND set_aside <> (number = ANY($2::bigint[]))
"""

_ANSWERED = """
SELECT bill_id, ordinal, revision, request_hash FROM profile.amendment WHERE request_id = $1 ORDER BY number LIMIT 1
"""
