"""How many requests a key may make: a token bucket each, in this process's memory, told in RateLimit headers.

A bucket holds as many tokens as the policy grants in its window and fills evenly, so that a burst passes and a stream is
held to the rate. Headers: draft-ietf-httpapi-ratelimit-headers-10. Why the buckets are not shared between processes:
docs/decisions/0009-limits-are-counted-in-each-process.md.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from domain.refusals import LimitReached

POLICY = "requests"
BUCKETS_MAX = 50_000
"""Keys remembered; the one unused for longest is forgotten, which only gives it a full bucket."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How many requests in which time; ``requests`` 0: as many as come."""

    requests: int
    window_seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a key stands after a request: whole requests left, when its bucket is full again, how long it must wait [s]."""

    left: int
    full_in_seconds: int
    wait_seconds: int = 0


class Limiter:
    """Counts the requests of keys."""

    def __init__(self, policy: Policy, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._per_second = policy.requests / policy.window_seconds
        # Tokens left, and when that was so.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> Standing | None:
        """Count one request of a key, where it may make it; None where nothing is limited."""
        if not self._policy.requests:
            return None
        now, full = self._clock(), float(self._policy.requests)
        tokens, at = self._buckets.get(key, (full, now))
        tokens = min(full, tokens + (now - at) * self._per_second)
        enough = tokens >= 1
        if enough:
            tokens -= 1
        self._buckets[key] = (tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        wait_seconds = 0 if enough else max(1, ceil((1 - tokens) / self._per_second))
        return Standing(int(tokens), ceil((full - tokens) / self._per_second), wait_seconds)

    def require(self, standing: Standing | None) -> None:
        """Let pass who need not wait.

        Raises:
            LimitReached: the bucket is empty; metadata says in how many seconds it holds a token again.
        """
        if standing is not None and standing.wait_seconds:
            raise LimitReached(
                f"The key may make {self._policy.requests} requests in {self._policy.window_seconds} s.",
                limit_requests=self._policy.requests,
                window_seconds=self._policy.window_seconds,
                retry_after_seconds=standing.wait_seconds,
            )

    def headers(self, standing: Standing | None) -> Mapping[str, str]:
        """Return the headers that tell a key where it stands."""
        if standing is None:
            return {}
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self._policy.requests};w={self._policy.window_seconds}',
            "RateLimit": f'"{POLICY}";r={standing.left};t={standing.full_in_seconds}',
        }
