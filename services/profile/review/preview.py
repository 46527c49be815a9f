"""What an act would change, found out by doing it and undoing it: so a preview cannot differ from what the act then does.

Nobody waits for a preview: it sees one moment, the project is changed in hand only, and the rows of the bill that the act writes
are given back before anything is worked out. Where another transaction writes the same rows, the preview looks again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from domain.ids import BillId
from domain.refusals import Contended, NoReading
from protos.profile.v1 import profile_pb2, review_pb2
from protos.values.v1 import reading_pb2
from runtime.postgres import Connection, Database, savepoint
from services.profile import store, wire
from services.profile.corrections.fields import NoSuchField, field_name, value_of
from services.profile.energy.factors import FactorSet
from services.profile.ledger.records import RecordKey
from services.profile.ledger.store import records
from services.profile.months.asked import Gathered, gather, told
from services.profile.review.look import Look, look
from services.profile.store import Project, ProjectKey

TRIES = 5
"""How often a preview looks before it says that the bill is too busy: a fold holds its rows for some hundredths of a second."""

TriedAct = Callable[[Connection, Project], Awaitable[object]]
"""What is tried: it may write rows of the bill, which is taken back, and changes the project in hand."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that an act may change, at one moment."""

    project: Project
    bill: Look
    months: Gathered


class _Undone(Exception):
    """Takes the act back."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The bill of a project on which acts are tried; ``record`` is the one that a correction is of, and whose reading is told."""

    database: Database
    factor_sets: Mapping[str, FactorSet]
    key: ProjectKey
    bill_id: BillId
    record: RecordKey | None = None

    async def looks(self, act: TriedAct) -> tuple[Seen, Seen]:
        """Return what is before an act, and what would be after it.

        Raises:
            NoReading: the bill is not read.
            Contended: others keep writing the bill's rows.
            Refusal: what the act raises.
        """
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                async with self.database.tenant(self.key.tenant_id) as connection:
                    await store.see_one_moment(connection)
                    await store.wait_briefly(connection)
                    return await self._look_twice(connection, act)
            except Contended:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _look_twice(self, connection: Connection, act: TriedAct) -> tuple[Seen, Seen]:
        project = await store.project(connection, self.key.project_id)
        if project is None or await store.bill_of_project(connection, self.key.project_id, self.bill_id) is None:
            raise NoReading
        in_effect = self.record is not None and await records.record(connection, self.record) is not None
        before = after = await self._look(connection, project, in_effect=in_effect)
        tried_on = copy(project)
        try:
            async with savepoint(connection):
                await act(connection, tried_on)
                after = await self._look(connection, tried_on, in_effect=in_effect)
                raise _Undone
        except _Undone:
            return before, after

    async def _look(self, connection: Connection, project: Project, *, in_effect: bool) -> Seen:
        request = profile_pb2.ListMonthsRequest(project_id=self.key.project_id)
        seen = await look(connection, project, self.bill_id, in_effect=in_effect)
        return Seen(project, seen, await gather(connection, request, self.factor_sets))


async def preview(
    before: Seen, after: Seen, *, statement: int = 0, fields: Sequence[str] = ()
) -> review_pb2.ReviewPreview:
    """Return what an act would change; ``fields`` of a ``statement`` are told before and after, with its identities."""
    project_id = before.project.key.project_id
    answer = review_pb2.ReviewPreview()
    if before.project.profile is not None:
        answer.profile_before.CopyFrom(wire.load_profile_message(before.project))
    if after.project.profile is not None:
        answer.profile_after.CopyFrom(wire.load_profile_message(after.project))
    was = await asyncio.to_thread(told, project_id, before.months)
    answer.currency = was.currency
    # An act that leaves the ledger alone, as pinning does, leaves the months as they are.
    if after.months != before.months:
        will_be = await asyncio.to_thread(told, project_id, after.months)
        answer.currency = will_be.currency or was.currency
        _tell_months(answer, was, will_be)
    if statement:
        _tell_statement(answer, before.bill, after.bill, statement, fields)
    return answer


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
