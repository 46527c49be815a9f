"""What a Green Button feed says, as plain data: exact numbers, days instead of seconds, names instead of codes.

ESPI counts energy in whole units times a power of ten and money in 1/100000 of the currency; its times are seconds since 1970
(UTC). Bills know days without zone, so a day here begins at midnight UTC and the feed declares an offset of zero.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Service(StrEnum):
    """What is delivered; the values of ESPI's ServiceKind stand in ``codes``."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    WATER = "water"
    HEAT = "heat"
    SEWER = "sewer"


class Flow(StrEnum):
    """Which way it flows, seen from the utility: delivered to, received from, or the difference."""

    DELIVERED = "delivered"
    RECEIVED = "received"
    NET = "net"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``start`` up to, and without, ``end``."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Interval:
    """What one billing period measured, in the unit of its series."""

    span: Span
    amount: Decimal
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The readings of one register of a meter: an ESPI MeterReading with its ReadingType.

    ``unit`` is one of ``codes.UNITS``; ``tou`` tells time-of-use registers apart, 0 for the whole day; ``demand`` marks a maximum
    of power instead of a sum.
    """

    series_id: str
    title: str
    unit: str
    flow: Flow = Flow.DELIVERED
    tou: int = 0
    demand: bool = False
    intervals: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One charge of a bill [currency of the summary]; ``kind`` is ESPI's ItemKind by name, as in ``codes.ITEM_KINDS``."""

    note: str
    amount: Decimal
    kind: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One bill of a meter: an ESPI UsageSummary. ``cost`` is what the meter's energy cost, ``items`` are its charges."""

    summary_id: str
    span: Span
    currency: str
    cost: Decimal | None
    consumption: Decimal | None
    unit: str
    tariff: str
    stated_on: date
    items: tuple[Item, ...] = ()
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """One meter."""

    point_id: str
    title: str
    service: Service
    series: tuple[Series, ...] = ()
    summaries: tuple[Summary, ...] = ()
