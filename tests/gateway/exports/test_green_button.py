"""Green Button: valid by the standard's schema, read back equal, exact, and others' feeds are understood."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.exports.green_button.codes import CURRENCIES, ITEM_KINDS, UNITS
from gateway.exports.green_button.ledger import usage_point
from gateway.exports.green_button.model import Flow, Interval, Item, Series, Service, Span, Summary, UsagePoint
from gateway.exports.green_button.write import ESPI, feed
from tests.gateway.exports.green_button_reader import UNIT_OF_SYMBOL, usage_points
from tests.gateway.exports.ledgers import ELECTRIC, GAS, bills, meters

_NEAR = [folder / "shared" / "schemas" for folder in Path(__file__).resolve().parents[3:]]
SCHEMAS = next((folder for folder in _NEAR if folder.is_dir()), _NEAR[0])
"""The standard's schemas are no part of the repository: they are looked for in a folder shared/schemas beside or above it."""
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


def of_ledger():
    found = [usage_point(meter, bills()) for meter in meters()]
    return [point for point in found if point is not None]


def text_at(root, path):
    first, *rest = path.split("/")
    return root.findtext("/".join([f".//{{{ESPI}}}{first}", *(f"{{{ESPI}}}{name}" for name in rest)]))


def written(*points):
    return b"".join(feed(points, "subscription-1", "Example", NOW))


def as_read(point):
    """Say what a feed can say of a meter: 5 CCF come back as 500 cubic feet."""

    def converted(amount, unit):
        if amount is None or unit not in UNITS:
            return amount, unit
        symbol, power = UNITS[unit]
        other = UNIT_OF_SYMBOL[symbol]
        return amount.scaleb(power - UNITS[other][1]), other

    series = []
    for one in point.series:
        intervals = [replace(each, amount=converted(each.amount, one.unit)[0]) for each in one.intervals]
        series.append(replace(one, unit=converted(None or Decimal(), one.unit)[1], intervals=tuple(intervals)))
    summaries = []
    for summary in point.summaries:
        consumption, unit = converted(summary.consumption, summary.unit)
        summaries.append(replace(summary, consumption=consumption, unit=unit if consumption is not None else ""))
    return replace(point, series=tuple(series), summaries=tuple(summaries))


def test_meters_and_bills_of_the_ledger_are_read_back_equal():
    points = of_ledger()

    assert usage_points(written(*points)) == tuple(as_read(point) for point in points)


def test_ledger_gives_each_register_its_series_and_each_bill_its_summary():
    electric, gas = of_ledger()

    assert [(one.title, one.unit, one.tou, one.demand) for one in electric.series] == [
        ("Total", "kWh", 0, False),
        ("On peak", "kWh", 1, False),
        ("Demand", "kW", 0, True),
    ]
    assert [interval.amount for interval in electric.series[0].intervals] == [700, Decimal("620.4"), -12]
    assert [interval.estimated for interval in electric.series[0].intervals] == [True, False, False]
    assert [summary.cost for summary in electric.summaries] == [
        Decimal("114.49999"),
        Decimal("102.55999"),
        Decimal("7.69999"),
    ]
    assert [item.kind for item in gas.summaries[0].items] == ["generation"]
    assert gas.summaries[0].consumption == Decimal("55.25")
    assert {electric.point_id, gas.point_id} == {ELECTRIC, GAS}


def test_feed_says_watt_hours_seconds_and_hundred_thousandths():
    root = ElementTree.fromstring(written(of_ledger()[0]))
    values = [one.text for one in root.iter(f"{{{ESPI}}}value")]
    starts = [one.findtext(f"{{{ESPI}}}start") for one in root.iter(f"{{{ESPI}}}timePeriod")]

    assert values[:3] == ["7000", "6204", "-120"]  # tenths of a kWh: hundreds of Wh, the finest that is needed
    assert text_at(root, "ReadingType/powerOfTenMultiplier") == "2"
    assert text_at(root, "ReadingType/uom") == "72"
    assert starts[0] == str(int(datetime(2026, 1, 13, tzinfo=UTC).timestamp()))
    assert text_at(root, "billLastPeriod") == "11449999"
    assert text_at(root, "UsageSummary/currency") == "840"


@cache
def schema(name):
    return xmlschema.XMLSchema(str(SCHEMAS / name))


needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason=f"needs the schemas of Atom and ESPI 4.0 in {SCHEMAS}")


@needs_schemas
def test_feed_is_valid_by_the_schemas_of_atom_and_espi():
    source = written(*of_ledger())

    schema("combined.xsd").validate(io.BytesIO(source))
    contents = [one for content in ElementTree.fromstring(source).iter(f"{ATOM}content") for one in content]
    assert len(contents) > 15
    for content in contents:
        schema("espi.xsd").validate(ElementTree.ElementTree(content))


@needs_schemas
def test_feed_of_the_standards_own_sample_is_understood():
    points = usage_points((SCHEMAS / "sample-usage.xml").read_bytes())

    assert points
    assert {point.service for point in points} == {Service.ELECTRICITY}
    readings = [interval for point in points for series in point.series for interval in series.intervals]
    assert len(readings) > 100
    assert all(interval.amount >= 0 for interval in readings)


days = some.dates(date(2001, 1, 1), date(2037, 1, 1))
amounts = some.decimals(-100_000, 100_000, places=4, allow_nan=False, allow_infinity=False)
costs = some.decimals(-1_000_000, 1_000_000, places=5, allow_nan=False, allow_infinity=False)
titles = some.text(some.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=40).map(str.strip)


@some.composite
def spans(draw):
    start = draw(days)
    return Span(start, start + timedelta(days=draw(some.integers(1, 400))))


intervals = some.builds(Interval, spans(), amounts, estimated=some.booleans())
items = some.builds(
    Item, note=titles, amount=costs, kind=some.sampled_from(sorted(ITEM_KINDS)), span=some.none() | spans()
)


@some.composite
def points(draw):
    series = tuple(
        Series(
            series_id=f"series-{number}",
            title=draw(titles),
            unit=draw(some.sampled_from(sorted(UNITS))),
            flow=draw(some.sampled_from(list(Flow))),
            tou=draw(some.integers(0, 3)),
            demand=draw(some.booleans()),
            intervals=tuple(draw(some.lists(intervals, min_size=1, max_size=4))),
        )
        for number in range(draw(some.integers(0, 3)))
    )
    summaries = tuple(
        Summary(
            summary_id=f"bill-{number}",
            span=draw(spans()),
            currency=draw(some.sampled_from(sorted(CURRENCIES))),
            cost=draw(some.none() | costs),
            consumption=draw(some.none() | amounts),
            unit=draw(some.sampled_from(sorted(UNITS))),
            tariff=draw(titles),
            stated_on=draw(days),
            items=tuple(draw(some.lists(items, max_size=3))),
            estimated=draw(some.booleans()),
        )
        for number in range(draw(some.integers(0, 2)))
    )
    service = draw(some.sampled_from(list(Service)))
    return UsagePoint(point_id="point-1", title=draw(titles), service=service, series=series, summaries=summaries)


@given(points())
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_is_read_back_equal(point):
    assert usage_points(written(point)) == (as_read(point),)


def test_number_that_espi_cannot_hold_is_an_error_and_no_other_number():
    span = Span(date(2026, 1, 1), date(2026, 2, 1))
    for amount in (Decimal(2**47), Decimal("1E-16")):
        series = Series(series_id="s", title="Total", unit="kWh", intervals=(Interval(span, amount),))
        point = UsagePoint(point_id="p", title="t", service=Service.ELECTRICITY, series=(series,))
        with pytest.raises(ValueError, match=r"48 bits|finer"):
            written(point)
