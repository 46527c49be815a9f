"""When to try again, and when to stop: the schedule of Standard Webhooks, and the breaker of an endpoint that is down."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60.0, 3600.0, 86400.0

WAITS_SECONDS = (
    0.0,
    5.0,
    5 * MINUTE_SECONDS,
    30 * MINUTE_SECONDS,
    2 * HOUR_SECONDS,
    5 * HOUR_SECONDS,
    10 * HOUR_SECONDS,
    14 * HOUR_SECONDS,
    20 * HOUR_SECONDS,
    24 * HOUR_SECONDS,
)
"""The wait before each attempt, as Standard Webhooks recommends: ten attempts over 75.6 hours."""

JITTER = 0.1
"""Waits are made longer by up to this share, so that deliveries that failed together do not return together."""

RETRY_AFTER_SECONDS_MAX = DAY_SECONDS
"""An endpoint may ask for more patience than the schedule has, but not for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The waits before each attempt [s], and what the breaker does."""

    waits_seconds: tuple[float, ...] = WAITS_SECONDS
    jitter: float = JITTER
    breaker_failures: int = 10
    """Failures in a row after which an endpoint gets one probe at a time instead of everything that waits."""
    probe_seconds: float = MINUTE_SECONDS
    """The wait for the first probe; it doubles with each that fails."""
    probe_seconds_max: float = 30 * MINUTE_SECONDS
    disable_after_seconds: float = 5 * DAY_SECONDS
    """An endpoint that failed for so long, and at least ``disable_failures`` times in a row, is disabled."""
    disable_failures: int = 10

    @property
    def attempts_max(self) -> int:
        """Return how often a delivery is tried."""
        return len(self.waits_seconds)

    def wait_seconds(
        self, attempts_made: int, retry_after_seconds: float | None = None, draw: Callable[[], float] = random.random
    ) -> float | None:
        """Return how long to wait after that many attempts; None where there is no other attempt.

        ``draw`` returns a number in [0, 1).
        """
        if attempts_made >= self.attempts_max:
            return None
        planned = self.waits_seconds[attempts_made] * (1 + self.jitter * draw())
        asked = min(retry_after_seconds or 0.0, RETRY_AFTER_SECONDS_MAX)
        return max(planned, asked)


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Return what a Retry-After header asks for [s] (RFC 9110 section 10.2.3); None where it cannot be understood."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
