"""What contract tests share: numbers for ids, money and quantities in a word, and the way through JSON that a client sees."""

import json
from decimal import Decimal
from itertools import count

from domain.summary import to_json
from gateway.dialects.store import Known
from protos.values.v1 import values_pb2

LINK = "https://bills.example/d/token"


class Numbers:
    """Gives numbers in the order in which things are first shown; some carry the caller's own ids."""

    def __init__(self, **external_ids):
        self._next = count(1)
        self._known = {}
        self._external_ids = external_ids

    def __call__(self, kind, of):
        if (kind, of) not in self._known:
            self._known[kind, of] = Known(next(self._next), self._external_ids.get(kind))
        return self._known[kind, of]


def period(start, end):
    return values_pb2.Period(start=start, end=end)


def money(amount, currency="USD"):
    return values_pb2.Money(amount=amount, currency=currency)


def quantity(amount, unit):
    return values_pb2.Quantity(amount=amount, unit=unit)


def as_json(rendered):
    """Send through JSON as a client sees it."""
    return json.loads(to_json(rendered), parse_float=Decimal)


JULY = period("2022-07-01", "2022-08-01")
