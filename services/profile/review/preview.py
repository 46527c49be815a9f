"""What an act would change, found out by doing it and undoing it: so a preview cannot differ from what the act then does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.ids import BillId
from protos.profile.v1 import profile_pb2, review_pb2
from protos.values.v1 import reading_pb2
from runtime.postgres import Connection, savepoint
from services.profile import store, wire
from services.profile.corrections.fields import NoSuchField, field_name, value_of
from services.profile.energy.factors import FactorSet
from services.profile.months.asked import list_months
from services.profile.review.look import Look, look
from services.profile.store import Project, ProjectKey


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that an act may change, at one moment."""

    project: Project
    bill: Look
    months: profile_pb2.ListMonthsResponse


class _Undone(Exception):
    """Takes the act back."""


async def preview(
    connection: Connection,
    factor_sets: Mapping[str, FactorSet],
    key: ProjectKey,
    bill_id: BillId,
    act: Callable[[], Awaitable[object]],
    *,
    statement: int = 0,
    fields: Sequence[str] = (),
) -> review_pb2.ReviewPreview:
    """Return what an act on a bill would change; ``fields`` of a ``statement`` are told before and after, with its identities.

    Raises:
        Refusal: what the act raises.
    """
    # The lock keeps others away between the two looks.
    await store.lock_projects(connection, [key])
    before = await _look(connection, factor_sets, key, bill_id)
    after = before
    try:
        async with savepoint(connection):
            await act()
            after = await _look(connection, factor_sets, key, bill_id)
            raise _Undone
    except _Undone:
        pass
    told = review_pb2.ReviewPreview(currency=after.months.currency or before.months.currency)
    if before.project.profile is not None:
        told.profile_before.CopyFrom(wire.load_profile_message(before.project))
    if after.project.profile is not None:
        told.profile_after.CopyFrom(wire.load_profile_message(after.project))
    _tell_months(told, before.months, after.months)
    if statement:
        _tell_statement(told, before.bill, after.bill, statement, fields)
    return told


async def _look(
    connection: Connection, factor_sets: Mapping[str, FactorSet], key: ProjectKey, bill_id: BillId
) -> _Seen:
    project = await store.project(connection, key.project_id)
    assert project is not None
    request = profile_pb2.ListMonthsRequest(project_id=key.project_id)
    return _Seen(project, await look(connection, project, bill_id), await list_months(connection, request, factor_sets))


def _tell_months(
    told: review_pb2.ReviewPreview, before: profile_pb2.ListMonthsResponse, after: profile_pb2.ListMonthsResponse
) -> None:
    known = {one.month: one for one in before.months}
    new = {one.month: one for one in after.months}
    for month in sorted(known.keys() | new.keys(), reverse=True):
        if known.get(month) != new.get(month):
            told.months_before.extend([known[month]] if month in known else [])
            told.months_after.extend([new[month]] if month in new else [])


def _tell_statement(
    told: review_pb2.ReviewPreview, before: Look, after: Look, statement: int, fields: Sequence[str]
) -> None:
    was, is_now = before.statements[statement - 1].reading, after.statements[statement - 1].reading
    told.proofs_before.extend(was.proofs)
    told.proofs_after.extend(is_now.proofs)
    for field in dict.fromkeys(fields):
        pair = _value(was, field), _value(is_now, field)
        if pair[0] != pair[1]:
            told.fields.add(field=field, before=pair[0], after=pair[1])


def _value(reading: reading_pb2.Reading, field: str) -> str | None:
    try:
        return value_of(reading, field_name(field))
    except NoSuchField:
        # A line that the change adds, or takes out, is not there before, or after.
        return None
