"""Profile's own values to their messages: load profiles, policies, accounts, changes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from domain.ids import BillId, Position, ProjectId, TenantId
from protos.profile.v1 import changes_pb2, profile_pb2
from runtime.journal import ERASED, Entry, NewEntry
from runtime.uuids import named_id
from runtime.wire import Fields, decimal_text, time_to_proto
from services.profile.fold import Rule
from services.profile.ledger.store.accounts import Account
from services.profile.load.observed import MonthSource
from services.profile.load.profile import LoadProfile, ProfileMonth
from services.profile.store import Project, ProjectKey

_EVENTS = UUID("0d5c2a52-4a43-5c1e-8a3b-2f0cf6a5a9d7")
"""Our own namespace for event ids (RFC 9562, version 5): what caused an event names it, so a replay names it the same."""

_SOURCES = {
    MonthSource.BILLED: profile_pb2.MONTH_SOURCE_BILLED,
    MonthSource.PRORATED: profile_pb2.MONTH_SOURCE_PRORATED,
    MonthSource.HISTORY_TABLE: profile_pb2.MONTH_SOURCE_HISTORY_TABLE,
    MonthSource.HISTORY_CHART: profile_pb2.MONTH_SOURCE_HISTORY_CHART,
    MonthSource.ESTIMATED: profile_pb2.MONTH_SOURCE_ESTIMATED,
    MonthSource.SUPPLIED: profile_pb2.MONTH_SOURCE_SUPPLIED,
}

RULES: Mapping[Rule, profile_pb2.ActiveBillRule.ValueType] = {
    Rule.LAST_PARSED: profile_pb2.ACTIVE_BILL_RULE_LAST_PARSED,
    Rule.LAST_UPLOADED: profile_pb2.ACTIVE_BILL_RULE_LAST_UPLOADED,
    Rule.LATEST_PERIOD: profile_pb2.ACTIVE_BILL_RULE_LATEST_PERIOD,
    Rule.PINNED: profile_pb2.ACTIVE_BILL_RULE_PINNED,
    Rule.MERGED: profile_pb2.ACTIVE_BILL_RULE_MERGED,
}


def profile_bytes(
    profile: LoadProfile, project_id: ProjectId, active_bill_id: BillId | None, supplied_as: str = ""
) -> bytes:
    """Return a load profile as stored: its message without version and time; equal profiles give equal bytes."""
    fields: Fields = {
        "project_id": project_id,
        "active_bill_id": active_bill_id or "",
        "supplied_as": supplied_as,
        "months": [_month(month, profile.currency) for month in profile.months],
        "months_observed": profile.months_observed,
        "annual_energy_kwh": decimal_text(profile.annual_energy_kwh),
        "annual_cost": _money(profile.annual_cost, profile.currency),
        "average_rate": "" if profile.average_rate is None else decimal_text(profile.average_rate),
        "method": profile.method,
        "band_percent": str(profile.band_percent) if profile.band_percent else "",
    }
    return profile_pb2.LoadProfile(**fields).SerializeToString(deterministic=True)


def _month(month: ProfileMonth, currency: str) -> Fields:
    return {
        "month": month.month,
        "year": month.year,
        "energy_kwh": decimal_text(month.energy_kwh),
        "cost": _money(month.cost, currency),
        "source": _SOURCES[month.source],
        "days_covered": month.days_covered,
        "days_in_month": month.days_in_month,
        "bill_id": month.bill_id,
    }


def _money(amount: Decimal | None, currency: str) -> Fields | None:
    return None if amount is None else {"amount": decimal_text(amount), "currency": currency}


def policy_message(project: Project) -> profile_pb2.Policy:
    """Return a project's policy as its message."""
    return profile_pb2.Policy(
        project_id=project.key.project_id,
        rule=RULES[project.policy.rule],
        pinned_bill_id=project.policy.pinned_bill_id or "",
        active_bill_id=project.active_bill_id or "",
        supplied=project.supplied,
    )


def account_message(account: Account) -> profile_pb2.Account:
    """Return an account as its message."""
    return profile_pb2.Account(
        account_id=account.account_id,
        issuer_id=account.issuer_id,
        issuer_name=account.issuer_name,
        account_number=account.number,
        meters=[
            profile_pb2.AccountMeter(
                meter_id=meter.meter_id, number=meter.number, commodity=meter.commodity, tariff=meter.tariff
            )
            for meter in account.meters
        ],
        created_at=time_to_proto(account.created_at),
    )


What: TypeAlias = (
    profile_pb2.ParseCompleted
    | profile_pb2.ProfileChanged
    | profile_pb2.BillRemoved
    | changes_pb2.BillAdded
    | changes_pb2.BillUpdated
    | changes_pb2.BillUnparsed
    | changes_pb2.MonthsChanged
    | changes_pb2.BillsReady
    | changes_pb2.BillHeld
    | changes_pb2.BillConfirmed
    | changes_pb2.BillRejected
)
"""What a change tells."""

_KINDS: Mapping[type[What], str] = {
    profile_pb2.ParseCompleted: "parse_completed",
    profile_pb2.ProfileChanged: "profile_changed",
    profile_pb2.BillRemoved: "bill_removed",
    changes_pb2.BillAdded: "bill_added",
    changes_pb2.BillUpdated: "bill_updated",
    changes_pb2.BillUnparsed: "bill_unparsed",
    changes_pb2.MonthsChanged: "months_changed",
    changes_pb2.BillsReady: "bills_ready",
    changes_pb2.BillHeld: "bill_held",
    changes_pb2.BillConfirmed: "bill_confirmed",
    changes_pb2.BillRejected: "bill_rejected",
}


def new_change(key: ProjectKey, cause: str, what: What, bill_id: BillId | None) -> NewEntry:
    """Return the journal entry of a change; ``cause`` names what made it true, and so its event id.

    ``bill_id`` is the bill by which the entry is erased when that bill is deleted.
    """
    kind = _KINDS[type(what)]
    change = profile_pb2.Change()
    getattr(change, kind).CopyFrom(what)
    change.event_id = named_id(_EVENTS, f"{key.tenant_id}/{key.project_id}/{cause}/{kind}")
    return NewEntry(
        tenant_id=key.tenant_id,
        project_id=key.project_id,
        subject_id=bill_id,
        kind=kind,
        payload=change.SerializeToString(deterministic=True),
    )


def change_message(entry: Entry) -> profile_pb2.Change:
    """Return a journal entry as the message that followers get."""
    if not entry.payload:
        event_id = named_id(_EVENTS, f"{ERASED}/{entry.position}")
        change = profile_pb2.Change(event_id=event_id, erased=profile_pb2.Erased())
    else:
        change = profile_pb2.Change.FromString(entry.payload)
    change.position = entry.position
    change.occurred_at.CopyFrom(time_to_proto(entry.at))
    change.tenant_id = entry.tenant_id
    change.project_id = entry.project_id or ""
    return change


def profile_changed(project: Project) -> profile_pb2.ProfileChanged:
    """Return what is told of a project whose profile is not what it was."""
    of_bill = project.profile is not None and not project.supplied
    return profile_pb2.ProfileChanged(
        version=project.version,
        active_bill_id=(project.active_bill_id or "") if of_bill else "",
        supplied=project.supplied,
    )


def load_profile_message(project: Project) -> profile_pb2.LoadProfile:
    """Return a project's stored load profile with its version.

    Raises:
        ValueError: the project has none.
    """
    if project.profile is None:
        raise ValueError("the project has no load profile")
    message = profile_pb2.LoadProfile.FromString(project.profile)
    message.version = project.version
    return message


def position_message(position: Position) -> profile_pb2.FollowChangesResponse:
    """Return the message that says everything up to a position has been sent."""
    return profile_pb2.FollowChangesResponse(progress=profile_pb2.FollowProgress(position=position))


def tenant_key(tenant_id: str, project_id: str) -> ProjectKey:
    """Return the key of a project from ids as they travel."""
    return ProjectKey(TenantId(tenant_id), ProjectId(project_id))
