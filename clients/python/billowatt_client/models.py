"""What the service answers, as frozen data: exact numbers as Decimal, times with their zone, null as None.

Members that a later version of the service adds are kept in ``raw``, which is the whole answer as it came.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Json = Mapping[str, Any]
M = TypeVar("M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount, exact, in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One site or study."""

    project_id: str
    name: str
    external_id: str | None
    created_at: datetime
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill's record. ``status`` is pending, succeeded or failed; ``job_id`` is the newest job that reads it.

    ``file_url`` is there where one bill was retrieved: a link to its bytes, valid for a day, no key needed.
    """

    utility_bill_id: str
    project_id: str
    job_id: str | None
    status: str
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    duplicate_of: str | None
    failure_reason: str | None
    failure_detail: str | None
    received_at: datetime
    completed_at: datetime | None
    file_url: str | None = None
    file_url_expires_at: datetime | None = None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """What became of one file of a batch: a bill with a job of its own, or the ``reason`` why it was refused."""

    index: int
    file_name: str
    status: str
    utility_bill_id: str | None
    job_id: str | None
    duplicate_of: str | None
    reason: str | None
    detail: str | None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What became of each file of a batch, in the order in which they came."""

    accepted: int
    refused: int
    entries: tuple[BatchEntry, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The reading of a bill. ``status`` is queued, processing, succeeded or failed."""

    job_id: str
    utility_bill_id: str
    project_id: str
    status: str
    attempts: int
    pages_done: int
    pages_total: int | None
    failure_reason: str | None
    failure_detail: str | None
    created_at: datetime
    finished_at: datetime | None
    raw: Json

    @property
    def ended(self) -> bool:
        """Tell whether it succeeded or failed."""
        return self.status in {"succeeded", "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a bill: the flat facts in ``summary``, every value with its evidence in ``readings``."""

    utility_bill_id: str
    project_id: str
    completed_at: datetime
    summary: Json
    readings: tuple[Json, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileMonth:
    """One month of a load profile. ``source`` is billed, prorated, history_table, history_chart or estimated."""

    month: int
    year: int | None
    energy_kwh: Decimal | None
    cost: Money | None
    source: str | None
    days_covered: int
    days_in_month: int
    utility_bill_id: str | None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """Twelve months of a project, January first. ``average_rate`` is the cost of one kWh."""

    project_id: str
    version: int
    active_utility_bill_id: str | None
    completed_at: datetime | None
    months: tuple[ProfileMonth, ...]
    months_observed: int
    annual_energy_kwh: Decimal | None
    annual_cost: Money | None
    average_rate: Decimal | None
    method: str | None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The load profile as a year of hours, or of shorter intervals [min]; ``energy_kwh`` is in the order of time."""

    project_id: str
    profile_version: int
    year: int
    interval: int
    leap_day: bool
    annual_energy_kwh: Decimal
    energy_kwh: tuple[Decimal, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Calendar months of a project, as the service worked them out of its bills, and what is in none."""

    project_id: str
    currency: str | None
    months: tuple[Json, ...]
    findings: tuple[Json, ...]
    raw: Json
    next_page_token: str | None = None
    """Where there are earlier months than these: what asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where events go, in whose ``format``. ``secret`` is there where it was just made. Empty ``events``: all of them."""

    webhook_endpoint_id: str
    url: str
    method: str
    description: str | None
    events: tuple[str, ...]
    filters: Json
    strict_order: bool
    enabled: bool
    disabled_reason: str | None
    failures_in_row: int
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime
    format: str | None = None
    secret: str | None = None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of the tenant. ``api_key`` is its text, there where it was just made and nowhere else."""

    key_id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    api_key: str | None = None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A customer of the installation. ``first_key`` is there where it was just made."""

    tenant_id: str
    name: str
    created_at: datetime
    first_key: ApiKey | None = None
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerBill:
    """One record of the ledger: a statement as it was read, or as a person corrected it. All of its fields are in ``raw``."""

    ledger_bill_id: str
    utility_bill_id: str | None
    statement: int
    project_id: str | None
    archived: bool
    metadata: Json
    amended_fields: tuple[str, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedStatement:
    """A statement as it is to be reviewed: its ``reading`` with the corrections that people made, and what they confirmed.

    ``ledger_bill_id`` is the record to correct; while the bill waits, the one that confirming it will make.
    """

    ledger_bill_id: str
    reading: Json
    amended_fields: tuple[str, ...]
    confirmed_values: tuple[Json, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A bill as it is to be reviewed. ``state`` is in_effect, confirmed, held or rejected; ``reasons`` say what held it.

    Give the ``version`` back when you decide, and nothing is decided unseen.
    """

    utility_bill_id: str
    project_id: str
    state: str
    version: str
    reasons: tuple[Json, ...]
    statements: tuple[ReviewedStatement, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to deliver: when, how long, what was answered."""

    at: datetime
    latency_ms: int
    status: int | None
    error: str | None
    response_head: str
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint. ``status`` is queued, leased, succeeded or failed.

    ``attempt_log`` is there where one delivery was retrieved.
    """

    delivery_id: str
    event_id: str
    event_type: str
    status: str
    attempts: int
    failure_reason: str | None
    created_at: datetime
    finished_at: datetime | None
    next_attempt_at: datetime | None
    attempt_log: tuple[Attempt, ...] = ()
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. ``event_id`` is the same on every repeat: remember it, and act once.

    ``position`` is there where events were listed or followed: go on after it.
    """

    event_id: str
    type: str
    timestamp: datetime
    data: Json
    position: str | None = None


def built(model: type[M], answer: Json) -> M:
    """Return an answer as a model.

    Raises:
        KeyError: it lacks a member that the model cannot be without.
        ValueError: a number or time cannot be understood.
    """
    kind: Any = model
    values: dict[str, Any] = {}
    for name, hint, is_optional in _members(kind):
        if name == "raw":
            values[name] = answer
        elif name in answer or not is_optional:
            values[name] = _value(hint, answer[name])
    return model(**values)


@cache
def _members(model: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(model)
    without_default = {field.name for field in fields(model) if field.default is field.default_factory}
    return tuple((field.name, hints[field.name], field.name not in without_default) for field in fields(model))


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], one) for one in value)
    if hint is Decimal:
        return Decimal(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return built(hint, value)
    return value
