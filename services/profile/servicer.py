"""Profiles over gRPC: translates requests and answers, refuses, and leaves the numbers to others.

Profile owns no projects: ids that it has not heard of under the caller's tenant, another tenant's among them, have no
reading, no profile, no accounts and the default policy.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.ids import BillId, Position, ProjectId
from domain.refusals import BadRequest, NoLoadProfile, PositionPruned
from protos.profile.v1 import profile_pb2
from protos.values.v1 import reading_pb2
from runtime.journal import Idle, Journal
from runtime.postgres import Database
from runtime.rpc.identity import current_caller
from runtime.wire import time_to_proto
from services.profile import store, wire
from services.profile.active.choose import follow_policy, merged_contribution, no_reading
from services.profile.energy.factors import FactorSet
from services.profile.erasure.erase import erase
from services.profile.explain.answer import explain_supplied, write_explanation
from services.profile.fold import BillState, Policy, Rule
from services.profile.hours.answer import asked_hours, hours_message
from services.profile.hours.day_courses import DayCourse
from services.profile.hours.tariffs import TariffHours
from services.profile.ids import project_id_of, uuid_of
from services.profile.ledger.store import accounts
from services.profile.load.contribution import Contribution, decode
from services.profile.load.shapes import Shapes
from services.profile.months.asked import list_months
from services.profile.paging import page_key, page_size, page_token
from services.profile.review.store import held_reading
from services.profile.store import Project
from services.profile.supplied import store as supplies
from services.profile.supplied.calls import SuppliedCalls

_RULES = {message: rule for rule, message in wire.RULES.items()}


class ProfilesServicer(SuppliedCalls):
    """Answers with numbers; its only writes are the policy and what a user supplies."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        shapes: Shapes,
        courses: Mapping[str, DayCourse],
        tariffs: Mapping[str, TariffHours],
        factor_sets: Mapping[str, FactorSet],
    ) -> None:
        self._database = database
        self._journal = journal
        self._shapes = shapes
        self._courses = courses
        self._tariffs = tariffs
        self._factor_sets = factor_sets

    async def GetReading(self, request: profile_pb2.GetReadingRequest, context: Any) -> profile_pb2.GetReadingResponse:
        """Return the readings of a bill."""
        project_id, bill_id = project_id_of(request.project_id), BillId(uuid_of(request.bill_id, "bill_id"))
        async with self._reading_transaction() as connection:
            stored = await store.reading(connection, project_id, bill_id)
            bill = None if stored else await store.bill_of_project(connection, project_id, bill_id)
            waiting = await held_reading(connection, bill_id) if bill is not None and bill.waiting is not None else None
        if waiting is not None:
            stored = store.StoredReading(waiting.mark.completed_at, waiting.readings)
        if stored is None:
            raise no_reading(bill)
        return profile_pb2.GetReadingResponse(
            bill_id=bill_id,
            completed_at=time_to_proto(stored.completed_at),
            readings=reading_pb2.Readings.FromString(stored.readings).readings,
            held=waiting is not None,
        )

    async def GetLoadProfile(self, request: profile_pb2.GetLoadProfileRequest, context: Any) -> profile_pb2.LoadProfile:
        """Return the project's 12 months."""
        found = await self._load_profile(project_id_of(request.project_id), with_sources=request.explain)
        if request.explain and found.contribution is not None:
            write_explanation(found.message, found.contribution)
        elif request.explain:
            explain_supplied(found.message)
        return found.message

    async def GetHours(self, request: profile_pb2.GetHoursRequest, context: Any) -> profile_pb2.GetHoursResponse:
        """Return the 12 months spread over a year's intervals."""
        asked = asked_hours(request, self._courses, self._tariffs)
        found = await self._load_profile(project_id_of(request.project_id), with_sources=True)
        return await asyncio.to_thread(hours_message, asked, found.message, found.numbers, found.contribution)

    async def ListMonths(self, request: profile_pb2.ListMonthsRequest, context: Any) -> profile_pb2.ListMonthsResponse:
        """Return the calendar months of what the bills of a project, a property or a meter state."""
        async with self._reading_transaction() as connection:
            await store.see_one_moment(connection)
            return await list_months(connection, request, self._factor_sets)

    async def _load_profile(self, project_id: ProjectId, *, with_sources: bool) -> "_Found":
        """Return the project's profile, and where asked for what it was made of."""
        merged: list[BillState] = []
        async with self._reading_transaction() as connection:
            await store.see_one_moment(connection)
            project = await store.project(connection, project_id)
            active = None
            if project is not None and project.supply is not None and project.supplied:
                message = wire.load_profile_message(project)
                message.completed_at.CopyFrom(time_to_proto(project.supply.supplied_at))
                return _Found(message, numbers=await supplies.numbers(connection, project_id) if with_sources else None)
            if project is not None and project.active_bill_id is not None:
                active = await store.bill_of_project(connection, project_id, project.active_bill_id)
            if with_sources and project is not None and project.policy.rule is Rule.MERGED:
                merged = await store.merged_bills(connection, project.key)
        if project is None or project.profile is None or active is None or active.read is None:
            raise _no_load_profile(active, project)
        message = wire.load_profile_message(project)
        message.completed_at.CopyFrom(time_to_proto(active.read.mark.completed_at))
        if not with_sources:
            return _Found(message)
        # Hundreds of bills may be merged; streams of this process are not to wait for it.
        contribution = await asyncio.to_thread(merged_contribution, merged) if merged else None
        return _Found(message, contribution or decode(active.read.contribution))

    async def GetPolicy(self, request: profile_pb2.GetPolicyRequest, context: Any) -> profile_pb2.Policy:
        """Return the rule by which the project's active bill is chosen, and that bill."""
        project_id = project_id_of(request.project_id)
        async with self._reading_transaction() as connection:
            project = await store.project(connection, project_id)
        return wire.policy_message(project or Project(wire.tenant_key("", project_id)))

    async def UpdatePolicy(self, request: profile_pb2.UpdatePolicyRequest, context: Any) -> profile_pb2.Policy:
        """Change the rule and make the profile anew, in one transaction."""
        caller = current_caller()
        caller.require("amend")
        key = wire.tenant_key(caller.tenant(), project_id_of(request.project_id))
        policy = _policy(request)
        async with self._database.tenant(key.tenant_id) as connection:
            project = (await store.lock_projects(connection, [key]))[key]
            changed = await follow_policy(connection, project, policy, self._shapes)
            await store.save_project(connection, project)
            if changed:
                change = wire.new_change(key, f"policy/{project.version}", wire.profile_changed(project), None)
                await self._journal.append(connection, [change])
        return wire.policy_message(project)

    async def ListAccounts(
        self, request: profile_pb2.ListAccountsRequest, context: Any
    ) -> profile_pb2.ListAccountsResponse:
        """Return a page of the accounts that the project's bills show, newest first."""
        project_id = project_id_of(request.project_id)
        size = page_size(request.page_size)
        before: Any = page_key(request, (datetime, UUID))
        async with self._reading_transaction() as connection:
            found = await accounts.accounts_page(connection, project_id, before, size + 1)
        page, more = found[:size], found[size:]
        return profile_pb2.ListAccountsResponse(
            accounts=[wire.account_message(one) for one in page],
            next_page_token=page_token(request, (page[-1].created_at, page[-1].account_id)) if more else "",
        )

    async def EraseProject(self, request: profile_pb2.EraseProjectRequest, context: Any) -> profile_pb2.EraseResponse:
        """Take away what is kept of a project."""
        caller = current_caller()
        caller.require_service()
        project_id = project_id_of(request.project_id)
        after = Position(request.after_position)
        return await erase(self._database, self._journal, caller.tenant(), project_id, after)

    async def EraseTenant(self, request: profile_pb2.EraseTenantRequest, context: Any) -> profile_pb2.EraseResponse:
        """Take away what is kept of a tenant."""
        caller = current_caller()
        caller.require_service()
        after = Position(request.after_position)
        return await erase(self._database, self._journal, caller.tenant(), None, after)

    async def FollowChanges(
        self, request: profile_pb2.FollowChangesRequest, context: Any
    ) -> AsyncIterator[profile_pb2.FollowChangesResponse]:
        """Replay changes after a position, then tail."""
        caller = current_caller()
        caller.require("read")
        if caller.tenant_id is None:
            caller.require_service()
        after = await self._following_from(request)
        if request.from_end:
            yield wire.position_message(after)
        entries = self._journal.follow(
            self._database,
            after,
            tenant_id=caller.tenant_id,
            project_id=ProjectId(uuid_of(request.project_id, "project_id")) if request.project_id else None,
            stop_at_end=request.stop_at_end,
        )
        async for entry in entries:
            if isinstance(entry, Idle):
                yield wire.position_message(entry.position)
            else:
                yield profile_pb2.FollowChangesResponse(change=wire.change_message(entry))

    async def _following_from(self, request: profile_pb2.FollowChangesRequest) -> Position:
        """Return the position to follow from.

        Raises:
            BadRequest: it is negative, or given beside from_end.
            PositionPruned: it lies behind the end, as it may after a restore: what comes next would be taken for known.
        """
        if request.after_position < 0 or (request.from_end and request.after_position):
            raise BadRequest("after_position counts from 0, and goes without from_end", field="after_position")
        if not request.after_position and not request.from_end:
            return Position(0)
        async with self._database.service(read_only=True) as connection:
            head = (await self._journal.head(connection)).position
        if request.after_position > head:
            raise PositionPruned("The position lies behind the end of the journal; list everything anew.", head=head)
        return head if request.from_end else Position(request.after_position)

    def _reading_transaction(self) -> Any:
        caller = current_caller()
        caller.require("read")
        return self._database.tenant(caller.tenant(), read_only=True)


@dataclass(frozen=True, slots=True)
class _Found:
    """A load profile, and where asked for what it was made of: what bills state, or the numbers that a user supplied."""

    message: profile_pb2.LoadProfile
    contribution: Contribution | None = None
    numbers: bytes | None = None


def _policy(request: profile_pb2.UpdatePolicyRequest) -> Policy:
    rule = _RULES.get(request.rule)
    if rule is None:
        raise BadRequest("rule is required", field="rule")
    if (rule is Rule.PINNED) is not bool(request.pinned_bill_id):
        raise BadRequest("pinned_bill_id goes with the rule PINNED, and only with it", field="pinned_bill_id")
    return Policy(rule, BillId(uuid_of(request.pinned_bill_id, "pinned_bill_id")) if rule is Rule.PINNED else None)


def _no_load_profile(active: BillState | None, project: Project | None) -> NoLoadProfile:
    """Say why there is no profile, with the bill that would have made it."""
    if (active is None or active.read is None) and project is not None and project.bills_held:
        return NoLoadProfile(
            "The project has no load profile: its bills wait for a person.", bills_held=project.bills_held
        )
    if active is None or active.read is None:
        return NoLoadProfile("The project has no load profile: none of its bills has been read.")
    contribution = decode(active.read.contribution)
    if not contribution.stretches and not contribution.months:
        sentence = "The project has no load profile: none of its bills states electricity consumed and its days."
    else:
        sentence = "The project has no load profile: no bill of it covers more than half of any calendar month."
    return NoLoadProfile(sentence, active_bill_id=active.bill_id)
