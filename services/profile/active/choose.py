"""The active bill of a project and its load profile, chosen from the tables by the project's policy."""

from collections.abc import Sequence

from domain.refusals import NoReading
from runtime.postgres import Connection
from services.profile import store, wire
from services.profile.completions import ReadBill
from services.profile.fold import BillState, Policy, Rule, supply_stands
from services.profile.load.contribution import Contribution, decode
from services.profile.load.merged import merged
from services.profile.load.profile import LoadProfile, load_profile
from services.profile.load.shapes import Shapes
from services.profile.store import Project


async def follow_policy(connection: Connection, project: Project, policy: Policy, shapes: Shapes) -> bool:
    """Let a project follow a policy; tell whether its profile changed.

    Raises:
        NoReading: the bill to be pinned has no reading that counts.
    """
    if policy.pinned_bill_id is not None:
        pinned = await store.bill_of_project(connection, project.key.project_id, policy.pinned_bill_id)
        if pinned is None or pinned.read is None:
            raise no_reading(pinned)
    project.policy = policy
    return await choose(connection, project, shapes)


async def choose(connection: Connection, project: Project, shapes: Shapes) -> bool:
    """Choose a project's active bill from the tables and make its profile anew; tell whether the profile changed."""
    best = await store.active_bill(connection, project.key, project.policy)
    if project.policy.rule is not Rule.MERGED:
        return activate(project, best, shapes)
    bills = await store.merged_bills(connection, project.key)
    made = load_profile(merged_contribution(bills), "", shapes)
    return _replace(project, best, made)


def merged_contribution(bills: Sequence[BillState]) -> Contribution:
    """Put together what bills contribute, given in the order in which they were read."""
    return merged((bill.bill_id, decode(bill.read.contribution)) for bill in bills if bill.read is not None)


def activate(project: Project, bill: BillState | None, shapes: Shapes, fresh: ReadBill | None = None) -> bool:
    """Make a bill the project's active one; count a version and return True where that changes the load profile."""
    made = None
    if bill is not None and bill.read is not None and bill.read.usable:
        contribution = fresh.contribution if fresh else decode(bill.read.contribution)
        made = load_profile(contribution, bill.bill_id, shapes, fresh.shown if fresh else None)
    return _replace(project, bill, made)


def _replace(project: Project, bill: BillState | None, made: LoadProfile | None) -> bool:
    profile = None
    if project.supply is not None and supply_stands(project.supply, bill, project.policy):
        profile = project.supply.made
    elif bill is not None and made is not None:
        profile = wire.profile_bytes(made, project.key.project_id, bill.bill_id)
    project.active_bill_id = bill.bill_id if bill is not None else None
    if profile == project.profile:
        return False
    project.profile = profile
    project.version += 1
    return True


def no_reading(bill: BillState | None) -> NoReading:
    """Say why a bill has no reading that counts."""
    if bill is not None and bill.failed is not None and bill.waiting is None:
        return NoReading("Reading the bill failed.", failure_reason=bill.failed.reason)
    if bill is not None and bill.deleted:
        return NoReading("The bill was deleted.")
    if bill is not None and bill.waiting is not None:
        return NoReading("The bill waits for a person: confirm it first.")
    return NoReading()
