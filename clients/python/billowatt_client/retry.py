"""What is tried again, and when: connections that fail, 429, 502, 503 and 504, with waits that grow, or as long as is asked."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AGAIN = frozenset({429, 502, 503, 504})
"""Statuses that say: not now. 500 is a fault, and 409 a conflict that the caller must see."""

NOT_BEGUN = frozenset({429})
"""Those of them that say that nothing was done, so that even a request that must not be done twice can be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and how patiently. Waits double from ``first_seconds`` to ``max_seconds``, half of each drawn at random."""

    attempts: int = 5
    first_seconds: float = 0.25
    max_seconds: float = 20.0
    asked_seconds_max: float = 120.0
    """The longest Retry-After that is honoured; a longer one ends the retries."""

    def wait_seconds(self, attempts_made: int, retry_after: str | None = None) -> float | None:
        """Return how long to wait before the next attempt [s]; None where there is none."""
        if attempts_made >= self.attempts:
            return None
        asked = _asked_seconds(retry_after)
        if asked > self.asked_seconds_max:
            return None
        planned = min(self.first_seconds * 2.0 ** (attempts_made - 1), self.max_seconds)
        return max(asked, planned * (0.5 + random.random() / 2))  # noqa: S311 - spreads clients, guards nothing


def _asked_seconds(retry_after: str | None) -> float:
    """Return what a Retry-After header asks for [s] (RFC 9110 section 10.2.3)."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
