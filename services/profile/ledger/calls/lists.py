"""The ledger over gRPC: accounts, meters, bills, and what callers say of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from domain.ids import ProjectId
from domain.quantity import Commodity
from domain.refusals import BadRequest, NoSuchAccount, NoSuchLedgerBill, NoSuchMeter
from protos.profile.v1 import ledger_pb2, ledger_pb2_grpc
from runtime.postgres import Connection, Database
from runtime.rpc.identity import current_caller
from runtime.wire import time_from_proto
from services.profile.energy.factors import FactorSet
from services.profile.ids import day_if_given, day_of, project_id_of, uuid_of
from services.profile.ledger.calls.answers import (
    Around,
    Factors,
    account_message,
    asked_factors,
    bill_message,
    meter_message,
)
from services.profile.ledger.records import Record, RecordKey, meters_of, record_key
from services.profile.ledger.store import accounts, record_lists, records
from services.profile.ledger.store.accounts import AskedLists, LedgerAccount, LedgerMeter
from services.profile.ledger.store.record_lists import Asked
from services.profile.paging import page_key, page_size, page_token
from services.profile.properties import store as properties
from services.profile.review.held import held_record

METADATA_BYTES_MAX = 16 * 1024
DAYS, DAYS_MAX = 366, 1_000
_COMMODITIES = tuple(one.value for one in Commodity)


class LedgerCalls(ledger_pb2_grpc.LedgerServicer):
    """Answers with what the ledger holds; writes what callers say of it, never what bills say."""

    def __init__(self, database: Database, factor_sets: Mapping[str, FactorSet]) -> None:
        self._database = database
        self._factor_sets = factor_sets

    async def ListLedgerAccounts(
        self, request: ledger_pb2.ListLedgerAccountsRequest, context: Any
    ) -> ledger_pb2.ListLedgerAccountsResponse:
        """Return a page of accounts, newest first."""
        size = page_size(request.page_size)
        async with self.reading() as connection:
            asked = await _asked_lists(connection, request, request.project_id, request.property_id)
            found = await accounts.ledger_accounts(connection, asked, size + 1)
            page, more = found[:size], found[size:]
            told = await _accounts(connection, page)
        token = page_token(request, (page[-1].created_at, page[-1].account_id)) if more else ""
        return ledger_pb2.ListLedgerAccountsResponse(accounts=told, next_page_token=token)

    async def GetLedgerAccount(
        self, request: ledger_pb2.GetLedgerAccountRequest, context: Any
    ) -> ledger_pb2.LedgerAccount:
        """Return one account with its meters."""
        async with self.reading() as connection:
            return await _account(connection, uuid_of(request.account_id, "account_id"))

    async def UpdateLedgerAccount(
        self, request: ledger_pb2.UpdateLedgerAccountRequest, context: Any
    ) -> ledger_pb2.LedgerAccount:
        """Replace an account's metadata."""
        account_id, metadata = uuid_of(request.account_id, "account_id"), metadata_of(request.metadata_json)
        async with self.writing() as connection:
            if not await accounts.save_account_metadata(connection, account_id, metadata):
                raise NoSuchAccount
            return await _account(connection, account_id)

    async def ListLedgerMeters(
        self, request: ledger_pb2.ListLedgerMetersRequest, context: Any
    ) -> ledger_pb2.ListLedgerMetersResponse:
        """Return a page of meters, newest first."""
        size = page_size(request.page_size)
        async with self.reading() as connection:
            asked = await _asked_lists(
                connection, request, request.project_id, request.property_id, request.account_id, request.commodity
            )
            found = await accounts.ledger_meters(connection, asked, size + 1)
            page, more = found[:size], found[size:]
            told = await _meters(connection, page)
        token = page_token(request, (page[-1].created_at, page[-1].meter_id)) if more else ""
        return ledger_pb2.ListLedgerMetersResponse(meters=told, next_page_token=token)

    async def GetLedgerMeter(self, request: ledger_pb2.GetLedgerMeterRequest, context: Any) -> ledger_pb2.LedgerMeter:
        """Return one meter."""
        async with self.reading() as connection:
            return await _meter(connection, uuid_of(request.meter_id, "meter_id"))

    async def UpdateLedgerMeter(
        self, request: ledger_pb2.UpdateLedgerMeterRequest, context: Any
    ) -> ledger_pb2.LedgerMeter:
        """Replace a meter's metadata."""
        meter_id, metadata = uuid_of(request.meter_id, "meter_id"), metadata_of(request.metadata_json)
        async with self.writing() as connection:
            if not await accounts.save_meter_metadata(connection, meter_id, metadata):
                raise NoSuchMeter
            return await _meter(connection, meter_id)

    async def ListLedgerBills(
        self, request: ledger_pb2.ListLedgerBillsRequest, context: Any
    ) -> ledger_pb2.ListLedgerBillsResponse:
        """Return a page of records, the one made last first."""
        size, factors = page_size(request.page_size), self.factors(request)
        async with self.reading() as connection:
            asked = await _asked_records(connection, request)
            found = await record_lists.list_records(connection, asked, size + 1)
            page, more = found[:size], found[size:]
            told = await bill_messages(connection, page, factors, known_on=asked.known_on)
        token = page_token(request, (page[-1].recorded_at, *page[-1].key)) if more else ""
        return ledger_pb2.ListLedgerBillsResponse(bills=told, next_page_token=token)

    async def GetLedgerBill(self, request: ledger_pb2.GetLedgerBillRequest, context: Any) -> ledger_pb2.LedgerBill:
        """Return one record, or the one that stood for its statement at a moment."""
        key, factors = ledger_bill_key(request.ledger_bill_id), self.factors(request)
        async with self.reading() as connection:
            if not request.HasField("as_known_on"):
                return await answer_record(connection, await known_record(connection, key), factors)
            moment = time_from_proto(request.as_known_on)
            known = [
                one
                for one in await records.records_of_statement(connection, key.bill_id, key.ordinal)
                if one.recorded_at <= moment and (one.archived_at is None or moment < one.archived_at)
            ]
            if not known:
                raise NoSuchLedgerBill("No record of this bill stood at that moment.")
            return (await bill_messages(connection, known[-1:], factors, known_on=moment))[0]

    async def UpdateLedgerBill(
        self, request: ledger_pb2.UpdateLedgerBillRequest, context: Any
    ) -> ledger_pb2.LedgerBill:
        """Replace a record's metadata."""
        key, metadata = ledger_bill_key(request.ledger_bill_id), metadata_of(request.metadata_json)
        async with self.writing() as connection:
            if await records.record(connection, key) is None:
                raise NoSuchLedgerBill
            await records.save_metadata(connection, key, metadata)
            return await answer_record(connection, await records.record(connection, key), self.factors(None))

    async def ListBillDays(
        self, request: ledger_pb2.ListBillDaysRequest, context: Any
    ) -> ledger_pb2.ListBillDaysResponse:
        """Return the days on which records were made, newest first."""
        size = page_size(request.page_size, DAYS, DAYS_MAX)
        first, until = day_if_given(request.from_day, "from_day"), day_if_given(request.until_day, "until_day")
        behind = page_key(request, (str,))
        before = until if behind is None else day_of(str(behind[0]), "page_token")
        async with self.reading() as connection:
            tenant_id = current_caller().tenant()
            found = await record_lists.bill_days(connection, tenant_id, first, before, size + 1)
        page, more = found[:size], found[size:]
        return ledger_pb2.ListBillDaysResponse(
            days=[ledger_pb2.BillDay(day=one.day.isoformat(), bill_count=one.bills) for one in page],
            next_page_token=page_token(request, (page[-1].day.isoformat(),)) if more else "",
        )

    def factors(self, request: Any) -> Factors:
        """Return the factors that a request names, the usual ones where there is none."""
        if request is None:
            return asked_factors("", "", self._factor_sets)
        return asked_factors(request.factor_set, request.region, self._factor_sets)

    def reading(self) -> Any:
        """Return a transaction of the caller's tenant that reads."""
        caller = current_caller()
        caller.require("read")
        return self._database.tenant(caller.tenant(), read_only=True)

    def writing(self) -> Any:
        """Return a transaction of the caller's tenant that writes."""
        caller = current_caller()
        caller.require("amend")
        return self._database.tenant(caller.tenant())


def ledger_bill_key(ledger_bill_id: str) -> RecordKey:
    """Return the record of an id as it comes in a request.

    Raises:
        NoSuchLedgerBill: no record has such an id.
    """
    key = record_key(ledger_bill_id)
    if key is None:
        raise NoSuchLedgerBill
    return key


def metadata_of(text: str) -> str:
    """Return metadata as it is kept.

    Raises:
        BadRequest: it is no JSON object, or too large.
    """
    if len(text.encode("utf-8", "replace")) > METADATA_BYTES_MAX:
        raise BadRequest(
            f"metadata is at most {METADATA_BYTES_MAX} bytes", field="metadata", limit_bytes=METADATA_BYTES_MAX
        )
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise BadRequest("metadata is a JSON object", field="metadata") from error
    if not isinstance(told, dict) or "\0" in text or "\\u0000" in text:
        raise BadRequest("metadata is a JSON object without NUL characters", field="metadata")
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


async def known_record(connection: Connection, key: RecordKey) -> Record | None:
    """Return a record of the ledger, or the one that confirming a bill that waits would make; None where there is neither."""
    return await records.record(connection, key) or await held_record(connection, key)


async def answer_record(connection: Connection, record: Record | None, factors: Factors) -> ledger_pb2.LedgerBill:
    """Return a record as it is answered.

    Raises:
        NoSuchLedgerBill: there is none.
    """
    if record is None:
        raise NoSuchLedgerBill
    return (await bill_messages(connection, [record], factors))[0]


async def bill_messages(
    connection: Connection, page: Sequence[Record], factors: Factors, *, known_on: datetime | None = None
) -> list[ledger_pb2.LedgerBill]:
    """Return records as they are answered; with ``known_on``, those archived later stand."""
    archived = {one.key.bill_id for one in page if one.archived_at} | {
        one.rival_bill_id for one in page if one.rival_bill_id
    }
    newest = {(one.key.bill_id, one.key.ordinal): one for one in await records.newest_records(connection, archived)}
    meters = {meter_id for one in page for meter_id in meters_of(one)}
    around = Around(
        newest=newest,
        rebilled=await records.rebilled(connection, [(one.key.bill_id, one.key.ordinal) for one in page]),
        properties=await properties.properties_of_projects(connection, {one.project_id for one in page}),
        supply_meters=await accounts.supply_meters(connection, sorted(meters)),
    )
    told = [bill_message(one, around, factors) for one in page]
    for message, one in zip(told, page, strict=True):
        if known_on is not None and one.archived_at is not None and one.archived_at > known_on:
            message.archived = False
            for name in ("archive_reason", "archived_at", "standing_ledger_bill_id"):
                message.ClearField(name)
    return told


async def projects_of(connection: Connection, project_id: str, property_id: str) -> tuple[ProjectId, ...] | None:
    """Return the projects that a request names by one or by their property; None where it names neither.

    Raises:
        BadRequest: it names both, or what is no id.
    """
    if project_id and property_id:
        raise BadRequest("project_id and property_id exclude each other", field="property_id")
    if property_id:
        return await properties.projects_of_property(connection, uuid_of(property_id, "property_id")) or ()
    return (project_id_of(project_id),) if project_id else None


async def _asked_lists(
    connection: Connection,
    request: Message,
    project_id: str,
    property_id: str,
    account_id: str = "",
    commodity: str = "",
) -> AskedLists:
    if commodity and commodity not in _COMMODITIES:
        raise BadRequest(f"commodity is one of {', '.join(_COMMODITIES)}", field="commodity")
    before: Any = page_key(request, (datetime, UUID))
    return AskedLists(
        tenant_id=current_caller().tenant(),
        project_ids=await projects_of(connection, project_id, property_id),
        account_id=uuid_of(account_id, "account_id") if account_id else None,
        commodity=commodity or None,
        before=before,
    )


async def _asked_records(connection: Connection, request: ledger_pb2.ListLedgerBillsRequest) -> Asked:
    before: Any = page_key(request, (datetime, UUID, int, int))
    standing: dict[int, bool | None] = {
        ledger_pb2.LEDGER_BILL_SELECTION_ARCHIVED: False,
        ledger_pb2.LEDGER_BILL_SELECTION_ALL: None,
    }

    def moment(name: str) -> datetime | None:
        return time_from_proto(getattr(request, name)) if request.HasField(name) else None  # type: ignore[arg-type]

    return Asked(
        tenant_id=current_caller().tenant(),
        project_ids=await projects_of(connection, request.project_id, request.property_id),
        account_id=uuid_of(request.account_id, "account_id") if request.account_id else None,
        meter_id=uuid_of(request.meter_id, "meter_id") if request.meter_id else None,
        bill_id=uuid_of(request.bill_id, "bill_id") if request.bill_id else None,
        from_day=day_if_given(request.from_day, "from_day"),
        until_day=day_if_given(request.until_day, "until_day"),
        recorded_from=moment("recorded_from"),
        recorded_until=moment("recorded_until"),
        standing=standing.get(request.selection, True),
        known_on=moment("as_known_on"),
        before=before,
    )


async def _account(connection: Connection, account_id: str) -> ledger_pb2.LedgerAccount:
    found = await accounts.accounts_by_id(connection, [account_id])
    if not found:
        raise NoSuchAccount
    return (await _accounts(connection, found))[0]


async def _accounts(connection: Connection, page: Sequence[LedgerAccount]) -> list[ledger_pb2.LedgerAccount]:
    meters: dict[str, list[ledger_pb2.LedgerMeter]] = {}
    held = await accounts.meters_of_accounts(connection, [one.account_id for one in page])
    for message in await _meters(connection, held):
        meters.setdefault(message.account_id, []).append(message)
    today = datetime.now(UTC).date()
    return [account_message(one, meters.get(one.account_id, []), today) for one in page]


async def _meter(connection: Connection, meter_id: str) -> ledger_pb2.LedgerMeter:
    found = await accounts.meters_by_id(connection, [meter_id])
    if not found:
        raise NoSuchMeter
    return (await _meters(connection, found))[0]


async def _meters(connection: Connection, page: Sequence[LedgerMeter]) -> list[ledger_pb2.LedgerMeter]:
    projects = {one.project_id for one in page if one.project_id is not None}
    known = await properties.properties_of_projects(connection, projects)
    today = datetime.now(UTC).date()
    return [meter_message(one, known, today) for one in page]
