"""History off charts and rows of months: printed numbers first, measured bars where nothing is printed."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from domain.evidence import Box, Evidence, Fact, Method
from domain.quantity import TO_KWH, Commodity, Quantity, Unit
from domain.reading import HistoryMonth, HistorySource
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.axes.months import find_axes
from services.parser.understand.charts.axes.standing import lying_names, upright_names
from services.parser.understand.charts.bar import Bar
from services.parser.understand.charts.measured import Bill, Known, Shown, agree, beside, best, contradicts, shown_on
from services.parser.understand.charts.printed import (
    Billed,
    is_decoy,
    numbers_over,
    printed_at,
    shown_in,
    title_of,
)
from services.parser.understand.charts.unscaled import COUNTS, by_use, nameless
from services.parser.understand.charts.view import View
from services.parser.understand.fields.context import Context
from services.parser.understand.fields.guess import fact
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

BAR_CONFIDENCE = 0.8
BAR_CONFIDENCE_PIXELS = 0.7
LABELS_MIN = 3
BY_USE_DOUBT = 0.08
"""How much less sure bars are that are measured by this bill's use, not by an axis."""
TITLE_WEIGHT, TITLE_WORDS_MAX, TITLES_MAX = 0.5, 8, 6
DAY = timedelta(days=1)
"""A period's end is the day after its last: the bill's own month is named after either."""
NOT_YET = timedelta(days=31)
"""A chart whose months lie further behind this bill's has its years wrong: nobody has used what is not yet."""

TOLD_MONTHS = 6
"""Where a table tells so many months, no picture is searched for more of them."""
LABEL_SHARE = 0.06
"""A number printed over a bar is this close to the bar's measured height, of its own size."""


def chart_history(
    sight: Sight,
    context: Context,
    unit: Unit | None,
    newest: date | None,
    done: set[tuple[date, Commodity]],
    known: dict[Commodity, Known],
    step: int = 1,
) -> list[HistoryMonth]:
    """Return the months that axes of months give and that no table has given; ``step`` is this bill's length [months]."""
    months: list[HistoryMonth] = []
    seen = set(done)
    measured: list[list[HistoryMonth]] = []
    billed = Billed(frozenset(float(use.amount) for use in known.values()), newest)
    bill = Bill(known, newest, step)
    views = {sheet.page.number: View(sight, sheet.page, turned=False) for sheet in sight.sheets}
    for view, axis in _axes(sight, views, newest):
        printed = printed_at(sight, view, axis, context, unit, billed)
        for one in printed:
            first = one.mark.first
            if first is None or (first, one.commodity) in seen:
                continue
            seen.add((first, one.commodity))
            source = HistorySource.CHART if one.chart else HistorySource.TABLE
            quantity = fact(Quantity(one.token.value, one.unit), one.token, 0.85)
            months.append(HistoryMonth(month=first, commodity=one.commodity, quantity=quantity, source=source))
        if printed:
            continue
        title = title_of(sight, axis)
        real, times = _billed_unit(unit_in(title) or unit, known)
        commodity = shown_in(sight, context, axis, title, real)
        if real is None or real not in USAGE_UNITS or commodity is None or is_decoy(sight, title):
            continue
        shown = shown_on(view, axis, bill, real, times, commodity)
        if shown is None:
            continue
        labelled = _labelled(numbers_over(sight, axis), shown.bars, axis) if not axis.turned else []
        if len(labelled) >= LABELS_MIN:
            # Values are printed on the bars: those that were read stand, the others are not guessed from heights.
            months.extend(_printed(labelled, real, shown.commodity, seen))
            seen.update((first, shown.commodity) for first, _ in labelled)
        elif shown.by_known or not contradicts(shown, real, newest):
            measured.append(_months(shown, real, newest))
            others = beside(view, axis, shown, bill)
            measured.extend(_months(other, other.known.unit, newest) for other in others if other.known is not None)
    if newest is not None and not months and not any(measured):
        measured.extend(_nameless(sight, views, context, unit, newest, bill, paint=len(done) < TOLD_MONTHS))
    for chart in sorted(measured, key=_sureness, reverse=True):
        if newest is not None and any(row.month > newest + NOT_YET for row in chart):
            continue
        fresh = [month for month in chart if (month.month, month.commodity) not in seen]
        seen.update((month.month, month.commodity) for month in fresh)
        months.extend(fresh)
    return months


def _axes(sight: Sight, views: Mapping[int, View], newest: date | None) -> Iterator[tuple[View, Axis]]:
    """Yield every axis of months with the view in which its bars stand."""
    axes = find_axes(sight, newest)
    for sheet in sight.sheets:
        upright, turned = views[sheet.page.number], View(sight, sheet.page, turned=True)
        mine = [axis for axis in axes if axis.page == sheet.page.number]
        mine += upright_names(sheet, sight.lexicon, newest)
        yield from ((upright, axis) for axis in mine)
        yield from ((turned, axis) for axis in lying_names(turned, sheet, sight.lexicon, newest))


def _billed_unit(unit: Unit | None, known: dict[Commodity, Known]) -> tuple[Unit | None, int]:
    """Return kilowatt-hours for megawatt-hours where those are billed, and how many of the unit one on the axis is."""
    mine = known.get(Commodity.ELECTRICITY)
    if unit is Unit.MWH and mine is not None and mine.unit is Unit.KWH:
        return Unit.KWH, int(TO_KWH[Unit.MWH])
    return unit, 1


def _sureness(chart: list[HistoryMonth]) -> float:
    quantity = chart[0].quantity if chart else None
    return quantity.evidence.confidence if quantity else 0.0


def _nameless(
    sight: Sight,
    views: Mapping[int, View],
    context: Context,
    unit: Unit | None,
    newest: date,
    bill: Bill,
    *,
    paint: bool,
) -> Iterator[list[HistoryMonth]]:
    """Yield charts under a title of a history whose months cannot be read: a period back from this bill for each bar."""
    for segment in _titles(sight):
        view = views[segment.page]
        real = unit_in(segment.text) or unit
        commodity = context.unit_commodity(real, segment.page, segment.row) if real else None
        mine = bill.known.get(commodity) if commodity else None
        if real is None or commodity is None or mine is None or mine.unit is not real:
            continue
        axis = nameless(view, segment, newest, bill.step, paint=paint)
        if axis is None:
            continue
        scale, bars = best(view, axis, mine, real, bill)
        if scale is not None and bars and agree(bars, scale, mine):
            yield _months(Shown(scale, bars, commodity, mine), real, newest)
            return
        found = by_use(view, axis, float(mine.amount))
        if found is not None:
            yield _months(Shown(*found, commodity, None, by_known=True), real, newest)
            return


def _titles(sight: Sight) -> Iterator[Segment]:
    """Yield the texts that may head a chart of past use, those that name a history first."""
    seen: set[tuple[int, int, int]] = set()
    for concept in ("history", "month_column", "usage"):
        for label in sight.labels.of(concept):
            segment = label.segment
            key = (segment.page, segment.row, segment.index)
            plain = label.weight >= TITLE_WEIGHT and len(segment.words) <= TITLE_WORDS_MAX
            if plain and key not in seen and len(seen) < TITLES_MAX and _is_title(sight, segment):
                seen.add(key)
                yield segment


def _is_title(sight: Sight, segment: Segment) -> bool:
    """Tell whether a text holds no value; a title may count the months or years that it heads (``24 month energy history``)."""
    tokens = sight.tokens.within(segment)
    counts = all(t.number is not None and t.number.unit is None and t.value in COUNTS for t in tokens)
    return counts and len(tokens) <= 1 and (not tokens or len(segment.words) > 2)


def _printed(
    labelled: list[tuple[date, Token]], unit: Unit, commodity: Commodity, seen: set[tuple[date, Commodity]]
) -> list[HistoryMonth]:
    return [
        HistoryMonth(
            month=first,
            commodity=commodity,
            quantity=fact(Quantity(token.value, unit), token, 0.75),
            source=HistorySource.CHART,
        )
        for first, token in labelled
        if (first, commodity) not in seen
    ]


def _labelled(over: dict[int, list[Token]], bars: list[Bar], axis: Axis) -> list[tuple[date, Token]]:
    """Return the printed numbers over bars that are as high as the bars, by month."""
    found = []
    for bar in bars:
        index = next((i for i, mark in enumerate(axis.marks) if mark == bar.mark), -1)
        near = [t for t in over.get(index, ()) if abs(float(t.value) - bar.value) <= LABEL_SHARE * max(bar.value, 1.0)]
        if len(near) == 1 and bar.mark.first is not None:
            found.append((bar.mark.first, near[0]))
    return found


def _months(shown: Shown, unit: Unit, newest: date | None) -> list[HistoryMonth]:
    bars, scale, known = shown.bars, shown.scale, shown.known
    if not bars:
        return []
    agrees = None
    if known is not None and known.unit is unit:
        agrees = agree(bars, scale, known, shown.together)
    base = BAR_CONFIDENCE if bars[0].method is Method.CHART_VECTOR else BAR_CONFIDENCE_PIXELS
    confidence = min(base + 0.12, 0.95) if agrees else base if agrees is None else base - 0.25
    if bars[0].traced and not agrees:
        return []  # a line that does not end at this bill's use may be a line of temperatures
    confidence -= BY_USE_DOUBT if shown.by_known else 0.0
    places = max(0, 3 - len(str(int(scale.top_value))))
    latest = max(bar.mark.first or date.min for bar in bars)
    own = (
        shown.together == 1 and newest is not None and latest in {newest.replace(day=1), (newest - DAY).replace(day=1)}
    )
    made = []
    for bar in bars:
        first = bar.mark.first
        if first is None:
            continue
        if known is not None and agrees and own and first == latest:
            amount = Decimal(f"{known.amount:f}")  # the bill prints this one
        else:
            amount = Decimal(str(round(bar.value, places)))
        made.append(
            HistoryMonth(
                month=first,
                commodity=shown.commodity,
                quantity=Fact(Quantity(amount, unit), _evidence(bar, confidence)),
                source=HistorySource.CHART,
            )
        )
    return made


def _evidence(bar: Bar, confidence: float) -> Evidence:
    box = Box(bar.box.left, bar.box.top, bar.box.right, bar.box.bottom)
    return Evidence(text="", page=bar.page, box=box, confidence=round(confidence, 4), method=bar.method)
