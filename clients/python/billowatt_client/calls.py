"""Every call of the service: its method, path and body, and what becomes of the answer. Nothing is sent here."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from billowatt_client.models import (
    Batch,
    Bill,
    Delivery,
    Event,
    Hours,
    Job,
    Json,
    LoadProfile,
    Months,
    Project,
    Reading,
    WebhookEndpoint,
    built,
)
from billowatt_client.uploads import Body, File

T = TypeVar("T")

_ENDPOINTS = "/v1/webhook_endpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One call. ``safe``: sent twice it has the same effect as once."""

    method: str
    path: str
    parse: Callable[[Any], T]
    query: Mapping[str, str] = field(default_factory=dict)
    json: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and the token of the next one; empty on the last."""

    items: tuple[T, ...]
    next_token: str


@dataclass(frozen=True, slots=True)
class Events:
    """Events behind a position, where to go on, and whether there are more at once."""

    events: tuple[Event, ...]
    next_after: str
    more: bool


@dataclass(frozen=True, slots=True)
class Redelivered:
    """How many deliveries one call queued again, and since when to ask for the rest of a stretch; None: that was all."""

    deliveries: int
    rest_since: datetime | None


def create_project(name: str, external_id: str | None, idempotency_key: str | None) -> Call[Project]:
    """Make a project; without a key of the caller one is drawn, which makes it safe to send twice."""
    return Call(
        method="POST",
        path="/v1/projects",
        json=_given(name=name, external_id=external_id),
        headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
        parse=one(Project),
    )


def project(project_id: str) -> Call[Project]:
    """Retrieve a project."""
    return Call(method="GET", path=_project(project_id), parse=one(Project))


def projects(token: str) -> Call[Page[Project]]:
    """List projects, newest first."""
    return page("/v1/projects", "projects", Project, token)


def upload(project_id: str, file: File, file_name: str | None, idempotency_key: str | None) -> Call[Bill]:
    """Upload a bill; without a key of the caller one is drawn, so that a retry finds the first upload."""
    body = Body(file, file_name)
    return Call(
        method="POST",
        path=f"{_project(project_id)}/utility_bills",
        headers={**body.headers, "Idempotency-Key": idempotency_key or str(uuid.uuid4())},
        body=body,
        parse=one(Bill),
        safe=body.repeatable,
    )


def upload_batch(project_id: str, archive: File, idempotency_key: str | None) -> Call[Batch]:
    """Upload a ZIP archive of bills."""
    body = Body(archive)
    headers = {name: value for name, value in body.headers.items() if name == "Content-Length"}
    headers |= {"Content-Type": "application/zip", "Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    path = f"{_project(project_id)}/utility_bill_batches"
    return Call(method="POST", path=path, headers=headers, body=body, parse=one(Batch), safe=body.repeatable)


def bills(project_id: str, token: str) -> Call[Page[Bill]]:
    """List a project's bills, newest first."""
    return page(f"{_project(project_id)}/utility_bills", "utility_bills", Bill, token)


def bill(project_id: str, bill_id: str) -> Call[Bill]:
    """Retrieve a bill with a fresh download link."""
    return Call(method="GET", path=_bill(project_id, bill_id), parse=one(Bill))


def delete_project(project_id: str) -> Call[None]:
    """Delete a project with everything in it."""
    return Call(method="DELETE", path=_project(project_id), parse=_nothing)


def delete_bill(project_id: str, bill_id: str) -> Call[None]:
    """Delete a bill with everything that was read from it."""
    return Call(method="DELETE", path=_bill(project_id, bill_id), parse=_nothing)


def reparse(project_id: str, bill_id: str) -> Call[Job]:
    """Read a bill again."""
    return Call(method="POST", path=_bill(project_id, bill_id) + "/reparse", parse=one(Job), safe=False)


def reading(project_id: str, bill_id: str) -> Call[Reading]:
    """Retrieve what was read of a bill."""
    return Call(method="GET", path=_bill(project_id, bill_id) + "/reading", parse=one(Reading))


def job(job_id: str) -> Call[Job]:
    """Retrieve a job."""
    return Call(method="GET", path=f"/v1/jobs/{segment(job_id)}", parse=one(Job))


def load_profile(project_id: str) -> Call[LoadProfile]:
    """Retrieve the twelve months."""
    return Call(method="GET", path=f"{_project(project_id)}/load_profile", parse=one(LoadProfile))


def hours(
    project_id: str, *, year: int | None, interval: int | None, shape_class: str | None, tariff_hours: str | None
) -> Call[Hours]:
    """Work out the hours of the load profile, or shorter intervals [min].

    ``shape_class`` names the typical days, ``tariff_hours`` the hours by which the bills' time-of-use rows are laid over
    them: those of the printed tariff where it is not given, none of them where it is "none".
    """
    query = _given_texts(year=year, interval=interval, shape_class=shape_class, tariff_hours=tariff_hours)
    return Call(method="GET", path=f"{_project(project_id)}/load_profile/hours", query=query, parse=one(Hours))


def months(project_id: str, *, commodity: str | None, meter_id: str | None, page_token: str | None) -> Call[Months]:
    """Work out the calendar months, the newest of them where there are very many."""
    query = _given_texts(commodity=commodity, meter_id=meter_id, page_token=page_token)
    return Call(method="GET", path=f"{_project(project_id)}/months", query=query, parse=one(Months))


def events(project_id: str | None, after: str) -> Call[Events]:
    """List what happened behind a position, oldest first."""

    def parse(told: Any) -> Events:
        return Events(tuple(built(Event, item) for item in told["events"]), told["next_after"], told["more"])

    path = "/v1/events" if project_id is None else f"{_project(project_id)}/events"
    return Call(method="GET", path=path, query={"after": after}, parse=parse)


def create_webhook_endpoint(choices: Json) -> Call[WebhookEndpoint]:
    """Make an endpoint; the answer has its secret."""
    return Call(method="POST", path=_ENDPOINTS, json=choices, parse=one(WebhookEndpoint), safe=False)


def webhook_endpoints() -> Call[tuple[WebhookEndpoint, ...]]:
    """List the endpoints, newest first."""
    return Call(method="GET", path=_ENDPOINTS, parse=_many("webhook_endpoints", WebhookEndpoint))


def webhook_endpoint(endpoint_id: str) -> Call[WebhookEndpoint]:
    """Retrieve an endpoint."""
    return Call(method="GET", path=_endpoint(endpoint_id), parse=one(WebhookEndpoint))


def update_webhook_endpoint(endpoint_id: str, choices: Json) -> Call[WebhookEndpoint]:
    """Change what is given of an endpoint."""
    return Call(method="PATCH", path=_endpoint(endpoint_id), json=choices, parse=one(WebhookEndpoint))


def delete_webhook_endpoint(endpoint_id: str) -> Call[None]:
    """Delete an endpoint with its secrets and its log."""
    return Call(method="DELETE", path=_endpoint(endpoint_id), parse=_nothing)


def webhook_secrets(endpoint_id: str) -> Call[tuple[str, ...]]:
    """Show the secrets that sign now, newest first."""
    return Call(method="GET", path=_endpoint(endpoint_id) + "/secret", parse=lambda told: tuple(told["secrets"]))


def rotate_webhook_secret(endpoint_id: str) -> Call[str]:
    """Make a new secret; the old one signs beside it for a day."""
    path = _endpoint(endpoint_id) + "/secret/rotate"
    return Call(method="POST", path=path, parse=lambda told: str(told["secret"]), safe=False)


def test_webhook_endpoint(endpoint_id: str) -> Call[Delivery]:
    """Send an event that says only that events arrive."""
    return Call(method="POST", path=_endpoint(endpoint_id) + "/test", parse=one(Delivery), safe=False)


def deliveries(endpoint_id: str, status: str | None, token: str) -> Call[Page[Delivery]]:
    """List deliveries, newest first."""
    return page(_endpoint(endpoint_id) + "/deliveries", "deliveries", Delivery, token, **_given_texts(status=status))


def delivery(endpoint_id: str, delivery_id: str) -> Call[Delivery]:
    """Retrieve a delivery with its attempts."""
    return Call(method="GET", path=_delivery(endpoint_id, delivery_id), parse=one(Delivery))


def redeliver(endpoint_id: str, delivery_id: str) -> Call[Delivery]:
    """Deliver once more."""
    return Call(method="POST", path=_delivery(endpoint_id, delivery_id) + "/redeliver", parse=one(Delivery), safe=False)


def redeliver_since(
    endpoint_id: str, since: datetime, until: datetime | None, which: str, event_types: Sequence[str]
) -> Call[Redelivered]:
    """Deliver a stretch of time once more, as much of it as one call takes."""
    wanted = _given(
        since=since.isoformat(),
        until=None if until is None else until.isoformat(),
        which=which,
        event_types=list(event_types),
    )
    path = _endpoint(endpoint_id) + "/redeliveries"
    return Call(method="POST", path=path, json=wanted, parse=_redelivered, safe=False)


def job_id_of(job: Bill | Job | str) -> str:
    """Return the id of a job that is given in any form."""
    job_id = job if isinstance(job, str) else job.job_id
    if job_id is None:
        raise ValueError("the bill has no job")
    return job_id


def choices_of(**choices: Any) -> Json:
    """Return what is given of an endpoint's choices."""
    return _given(**choices)


def page(path: str, name: str, model: type[T], token: str, **query: str) -> Call[Page[T]]:
    """List items of one model, a page of them."""

    def parse(told: Any) -> Page[T]:
        return Page(tuple(built(model, item) for item in told[name]), told.get("next_page_token") or "")

    return Call(method="GET", path=path, query={**query, **({"page_token": token} if token else {})}, parse=parse)


def one(model: type[T]) -> Callable[[Any], T]:
    """Return what makes a model of an answer."""
    return lambda told: built(model, told)


def _many(name: str, model: type[T]) -> Callable[[Any], tuple[T, ...]]:
    return lambda told: tuple(built(model, item) for item in told[name])


def _redelivered(told: Any) -> Redelivered:
    rest = told["rest_since"]
    return Redelivered(int(told["deliveries"]), None if rest is None else datetime.fromisoformat(rest))


def _nothing(_: Any) -> None:
    return None


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _given_texts(**members: object) -> dict[str, str]:
    return {name: str(value) for name, value in members.items() if value is not None}


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


def _project(project_id: str) -> str:
    return f"/v1/projects/{segment(project_id)}"


def _bill(project_id: str, bill_id: str) -> str:
    return f"{_project(project_id)}/utility_bills/{segment(bill_id)}"


def _endpoint(endpoint_id: str) -> str:
    return f"{_ENDPOINTS}/{segment(endpoint_id)}"


def _delivery(endpoint_id: str, delivery_id: str) -> str:
    return f"{_endpoint(endpoint_id)}/deliveries/{segment(delivery_id)}"
