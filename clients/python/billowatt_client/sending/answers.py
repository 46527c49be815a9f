"""What becomes of an answer or of none: a value, another attempt, or an error. Both clients ask here."""

import time
from collections.abc import Iterator
from typing import Any, TypeVar

import httpx

from billowatt_client.calls import Call
from billowatt_client.errors import ConnectionFailed, Problem, problem_of
from billowatt_client.retry import AGAIN, NOT_BEGUN, Retries

T = TypeVar("T")

USER_AGENT = "billowatt-client/0.1"

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""After these nothing of the request can have reached the service."""

POLL_SECONDS, POLL_SECONDS_MAX, POLL_GROWTH = 0.1, 3.0, 1.4


def headers_of(api_key: str) -> dict[str, str]:
    """Return the headers that every request carries."""
    return {"Authorization": f"Bearer {api_key}", "Accept": "application/json", "User-Agent": USER_AGENT}


def value_of(call: Call[T], response: httpx.Response) -> T:
    """Return what a successful answer holds.

    Raises:
        Problem: the answer is none.
    """
    if response.is_success:
        return call.parse(response.json() if response.content else None)
    raise refusal_of(response)


def refusal_of(response: httpx.Response) -> Problem:
    """Return the error for an answer that is no success; its body must have been read."""
    return problem_of(response.status_code, _document(response))


def wait_after_answer(call: Call[Any], retries: Retries, attempts_made: int, response: httpx.Response) -> float | None:
    """Return how long to wait before the call is made again [s]; None: take the answer as it is."""
    if response.status_code not in (AGAIN if call.safe else NOT_BEGUN) or (call.body and not call.body.repeatable):
        return None
    return retries.wait_seconds(attempts_made, response.headers.get("Retry-After"))


def wait_after_failure(call: Call[Any], retries: Retries, attempts_made: int, error: httpx.TransportError) -> float:
    """Return how long to wait before the call is made again [s].

    Raises:
        ConnectionFailed: it is not made again.
    """
    again = (call.safe or isinstance(error, NOT_SENT)) and (call.body is None or call.body.repeatable)
    seconds = retries.wait_seconds(attempts_made) if again else None
    if seconds is None:
        raise ConnectionFailed(f"{call.method} {call.path}: {error or type(error).__name__}") from error
    return seconds


def polls(timeout_seconds: float) -> Iterator[float]:
    """Yield how long to wait before each look [s], growing, until the time is over."""
    deadline, seconds = time.monotonic() + timeout_seconds, POLL_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        yield min(seconds, left)
        seconds = min(seconds * POLL_GROWTH, POLL_SECONDS_MAX)


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        told = response.json()
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {}
