"""The calls about supplied profiles: a supply is checked and made into months, stands, and is told as a change."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from domain.refusals import BadRequest, NoLoadProfile
from protos.profile.v1 import profile_pb2, profile_pb2_grpc, supplied_pb2
from runtime.journal import Journal
from runtime.postgres import Connection, Database
from runtime.rpc.identity import current_caller
from runtime.wire import decimal_text, time_to_proto
from services.profile import store, wire
from services.profile.active.choose import choose, merged_contribution
from services.profile.fold import BillState, Policy, Rule, Supply
from services.profile.ids import project_id_of
from services.profile.load.contribution import Contribution, decode
from services.profile.load.observed import shown_by
from services.profile.load.profile import RATE_PLACES
from services.profile.load.shapes import Shape, Shapes
from services.profile.months.rounding import rounded
from services.profile.store import Project
from services.profile.supplied import store as supplies
from services.profile.supplied.profile import Price, supplied_profile
from services.profile.supplied.request import DOLLAR, Asked, asked_supply, needs_price
from services.profile.supplied.supply import BadSupply


class SuppliedCalls(profile_pb2_grpc.ProfilesServicer):
    """The part of Profiles that takes profiles from users."""

    _database: Database
    _journal: Journal
    _shapes: Shapes

    async def SupplyProfile(self, request: supplied_pb2.SupplyProfileRequest, context: Any) -> profile_pb2.LoadProfile:
        """Let a supplied profile stand in place of the bills', in one transaction."""
        caller = current_caller()
        caller.require("amend")
        key = wire.tenant_key(caller.tenant(), project_id_of(request.project_id))
        asked = await asyncio.to_thread(asked_supply, request)
        async with self._database.tenant(key.tenant_id) as connection:
            project = (await store.lock_projects(connection, [key]))[key]
            if project.policy.rule is Rule.PINNED:
                project.policy = Policy()
            of_bills = await _contribution(connection, project)
            price, currency = _price(asked, of_bills)
            shape = self._shapes.for_country(asked.country or of_bills.country)
            made = await asyncio.to_thread(_made, project, asked, shape, price, currency)
            # Read after the project's lock was got: what is folded later waits for this transaction and has a later position.
            after = await store.cursor(connection)
            project.supply = Supply(after, asked.keep, made, datetime.now(UTC))
            await supplies.save(connection, key, project.supply, _kept(request, shape, price, currency))
            await self._follow_supply(connection, project, f"supply/{project.version + 1}")
        return _message(project)

    async def GetSuppliedProfile(
        self, request: supplied_pb2.GetSuppliedProfileRequest, context: Any
    ) -> supplied_pb2.SuppliedProfile:
        """Return what was supplied."""
        caller = current_caller()
        caller.require("read")
        project_id = project_id_of(request.project_id)
        async with self._database.tenant(caller.tenant(), read_only=True) as connection:
            await store.see_one_moment(connection)
            project = await store.project(connection, project_id)
            numbers = await supplies.numbers(connection, project_id)
        if project is None or project.supply is None or numbers is None:
            raise _nothing_supplied()
        message = supplied_pb2.SuppliedProfile.FromString(numbers)
        message.in_effect = project.supplied
        message.supplied_at.CopyFrom(time_to_proto(project.supply.supplied_at))
        return message

    async def DeleteSuppliedProfile(
        self, request: supplied_pb2.DeleteSuppliedProfileRequest, context: Any
    ) -> supplied_pb2.DeleteSuppliedProfileResponse:
        """Let the bills make the profile again."""
        caller = current_caller()
        caller.require("amend")
        key = wire.tenant_key(caller.tenant(), project_id_of(request.project_id))
        async with self._database.tenant(key.tenant_id) as connection:
            project = (await store.lock_projects(connection, [key]))[key]
            if project.supply is None:
                raise _nothing_supplied()
            project.supply = None
            await supplies.remove(connection, key)
            await self._follow_supply(connection, project, f"supply/{project.version + 1}")
        return supplied_pb2.DeleteSuppliedProfileResponse()

    async def _follow_supply(self, connection: Connection, project: Project, cause: str) -> None:
        changed = await choose(connection, project, self._shapes)
        await store.save_project(connection, project)
        if changed:
            change = wire.new_change(project.key, cause, wire.profile_changed(project), None)
            await self._journal.append(connection, [change])


async def _contribution(connection: Connection, project: Project) -> Contribution:
    """Return what the bills in effect contribute; nothing where there are none."""
    if project.policy.rule is Rule.MERGED:
        return merged_contribution(await store.merged_bills(connection, project.key))
    active: BillState | None = await store.active_bill(connection, project.key, project.policy)
    return Contribution() if active is None or active.read is None else decode(active.read.contribution)


def _price(asked: Asked, of_bills: Contribution) -> tuple[Price | None, str]:
    """Return the price that counts and the currency of supplied bills.

    Raises:
        BadRequest: the supply needs a price, and neither it nor a bill states one.
    """
    currency = asked.currency or of_bills.currency or DOLLAR
    if asked.price is not None:
        return Price(asked.price, currency), currency
    rate = shown_by(of_bills).blended_rate if of_bills.currency == currency else None
    if rate is None and needs_price(asked):
        sentence = f"monthly_bill needs the price of a kWh: give price, or upload a bill that states one in {currency}"
        raise BadRequest(sentence, field="price")
    return (None if rate is None else Price(rate, currency)), currency


def _made(project: Project, asked: Asked, shape: Shape, price: Price | None, currency: str) -> bytes:
    try:
        made = supplied_profile(asked.supplied, shape, price, currency=currency, year=asked.year)
    except BadSupply as error:
        raise BadRequest(str(error), field=asked.supplied_as) from error
    return wire.profile_bytes(made, project.key.project_id, None, asked.supplied_as)


def _kept(request: supplied_pb2.SupplyProfileRequest, shape: Shape, price: Price | None, currency: str) -> bytes:
    kind: Any = request.WhichOneof("numbers")
    return supplied_pb2.SuppliedProfile(
        project_id=request.project_id,
        price="" if price is None else decimal_text(rounded(price.per_kwh, RATE_PLACES)),
        currency=currency if price is not None or kind == "monthly_bill" else "",
        year=request.year,
        shape=shape.label,
        keep=request.keep,
        **{kind: getattr(request, kind)},
    ).SerializeToString(deterministic=True)


def _message(project: Project) -> profile_pb2.LoadProfile:
    assert project.supply is not None
    message = wire.load_profile_message(project)
    message.completed_at.CopyFrom(time_to_proto(project.supply.supplied_at))
    return message


def _nothing_supplied() -> NoLoadProfile:
    return NoLoadProfile("Nobody has supplied a load profile for the project.")
