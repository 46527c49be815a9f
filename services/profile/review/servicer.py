"""Reviews over gRPC: settings, bills that wait, decisions, and previews of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.ids import BillId
from domain.refusals import BadRequest, NoReading
from protos.profile.v1 import review_pb2, review_pb2_grpc
from runtime.journal import Journal, NewEntry
from runtime.postgres import Connection, Database
from runtime.rpc.identity import current_caller
from services.profile import store, wire
from services.profile.active.choose import follow_policy
from services.profile.corrections.correct import Correction, correct
from services.profile.energy.factors import FactorSet
from services.profile.fold import Policy, Rule
from services.profile.ids import NAME_LENGTH_MAX, REASON_LENGTH_MAX, project_id_of, uuid_of, words_of
from services.profile.ledger.calls.lists import ledger_bill_key
from services.profile.ledger.calls.servicer import changes_of
from services.profile.load.shapes import Shapes
from services.profile.paging import page_key, page_size, page_token
from services.profile.review import answers
from services.profile.review import store as reviews
from services.profile.review.decide import Act, confirm_bill, confirm_values, reject_bill
from services.profile.review.look import look
from services.profile.review.preview import Trial, TriedAct, preview
from services.profile.store import Project, ProjectKey

PATHS_MAX = 100


class ReviewsServicer(review_pb2_grpc.ReviewsServicer):
    """Answers with what is to be reviewed; writes what people decide."""

    def __init__(
        self, database: Database, journal: Journal, shapes: Shapes, factor_sets: Mapping[str, FactorSet]
    ) -> None:
        self._database = database
        self._journal = journal
        self._shapes = shapes
        self._factor_sets = factor_sets

    async def GetReviewSettings(
        self, request: review_pb2.GetReviewSettingsRequest, context: Any
    ) -> review_pb2.ReviewSettings:
        """Return which bills of a project wait."""
        key = _key("read", request.project_id)
        async with self._database.tenant(key.tenant_id, read_only=True) as connection:
            return answers.settings_message(await store.project(connection, key.project_id) or Project(key))

    async def UpdateReviewSettings(
        self, request: review_pb2.UpdateReviewSettingsRequest, context: Any
    ) -> review_pb2.ReviewSettings:
        """Replace which bills of a project wait."""
        key, holding = _key("amend", request.project_id), answers.holding_of(request)
        async with self._database.tenant(key.tenant_id) as connection:
            project = (await store.lock_projects(connection, [key]))[key]
            await reviews.save_settings(connection, key, holding)
            project.holding = holding
            return answers.settings_message(project)

    async def ListHeldBills(
        self, request: review_pb2.ListHeldBillsRequest, context: Any
    ) -> review_pb2.ListHeldBillsResponse:
        """Return a page of readings that wait, the one read last first."""
        caller, size = current_caller(), page_size(request.page_size)
        caller.require("read")
        before: Any = page_key(request, (datetime, UUID))
        project_id = project_id_of(request.project_id) if request.project_id else None
        async with self._database.tenant(caller.tenant(), read_only=True) as connection:
            found = await reviews.held_page(connection, caller.tenant(), project_id, request.rejected, before, size + 1)
        page, more = found[:size], found[size:]
        return review_pb2.ListHeldBillsResponse(
            bills=[answers.held_message(one) for one in page],
            next_page_token=page_token(request, (page[-1].completed_at, page[-1].bill_id)) if more else "",
        )

    async def GetReview(self, request: review_pb2.GetReviewRequest, context: Any) -> review_pb2.Review:
        """Return a bill as it is to be reviewed."""
        key, bill_id = _key("read", request.project_id), _bill_id(request)
        async with self._database.tenant(key.tenant_id, read_only=True) as connection:
            await store.see_one_moment(connection)
            return await _answer(connection, key, bill_id)

    async def ConfirmBill(self, request: review_pb2.ConfirmBillRequest, context: Any) -> review_pb2.Review:
        """Let a bill count as found right."""
        act = _act(request, reason_least=0)

        async def decide(connection: Connection) -> list[NewEntry]:
            return await confirm_bill(connection, self._shapes, act)

        return await self._decided(act, decide)

    async def RejectBill(self, request: review_pb2.RejectBillRequest, context: Any) -> review_pb2.Review:
        """Keep a bill that waits out of the ledger."""
        act = _act(request, reason_least=1)

        async def decide(connection: Connection) -> list[NewEntry]:
            return await reject_bill(connection, act)

        return await self._decided(act, decide)

    async def ConfirmValues(self, request: review_pb2.ConfirmValuesRequest, context: Any) -> review_pb2.Review:
        """Let values count as found right."""
        act, paths = _act(request), list(dict.fromkeys(request.paths))
        if not 1 <= len(paths) <= PATHS_MAX:
            raise BadRequest(f"paths are 1 to {PATHS_MAX}", field="paths")

        async def decide(connection: Connection) -> list[NewEntry]:
            await confirm_values(connection, act, request.statement, paths, undo=request.undo)
            return []

        return await self._decided(act, decide)

    async def PreviewReview(self, request: review_pb2.PreviewReviewRequest, context: Any) -> review_pb2.ReviewPreview:
        """Tell what an act would change."""
        key, bill_id = _key("read", request.project_id), _bill_id(request)
        asked = [request.confirm, request.pin, request.unpin, bool(request.changes)]
        if sum(asked) != 1 or bool(request.changes) != bool(request.ledger_bill_id):
            raise BadRequest("exactly one of confirm, pin, unpin, and ledger_bill_id with changes")
        record = ledger_bill_key(request.ledger_bill_id) if request.changes else None
        if record is not None and record.bill_id != bill_id:
            raise BadRequest("ledger_bill_id is a record of another bill", field="ledger_bill_id")
        trial = Trial(self._database, self._factor_sets, key, bill_id, record)
        before, after = await trial.looks(self._act_of(key, bill_id, request))
        statement, fields = record.ordinal if record is not None else 0, [one.field for one in request.changes]
        return await preview(before, after, statement=statement, fields=fields)

    def _act_of(self, key: ProjectKey, bill_id: BillId, request: review_pb2.PreviewReviewRequest) -> TriedAct:
        """Return the act that a preview is of."""
        if request.changes:
            asked = Correction(
                key=ledger_bill_key(request.ledger_bill_id),
                changes=changes_of(request.changes),
                amended_by="preview",
                reason="preview",
                request_id="",
            )
            return lambda connection, project: correct(connection, self._shapes, asked, project)
        if request.confirm:
            act = Act(key=key, bill_id=bill_id, reviewed_by="preview")
            return lambda connection, project: confirm_bill(connection, self._shapes, replace(act, tried_on=project))

        async def pin(connection: Connection, project: Project) -> None:
            if request.pin:
                await follow_policy(connection, project, Policy(Rule.PINNED, bill_id), self._shapes)
            elif project.policy.rule is Rule.PINNED:
                await follow_policy(connection, project, Policy(), self._shapes)

        return pin

    async def _decided(self, act: Act, decide: Callable[[Connection], Awaitable[list[NewEntry]]]) -> review_pb2.Review:
        async with self._database.tenant(act.key.tenant_id) as connection:
            changes = await decide(connection)
            answer = await _answer(connection, act.key, act.bill_id)
            if changes:
                await self._journal.append(connection, changes)
            return answer


async def _answer(connection: Connection, key: ProjectKey, bill_id: BillId) -> review_pb2.Review:
    project = await store.project(connection, key.project_id)
    if project is None:
        raise NoReading
    return answers.review_message(project, bill_id, await look(connection, project, bill_id))


def _key(scope: str, project_id: str) -> ProjectKey:
    caller = current_caller()
    caller.require(scope)
    return wire.tenant_key(caller.tenant(), project_id_of(project_id))


def _bill_id(request: Any) -> BillId:
    return BillId(uuid_of(request.bill_id, "bill_id"))


def _act(request: Any, *, reason_least: int | None = None) -> Act:
    return Act(
        key=_key("amend", request.project_id),
        bill_id=_bill_id(request),
        reviewed_by=words_of(request.reviewed_by, "reviewed_by", 1, NAME_LENGTH_MAX),
        version=request.version,
        reason="" if reason_least is None else words_of(request.reason, "reason", reason_least, REASON_LENGTH_MAX),
    )
