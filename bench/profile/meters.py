"""Invented meters for the calendarising contest: three years of bills each, of 28 to 35 days, without gap or overlap.

Standard library only: the peers' environment imports this too, so that all contestants get the same bills.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta

BILLS_OF_METER = 36

Bill = tuple[date, date, str]
"""Start, end (half-open), and the amount as printed."""


def meters(count: int, seed: int = 1) -> Iterator[list[Bill]]:
    """Yield the bills of so many meters; the same ones for the same seed."""
    dice = random.Random(seed)
    for _ in range(count):
        start = date(2022, 1, 1) + timedelta(days=dice.randrange(60))
        bills = []
        for _ in range(BILLS_OF_METER):
            end = start + timedelta(days=dice.randint(28, 35))
            bills.append((start, end, f"{dice.randrange(10_000, 200_000) / 100:.2f}"))
            start = end
        yield bills
