"""Problem details (RFC 9457): the one table that turns every refusal into an HTTP answer, and into a page that explains it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from domain.refusals import Refusal, leaves

PROBLEM_TYPE = "application/problem+json"

RETRY_SECONDS = {409: 1, 429: 5, 503: 2, 504: 2}
"""Said in Retry-After where the refusal itself does not know better: by then most conflicts and restarts are over."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of problem: what its page says. ``status`` is the HTTP status of all its occurrences."""

    reason: str
    status: int
    title: str
    about: str
    remedy: str

    @property
    def name(self) -> str:
        """Return the last part of the type's address: ``bill-too-large``."""
        return self.reason.lower().replace("_", "-")


class EdgeProblem(Exception):
    """A problem of HTTP itself, which no room knows: no such route, wrong method, body too slow."""

    def __init__(self, reason: str, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Problem:
    """One occurrence, ready to be told."""

    kind: Kind
    detail: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


_TITLES_AND_REMEDIES: dict[str, tuple[str, str]] = {
    "BAD_REQUEST": ("Bad request", "Correct the field that the detail names and send the request again."),
    "BAD_HEADER": ("Bad header", "Correct the header that the detail names and send the request again."),
    "BAD_PAGE_TOKEN": ("Bad page token", "Start the list again without page_token."),
    "EMPTY_BILL": ("Empty bill", "Send the bytes of the file as the body of the request."),
    "UNSUPPORTED_TYPE": ("Unsupported type", "Send a PDF, JPEG, PNG, GIF or WEBP; the bytes decide, not the name."),
    "FORBIDDEN_TARGET": (
        "Forbidden target",
        "Give an https address on port 443 or 8443 that the public internet reaches.",
    ),
    "NO_KEY": ("No key", "Send the header Authorization: Bearer followed by your API key."),
    "BAD_KEY": ("Bad key", "Use a key that is neither revoked nor expired."),
    "LINK_EXPIRED": ("Link expired", "Retrieve the bill again: its answer carries a fresh link."),
    "MISSING_SCOPE": ("Missing scope", "Use a key that has the scope, or let an administrator make one."),
    "NO_SUCH_TENANT": ("No such tenant", "Check the tenant's id in the list of tenants."),
    "NO_SUCH_PROJECT": (
        "No such project",
        "Check the project's id; the list of projects shows all that your key sees.",
    ),
    "NO_SUCH_BILL": ("No such bill", "Check the ids of project and bill; it may have been deleted."),
    "NO_SUCH_JOB": ("No such job", "Check the job's id; the bill's answer names its newest job."),
    "NO_SUCH_PAGE": (
        "No such page",
        "Pages count from 1; metadata says how many there are, or why the document shows none.",
    ),
    "NO_SUCH_ENDPOINT": ("No such endpoint", "Check the ids of endpoint and delivery."),
    "NO_SUCH_KEY": ("No such key", "Check the key's id in the list of keys."),
    "NO_SUCH_ACCOUNT": ("No such account", "Check the account's id; an account goes with its last bill."),
    "NO_SUCH_METER": ("No such meter", "Check the meter's id; a meter goes with its last bill."),
    "NO_SUCH_LEDGER_BILL": ("No such ledger bill", "Check the id; the record goes when its document is deleted."),
    "NO_SUCH_PROPERTY": ("No such property", "Check the property's id in the list of properties."),
    "NO_TEMPERATURES": ("No temperatures", "Store the property's temperatures first, or ask for weights=days."),
    "NO_READING": ("No reading", "Wait for the job to succeed; where it failed, its reason tells why."),
    "NO_LOAD_PROFILE": (
        "No load profile",
        "Upload a bill that shows monthly use, or supply the months; the profile follows by itself.",
    ),
    "REQUEST_IN_PROGRESS": (
        "Request in progress",
        "Send the same request again in a moment: it is answered as the first one was.",
    ),
    "REQUEST_REUSED": ("Request reused", "Use a new idempotency key for each different request."),
    "LEDGER_BILL_ARCHIVED": (
        "Ledger bill archived",
        "Retrieve the bill: its standing_ledger_bill_id names the record to correct.",
    ),
    "NOT_COMPARABLE": ("Not comparable", "Compare bills that both state days and cost, in one currency."),
    "REVIEW_OUTDATED": ("Review outdated", "Retrieve the review again, look, and decide with its new version."),
    "NOTHING_HELD": ("Nothing held", "A bill in effect cannot be rejected: correct it, or delete it."),
    "JOB_NOT_FINISHED": ("Job not finished", "Wait until the job has succeeded or failed."),
    "BAD_ARCHIVE": ("Bad archive", "Pack the files anew, plainly: deflate, no password, no folders above the top."),
    "BATCH_TOO_LARGE": ("Batch too large", "Send several smaller batches; metadata names the limit."),
    "BILL_TOO_LARGE": ("Bill too large", "Send a smaller file; metadata names the limit."),
    "LIMIT_REACHED": ("Limit reached", "Wait as long as Retry-After says, or remove what is no longer needed."),
    "POSITION_PRUNED": ("Position pruned", "List everything anew, then follow from now."),
    "TIMED_OUT": ("Timed out", "Try again; with an idempotency key that is always safe."),
    "STORE_UNAVAILABLE": (
        "Store unavailable",
        "Try again a little later; with an idempotency key that is always safe.",
    ),
    "SHUTTING_DOWN": ("Shutting down", "Try again: another process answers."),
}

_EDGE_KINDS = (
    Kind(
        "NO_SUCH_ROUTE",
        404,
        "No such address",
        "Nothing is served at this address.",
        "See /reference for all addresses.",
    ),
    Kind(
        "METHOD_NOT_ALLOWED",
        405,
        "Method not allowed",
        "The address exists, but not for this method.",
        "Use one of the methods that the header Allow names.",
    ),
    Kind(
        "PRECONDITION_FAILED",
        412,
        "Changed meanwhile",
        "The header If-Match names another state than the present one: somebody changed it since you saw it.",
        "Retrieve it again, decide again, and send the change with the new ETag.",
    ),
    Kind(
        "BODY_TOO_LARGE",
        413,
        "Body too large",
        "The JSON body is larger than any valid request.",
        "Send a smaller body; files go to the address for uploads.",
    ),
    Kind(
        "BODY_TOO_SLOW",
        408,
        "Body too slow",
        "The body stopped coming.",
        "Send the request again over a better line; with an idempotency key that is always safe.",
    ),
    Kind(
        "INTERNAL",
        500,
        "Something went wrong inside",
        "The fault is ours. The log holds the details under the request id.",
        "Try again later; if it stays, report the request id.",
    ),
)


def kinds() -> dict[str, Kind]:
    """Return every type of problem by its reason."""
    table = {kind.reason: kind for kind in _EDGE_KINDS}
    for reason, leaf in leaves().items():
        title, remedy = _TITLES_AND_REMEDIES[reason]
        about = (leaf.__doc__ or title).splitlines()[0]
        table[reason] = Kind(reason, leaf.http_status, title, about, remedy)
    return table


def problem_of(error: Exception) -> Problem:
    """Return what to tell about an exception; anything unknown is INTERNAL and keeps its details inside."""
    table = kinds()
    match error:
        case Refusal():
            kind = table[error.reason]
            headers = _retry_headers(kind, error.metadata)
            if kind.status == 401:
                headers["WWW-Authenticate"] = 'Bearer realm="billowatt"'
            return Problem(kind, error.sentence, error.metadata, headers)
        case EdgeProblem():
            kind = table[error.reason]
            return Problem(kind, error.detail or kind.about, {}, error.headers)
        case web.HTTPNotFound():
            return Problem(table["NO_SUCH_ROUTE"], table["NO_SUCH_ROUTE"].about)
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            kind = table["METHOD_NOT_ALLOWED"]
            return Problem(kind, f"This address takes {allowed}.", {}, {"Allow": allowed})
        case web.HTTPRequestEntityTooLarge():
            return Problem(table["BODY_TOO_LARGE"], table["BODY_TOO_LARGE"].about)
        case _:
            return Problem(table["INTERNAL"], table["INTERNAL"].about)


def problem_response(problem: Problem, base_url: str, request_id: str) -> web.Response:
    """Return the answer that tells a problem."""
    kind = problem.kind
    body = {
        "type": f"{base_url}/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "reason": kind.reason,
        "metadata": dict(problem.metadata),
        "request_id": request_id,
    }
    return web.Response(
        status=kind.status,
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        headers={**problem.headers, "Content-Type": PROBLEM_TYPE},
    )


def _retry_headers(kind: Kind, metadata: Mapping[str, str]) -> dict[str, str]:
    known = metadata.get("retry_after_seconds", "")
    if known.isdecimal():
        return {"Retry-After": known}
    seconds = RETRY_SECONDS.get(kind.status)
    return {} if seconds is None else {"Retry-After": str(seconds)}
