"""Reads Green Button feeds back into plain data, written apart from the writer: what went in must come out.

Entries are tied together by their links, as the standard has it, in whatever order they stand; what a feed may hold beside (power
quality, events, pricing nodes) is passed over.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

from gateway.exports.green_button import codes
from gateway.exports.green_button.model import Flow, Interval, Item, Series, Service, Span, Summary, UsagePoint

_A, _E = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"

_SERVICES = {code: service for service, code in codes.SERVICE_KINDS.items()}
_FLOWS = {code: flow for flow, code in codes.FLOWS.items()}
_ITEMS = {code: kind for kind, code in codes.ITEM_KINDS.items()}
_CURRENCIES = {code: name for name, code in codes.CURRENCIES.items()}
UNIT_OF_SYMBOL = {
    72: "kWh",
    38: "kW",
    61: "kVA",
    63: "kVAR",
    73: "kVARh",
    169: "therm",
    132: "MMBtu",
    31: "GJ",
    42: "m3",
}
UNIT_OF_SYMBOL |= {119: "cf", 128: "gal", 134: "L"}
"""The unit in which a reading of this symbol is given back: a feed does not say that 500 cubic feet were printed as 5 CCF."""


def usage_points(source: bytes) -> tuple[UsagePoint, ...]:
    """Return the meters of a feed."""
    root = fromstring(source)
    assert root.tag == f"{_A}feed"
    return _points(root)


def _points(root: Element) -> tuple[UsagePoint, ...]:
    entries = {_link(entry, "self"): entry for entry in root.iter(f"{_A}entry")}
    kinds = dict(_contents(entries, "ReadingType"))
    points = {}
    for href, content in _contents(entries, "UsagePoint"):
        kind = int(content.findtext(f"{_E}ServiceCategory/{_E}kind", "0"))
        service = _SERVICES.get(kind, Service.ELECTRICITY)
        points[href] = UsagePoint(point_id=_last(href), title=_title(entries[href]), service=service)
    for href, _ in _contents(entries, "MeterReading"):
        point = _owner(points, href)
        series = _series(entries, kinds, href)
        if point and series:
            points[point] = replace(points[point], series=(*points[point].series, series))
    for name in ("UsageSummary", "ElectricPowerUsageSummary"):
        for href, content in _contents(entries, name):
            point = _owner(points, href)
            if point:
                one = _summary(_last(href), content)
                points[point] = replace(points[point], summaries=(*points[point].summaries, one))
    return tuple(points.values())


def _series(entries: dict[str, Element], kinds: dict[str, Element], href: str) -> Series | None:
    related = [link.get("href", "") for link in entries[href].iter(f"{_A}link") if link.get("rel") == "related"]
    kind = next((kinds[one] for one in related if one in kinds), None)
    if kind is None:
        return None
    symbol, multiplier = _number(kind, "uom"), _number(kind, "powerOfTenMultiplier")
    if symbol not in UNIT_OF_SYMBOL:
        return None
    unit, power = _unit(symbol, multiplier)
    blocks = [
        block for one, block in _contents(entries, "IntervalBlock") if one.startswith(f"{href}/") or one in related
    ]
    return Series(
        series_id=_last(href),
        title=_title(entries[href]),
        unit=unit,
        flow=_FLOWS.get(_number(kind, "flowDirection", 1), Flow.DELIVERED),
        tou=_number(kind, "tou"),
        demand=_number(kind, "kind") == codes.KIND_DEMAND,
        intervals=tuple(
            _interval(reading, power) for block in blocks for reading in block.iter(f"{_E}IntervalReading")
        ),
    )


def _interval(reading: Element, power: int) -> Interval:
    quality = int(reading.findtext(f"{_E}ReadingQuality/{_E}quality", "0"))
    return Interval(
        _span(reading.find(f"{_E}timePeriod")),
        _scaled(reading.findtext(f"{_E}value", "0"), power),
        estimated=quality == codes.QUALITY_ESTIMATED,
    )


def _summary(summary_id: str, content: Element) -> Summary:
    measured = content.find(f"{_E}overallConsumptionLastPeriod")
    unit, consumption = "", None
    if measured is not None and _number(measured, "uom") in UNIT_OF_SYMBOL:
        unit, power = _unit(_number(measured, "uom"), _number(measured, "powerOfTenMultiplier"))
        consumption = _scaled(measured.findtext(f"{_E}value", "0"), power)
    cost = content.findtext(f"{_E}billLastPeriod")
    return Summary(
        summary_id=summary_id,
        span=_span(content.find(f"{_E}billingPeriod")),
        currency=_CURRENCIES.get(_number(content, "currency"), ""),
        cost=None if cost is None else _plain(Decimal(cost) / codes.MONEY_SCALE),
        consumption=consumption,
        unit=unit,
        tariff=content.findtext(f"{_E}tariffProfile", ""),
        stated_on=_day(_number(content, "statusTimeStamp")),
        items=tuple(_item(item) for item in content.iter(f"{_E}costAdditionalDetailLastPeriod")),
        estimated=_number(content, "qualityOfReading") == codes.QUALITY_ESTIMATED,
    )


def _item(item: Element) -> Item:
    period = item.find(f"{_E}itemPeriod")
    return Item(
        note=item.findtext(f"{_E}note", ""),
        amount=_plain(Decimal(item.findtext(f"{_E}amount", "0")) / codes.MONEY_SCALE),
        kind=_ITEMS.get(_number(item, "itemKind", 10), "information"),
        span=None if period is None else _span(period),
    )


def _unit(symbol: int, multiplier: int) -> tuple[str, int]:
    """Return our unit of a symbol, and the power of ten that turns a reading into it."""
    unit = UNIT_OF_SYMBOL[symbol]
    return unit, multiplier - codes.UNITS[unit][1]


def _scaled(text: str, power: int) -> Decimal:
    return _plain(Decimal(int(text)).scaleb(power))


def _plain(number: Decimal) -> Decimal:
    """Take off trailing zeros without making an exponent of them."""
    whole = number.normalize()
    return whole if whole == 0 or whole.as_tuple().exponent <= 0 else whole.quantize(Decimal(1))  # type: ignore[operator]


def _contents(entries: dict[str, Element], name: str) -> Iterator[tuple[str, Element]]:
    for href, entry in entries.items():
        for content in entry.iterfind(f"{_A}content/{_E}{name}"):
            yield href, content


def _owner(points: dict[str, UsagePoint], href: str) -> str | None:
    return next((point for point in points if href.startswith(f"{point}/")), None)


def _span(element: Element | None) -> Span:
    assert element is not None
    start = _number(element, "start")
    return Span(_day(start), _day(start + _number(element, "duration")))


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _number(element: Element, name: str, default: int = 0) -> int:
    return int(element.findtext(f"{_E}{name}", str(default)))


def _title(entry: Element) -> str:
    return entry.findtext(f"{_A}title", "")


def _link(entry: Element, rel: str) -> str:
    return next((link.get("href", "") for link in entry.iter(f"{_A}link") if link.get("rel") == rel), "")


def _last(href: str) -> str:
    return href.rpartition("/")[2]
