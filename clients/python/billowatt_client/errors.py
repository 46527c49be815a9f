"""Errors, drawn as one tree: what the service refused, what could not be reached, what did not come about.

BillowattError
├── Problem               the service answered with a problem document (RFC 9457)
│   ├── Refused               400, 409, 410, 415, 422: the request will not be granted as it is
│   ├── Unauthenticated       401
│   ├── Forbidden             403
│   ├── NotFound              404
│   ├── TooManyRequests       429, still after all retries
│   └── Unavailable           5xx, still after all retries
├── ConnectionFailed      nobody answered, still after all retries
├── JobFailed             the bill was not read; the job says why
├── WaitTimedOut          what was waited for did not come about in time
└── WebhookNotVerified    a webhook that the service did not sign, or signed too long ago
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from billowatt_client.models import Job


class BillowattError(Exception):
    """Anything that this client raises by itself."""


class Problem(BillowattError):
    """The service said no. ``reason`` is what a program can act on (``BILL_TOO_LARGE``), ``detail`` is for people.

    ``metadata`` holds the numbers behind it, as text; ``request_id`` finds the request in the service's log.
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.type = str(document.get("type") or "about:blank")
        self.title = str(document.get("title") or f"HTTP {status}")
        self.reason = str(document.get("reason") or "")
        self.detail = str(document.get("detail") or "")
        self.metadata: dict[str, str] = dict(document.get("metadata") or {})
        self.request_id = str(document.get("request_id") or "")
        super().__init__(f"{self.reason or status}: {self.detail or self.title}")


class Refused(Problem):
    """The request will not be granted as it is."""


class Unauthenticated(Problem):
    """The API key is missing, unknown, revoked or expired."""


class Forbidden(Problem):
    """The API key lacks the scope."""


class NotFound(Problem):
    """There is no such thing, or not for this key."""


class TooManyRequests(Problem):
    """The limit of requests was reached, and was still after all retries."""


class Unavailable(Problem):
    """The service is in trouble, and was still after all retries."""


class ConnectionFailed(BillowattError):
    """Nobody answered at the address, or the connection broke, still after all retries."""


class JobFailed(BillowattError):
    """The bill was not read."""

    def __init__(self, job: "Job") -> None:
        self.job = job
        super().__init__(f"{job.failure_reason}: {job.failure_detail}")


class WaitTimedOut(BillowattError):
    """What was waited for did not come about in time; it may still."""


class WebhookNotVerified(BillowattError):
    """The signature does not fit, or the timestamp is too far off: do not act on it."""


def problem_of(status: int, document: Mapping[str, Any]) -> Problem:
    """Return the error for an answer that is no success."""
    kinds = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 429: TooManyRequests}
    return kinds.get(status, Unavailable if status >= 500 else Refused)(status, document)
