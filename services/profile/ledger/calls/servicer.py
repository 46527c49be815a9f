"""Ledger over gRPC, whole: what ``calls`` answers, and corrections, calendars and comparisons."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.refusals import BadRequest, NoSuchAccount, NoSuchLedgerBill
from protos.profile.v1 import ledger_pb2
from runtime.journal import Journal
from runtime.postgres import Database
from runtime.rpc.identity import current_caller
from runtime.wire import time_to_proto
from services.profile import store
from services.profile.corrections.amend import Change
from services.profile.corrections.correct import Correction, correct
from services.profile.energy.factors import FactorSet
from services.profile.explain.bills import compare
from services.profile.ids import NAME_LENGTH_MAX, REASON_LENGTH_MAX, day_if_given, project_id_of, uuid_of, words_of
from services.profile.ledger.calls.account_calendar import calendar_message
from services.profile.ledger.calls.lists import LedgerCalls, answer_record, known_record, ledger_bill_key
from services.profile.ledger.records import RecordKey, body
from services.profile.ledger.store import accounts, amendments, records, statements
from services.profile.ledger.store.amendments import KeptAmendment
from services.profile.load.shapes import Shapes
from services.profile.months.answer import COMMODITIES
from services.profile.paging import page_key, page_size, page_token

CHANGES_MAX, VALUE_LENGTH_MAX = 100, 2_000
REQUEST_ID_LENGTH_MAX = 255


class LedgerServicer(LedgerCalls):
    """Answers with the ledger; its writes are what people say of it and the corrections that they make."""

    def __init__(
        self, database: Database, journal: Journal, shapes: Shapes, factor_sets: Mapping[str, FactorSet]
    ) -> None:
        super().__init__(database, factor_sets)
        self._journal = journal
        self._shapes = shapes

    async def AmendBill(self, request: ledger_pb2.AmendBillRequest, context: Any) -> ledger_pb2.LedgerBill:
        """Correct fields of a bill, all of them or none."""
        correction = _correction(request)
        async with self.writing() as connection:
            key, changes = await correct(connection, self._shapes, correction)
            if changes:
                await self._journal.append(connection, changes)
        # Who may correct is told what became of it: a refusal now would come after the commit.
        async with self._database.tenant(current_caller().tenant(), read_only=True) as connection:
            return await answer_record(connection, await known_record(connection, key), self.factors(None))

    async def ListAmendments(
        self, request: ledger_pb2.ListAmendmentsRequest, context: Any
    ) -> ledger_pb2.ListAmendmentsResponse:
        """Return a page of the corrections of a bill, newest first."""
        key, size = ledger_bill_key(request.ledger_bill_id), page_size(request.page_size)
        behind: Any = page_key(request, (int,))
        async with self.reading() as connection:
            if await known_record(connection, key) is None:
                raise NoSuchLedgerBill
            before = behind[0] if behind else None
            found = await amendments.amendments_page(connection, key.bill_id, key.ordinal, before, size + 1)
        page, more = found[:size], found[size:]
        return ledger_pb2.ListAmendmentsResponse(
            amendments=[amendment_message(one) for one in page],
            next_page_token=page_token(request, (page[-1].number,)) if more else "",
        )

    async def GetAccountCalendar(
        self, request: ledger_pb2.GetAccountCalendarRequest, context: Any
    ) -> ledger_pb2.AccountCalendar:
        """Return what an account's bills cover, and what is to be said of it."""
        account_id = uuid_of(request.account_id, "account_id")
        project_id = project_id_of(request.project_id) if request.project_id else None
        meter_id = uuid_of(request.meter_id, "meter_id") if request.meter_id else None
        today = day_if_given(request.today, "today") or datetime.now(UTC).date()
        async with self.reading() as connection:
            await store.see_one_moment(connection)
            if not await accounts.knows_account(connection, account_id):
                raise NoSuchAccount
            shown = await statements.shown_days(connection, account_id, project_id, meter_id)
        return calendar_message(account_id, shown, today)

    async def CompareBills(
        self, request: ledger_pb2.CompareBillsRequest, context: Any
    ) -> ledger_pb2.CompareBillsResponse:
        """Explain how one bill became another."""
        if request.commodity and request.commodity not in COMMODITIES:
            raise BadRequest(f"commodity is one of {', '.join(sorted(COMMODITIES))}", field="commodity")
        keys = [ledger_bill_key(one) for one in (request.ledger_bill_id, request.other_ledger_bill_id)]
        async with self.reading() as connection:
            found = await records.records_by_key(connection, keys)
        bills = []
        for name, key in zip(("ledger_bill_id", "other_ledger_bill_id"), keys, strict=True):
            if key not in found:
                raise NoSuchLedgerBill("The ledger has no such bill.", field=name)
            message = body(found[key])
            message.ledger_bill_id = str(key)
            bills.append(message)
        return compare(bills[0], bills[1], request.commodity)


def changes_of(changes: Sequence[ledger_pb2.FieldChange]) -> list[Change]:
    """Return the changes that a request asks for.

    Raises:
        BadRequest: none, too many, or a value that is too long.
    """
    if not 1 <= len(changes) <= CHANGES_MAX:
        raise BadRequest(f"changes are 1 to {CHANGES_MAX}", field="changes")
    for one in changes:
        if len(one.value) > VALUE_LENGTH_MAX or "\0" in one.value:
            raise BadRequest(f"a value is at most {VALUE_LENGTH_MAX} characters, none of them NUL", field="changes")
    return [Change(one.field, one.value if one.HasField("value") else None) for one in changes]


def _correction(request: ledger_pb2.AmendBillRequest) -> Correction:
    return Correction(
        key=ledger_bill_key(request.ledger_bill_id),
        changes=changes_of(request.changes),
        amended_by=words_of(request.amended_by, "amended_by", 1, NAME_LENGTH_MAX),
        reason=words_of(request.reason, "reason", 1, REASON_LENGTH_MAX),
        request_id=words_of(request.request_id, "request_id", 0, REQUEST_ID_LENGTH_MAX),
    )


def amendment_message(kept: KeptAmendment) -> ledger_pb2.Amendment:
    """Return a correction as it is told."""
    one = kept.amendment
    return ledger_pb2.Amendment(
        amendment_id=kept.amendment_id,
        ledger_bill_id=str(RecordKey(kept.bill_id, kept.ordinal, kept.revision)),
        field=one.field,
        before=one.before,
        after=one.after,
        amended_by=kept.amended_by,
        reason=kept.reason,
        amended_at=time_to_proto(kept.amended_at),
        set_aside=kept.set_aside,
    )
