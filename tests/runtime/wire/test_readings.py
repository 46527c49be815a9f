"""Readings cross the wire unchanged."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.evidence import Box, Evidence, Fact, Method
from domain.money import Money
from domain.outcome import Failure, Success
from domain.period import Period
from domain.quantity import Quantity, Unit
from domain.reading import Reading
from protos.values.v1 import reading_pb2
from runtime import wire

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3)
words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.floats(min_value=-1000, max_value=1000, allow_nan=False)
LEAVES = {
    str: words,
    int: st.integers(0, 100),
    bool: st.booleans(),
    Decimal: decimals,
    date: st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)),
    Money: st.builds(Money, decimals, st.sampled_from(["USD", "EUR", "INR"])),
    Quantity: st.builds(Quantity, decimals, st.sampled_from(list(Unit))),
    Period: st.builds(lambda start, days: Period(start, date.fromordinal(start.toordinal() + days)), st.dates(
        min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)), st.integers(1, 100)),
}  # fmt: skip
EVIDENCE = st.builds(
    Evidence,
    text=words,
    page=st.integers(1, 60),
    box=st.none() | st.builds(Box, whole, whole, whole, whole),
    confidence=st.floats(min_value=0, max_value=1),
    method=st.sampled_from(list(Method)),
)


def strategy_of(hint):
    """Return a strategy for any type that a reading is made of, so that a new field is covered the day it is added."""
    origin = get_origin(hint)
    if hint in LEAVES:
        return LEAVES[hint]
    if origin is Fact:
        return st.builds(Fact, strategy_of(get_args(hint)[0]), EVIDENCE)
    if origin in (Union, UnionType):
        return st.one_of(st.none(), *(strategy_of(one) for one in get_args(hint) if one is not type(None)))
    if origin is tuple and get_args(hint)[-1] is Ellipsis:
        return st.lists(strategy_of(get_args(hint)[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(strategy_of(one) for one in get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: strategy_of(hints[field.name]) for field in fields(hint)})


def as_on_the_wire(reading: Reading) -> Reading:
    """Return the reading with what proto3 cannot tell apart made one: an empty text and None for keys, order of a map."""
    from dataclasses import replace

    def blank(things):
        return tuple(replace(thing, meter_key=thing.meter_key or None) for thing in things)

    findings = tuple(replace(one, data=tuple(sorted(dict(one.data).items()))) for one in reading.findings)
    return replace(
        reading,
        usages=blank(reading.usages),
        charges=blank(reading.charges),
        history=blank(reading.history),
        findings=findings,
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(strategy_of(Reading))
def test_reading_crosses_the_wire_unchanged(reading):
    message = reading_pb2.Outcome.FromString(
        wire.outcome_to_proto(Success(readings=(reading,))).SerializeToString(deterministic=True)
    )
    assert wire.outcome_from_proto(message) == Success(readings=(as_on_the_wire(reading),))


@given(strategy_of(Failure))
def test_failure_crosses_the_wire_unchanged(failure):
    assert wire.outcome_from_proto(wire.outcome_to_proto(failure)) == failure


def test_outcome_without_a_result_is_a_defect():
    with pytest.raises(ValueError, match="readings or a failure"):
        wire.outcome_from_proto(reading_pb2.Outcome())


def test_large_decimal_travels_in_plain_notation():
    assert wire.decimal_text(Decimal("1E+3")) == "1000"
    assert wire.decimal_text(Decimal("1.50")) == "1.50"
