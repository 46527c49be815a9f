"""Writes a Green Button feed, entry by entry, so that any number of meters passes in flat memory.

Raises ``ValueError`` for a number that ESPI cannot hold: more than 48 bits, or finer than its smallest multiplier.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.exports.green_button import codes
from gateway.exports.green_button.model import Item, Series, Span, Summary, UsagePoint

ATOM, ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"
RESOURCES = "/espi/1_1/resource"
_NAMESPACE = UUID("2d0a6f0e-6a5b-5f0c-9f5d-8c1b7a3f4e21")
_SECONDS_A_DAY = 86_400
_NOTE_LENGTH_MAX = 256


def feed(points: Iterable[UsagePoint], feed_id: str, title: str, updated: datetime) -> Iterator[bytes]:
    """Yield the bytes of a feed.

    Args:
        points: the meters; taken one at a time.
        feed_id: names the feed; the same id, the same Atom id.
        title: for people.
        updated: when what it says was last true [UTC].
    """
    yield feed_start(feed_id, title, updated)
    for point in points:
        yield from point_entries(feed_id, point, updated)
    yield feed_end()


def feed_start(feed_id: str, title: str, updated: datetime) -> bytes:
    """Return what stands before the meters of a feed."""
    stamp = _stamp(updated)
    opening = Element("feed", {"xmlns": ATOM})
    SubElement(opening, "id").text = _urn(feed_id)
    SubElement(opening, "title").text = title
    SubElement(opening, "updated").text = stamp
    SubElement(opening, "link", {"rel": "self", "href": f"{RESOURCES}/Subscription/{feed_id}"})
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n' + _text(opening).removesuffix(b"</feed>") + b"\n"
    return head + _entry(f"{RESOURCES}/LocalTimeParameters/01", "Days without zone", stamp, [_local_time()])


def feed_end() -> bytes:
    """Return what stands behind the meters of a feed."""
    return b"</feed>\n"


def point_entries(feed_id: str, point: UsagePoint, updated: datetime) -> Iterator[bytes]:
    """Yield the entries of one meter."""
    stamp = _stamp(updated)
    href = f"{RESOURCES}/RetailCustomer/{feed_id}/UsagePoint/{point.point_id}"
    content = Element("UsagePoint", {"xmlns": ESPI})
    SubElement(SubElement(content, "ServiceCategory"), "kind").text = str(codes.SERVICE_KINDS[point.service])
    related = (f"{href}/MeterReading", f"{href}/UsageSummary", f"{RESOURCES}/LocalTimeParameters/01")
    yield _entry(href, point.title, stamp, [content], related)
    for series in point.series:
        yield from _of_series(href, point, series, stamp)
    for summary in point.summaries:
        yield _entry(f"{href}/UsageSummary/{summary.summary_id}", "Bill", stamp, [_summary(point, summary)])


def _of_series(point_href: str, point: UsagePoint, series: Series, stamp: str) -> Iterator[bytes]:
    href = f"{point_href}/MeterReading/{series.series_id}"
    kind_href = f"{RESOURCES}/ReadingType/{series.series_id}"
    multiplier = _multiplier(series.unit, [interval.amount for interval in series.intervals])
    yield _entry(
        href,
        series.title,
        stamp,
        [Element("MeterReading", {"xmlns": ESPI})],
        (f"{href}/IntervalBlock", kind_href),
    )
    yield _entry(kind_href, series.title, stamp, [_reading_type(point, series, multiplier)])
    if series.intervals:
        block = _block(series, multiplier)
        yield _entry(f"{href}/IntervalBlock/01", series.title, stamp, [block])


def _reading_type(point: UsagePoint, series: Series, multiplier: int) -> Element:
    content = Element("ReadingType", {"xmlns": ESPI})
    if series.demand:
        behaviour, qualifier, kind = codes.ACCUMULATION_INDICATING, codes.QUALIFIER_MAXIMUM, codes.KIND_DEMAND
    else:
        behaviour, qualifier = codes.ACCUMULATION_DELTA, codes.QUALIFIER_NORMAL
        kind = codes.KIND_VOLUME if series.unit in codes.VOLUMES else codes.KIND_ENERGY
    members = {
        "accumulationBehaviour": behaviour,
        "commodity": codes.COMMODITIES[point.service],
        "dataQualifier": qualifier,
        "flowDirection": codes.FLOWS[series.flow],
        "kind": kind,
        "powerOfTenMultiplier": multiplier,
        "tou": series.tou,
        "uom": codes.UNITS[series.unit][0],
    }
    for name, value in members.items():
        SubElement(content, name).text = str(value)
    return content


def _block(series: Series, multiplier: int) -> Element:
    content = Element("IntervalBlock", {"xmlns": ESPI})
    first = min(interval.span.start for interval in series.intervals)
    last = max(interval.span.end for interval in series.intervals)
    _span(content, "interval", Span(first, last))
    for interval in series.intervals:
        reading = SubElement(content, "IntervalReading")
        quality = codes.QUALITY_ESTIMATED if interval.estimated else codes.QUALITY_VALID
        SubElement(SubElement(reading, "ReadingQuality"), "quality").text = str(quality)
        _span(reading, "timePeriod", interval.span)
        SubElement(reading, "value").text = _scaled(series.unit, interval.amount, multiplier)
    return content


def _summary(point: UsagePoint, summary: Summary) -> Element:
    content = Element("UsageSummary", {"xmlns": ESPI})
    _span(content, "billingPeriod", summary.span)
    currency = codes.CURRENCIES.get(summary.currency)
    if summary.cost is not None and currency is not None:
        SubElement(content, "billLastPeriod").text = _money(summary.cost)
    if currency is not None:
        for item in summary.items:
            content.append(_item(item))
        SubElement(content, "currency").text = str(currency)
    if summary.consumption is not None:
        measured = SubElement(content, "overallConsumptionLastPeriod")
        multiplier = _multiplier(summary.unit, [summary.consumption])
        SubElement(measured, "powerOfTenMultiplier").text = str(multiplier)
        SubElement(measured, "timeStamp").text = str(_seconds(summary.span.end))
        SubElement(measured, "uom").text = str(codes.UNITS[summary.unit][0])
        SubElement(measured, "value").text = _scaled(summary.unit, summary.consumption, multiplier)
    quality = codes.QUALITY_ESTIMATED if summary.estimated else codes.QUALITY_VALID
    SubElement(content, "qualityOfReading").text = str(quality)
    SubElement(content, "statusTimeStamp").text = str(_seconds(summary.stated_on))
    SubElement(content, "commodity").text = str(codes.COMMODITIES[point.service])
    if summary.tariff:
        SubElement(content, "tariffProfile").text = summary.tariff[:_NOTE_LENGTH_MAX]
    return content


def _item(item: Item) -> Element:
    element = Element("costAdditionalDetailLastPeriod")
    SubElement(element, "amount").text = _money(item.amount)
    SubElement(element, "note").text = item.note[:_NOTE_LENGTH_MAX]
    SubElement(element, "itemKind").text = str(codes.ITEM_KINDS[item.kind])
    if item.span is not None:
        _span(element, "itemPeriod", item.span)
    return element


def _local_time() -> Element:
    content = Element("LocalTimeParameters", {"xmlns": ESPI})
    for name, value in (
        ("dstEndRule", "00000000"),
        ("dstOffset", "0"),
        ("dstStartRule", "00000000"),
        ("tzOffset", "0"),
    ):
        SubElement(content, name).text = value
    return content


def _entry(href: str, title: str, stamp: str, contents: list[Element], related: tuple[str, ...] = ()) -> bytes:
    entry = Element("entry")
    SubElement(entry, "id").text = _urn(href)
    SubElement(entry, "link", {"rel": "self", "href": href})
    SubElement(entry, "link", {"rel": "up", "href": href.rpartition("/")[0]})
    for one in related:
        SubElement(entry, "link", {"rel": "related", "href": one})
    SubElement(entry, "title").text = title
    content = SubElement(entry, "content", {"type": "application/xml"})
    content.extend(contents)
    SubElement(entry, "published").text = stamp
    SubElement(entry, "updated").text = stamp
    return _text(entry) + b"\n"


def _span(parent: Element, name: str, span: Span) -> None:
    element = SubElement(parent, name)
    SubElement(element, "duration").text = str((span.end - span.start).days * _SECONDS_A_DAY)
    SubElement(element, "start").text = str(_seconds(span.start))


def _multiplier(unit: str, amounts: list[Decimal]) -> int:
    """Return the largest power of ten in which all amounts are whole."""
    _, power = codes.UNITS[unit]
    finest = min((_exponent(amount) for amount in amounts if amount), default=0)
    wanted = min(power + finest, power)
    for multiplier in codes.MULTIPLIERS:
        if multiplier <= wanted:
            return multiplier
    raise ValueError(f"an amount in {unit} is finer than ESPI counts")


def _scaled(unit: str, amount: Decimal, multiplier: int) -> str:
    return _int48(amount.scaleb(codes.UNITS[unit][1] - multiplier))


def _money(amount: Decimal) -> str:
    return _int48(amount * codes.MONEY_SCALE)


def _int48(number: Decimal) -> str:
    whole = int(number)
    if whole != number or abs(whole) > codes.INT48_MAX:
        raise ValueError(f"{number} is no whole number of 48 bits")
    return str(whole)


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return min(exponent, 0)


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(_NAMESPACE, name)}"


def _text(element: Element) -> bytes:
    return bytes(tostring(element, encoding="utf-8", xml_declaration=False))
