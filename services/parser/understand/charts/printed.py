"""Printed numbers at months: rows of values under or over an axis, and values printed on bars."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.quantity import Commodity, Unit
from services.parser.understand.charts.axes.axis import Axis, Mark
from services.parser.understand.charts.axes.months import names_months
from services.parser.understand.charts.view import View
from services.parser.understand.fields.context import Context, commodity_in
from services.parser.understand.layout.labels import name_text
from services.parser.understand.layout.rows import Row, Segment, middle, runs_along
from services.parser.understand.layout.tokens import Token, tokens_of
from services.parser.understand.lexicon import plain, spaced
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF, USAGE_UNITS, unit_of

ALIGNED_SHARE = 0.45
"""A number belongs to a month when it stands within this share of the spacing from it."""
COVER_MIN = 0.6
USE_SHARE = 0.02
"""A number is this bill's use when it differs by this share of it at most."""
DAYS_OF_MONTH = 26, 36
"""So many days a month does a bill have."""
SMALL_TIMES = 20
"""A number of three decimals so many times smaller than the others of its row is one of thousands."""
VALUE_ROWS = 5
FACTS_MIN = 2
"""So many numbers with words of their own make a line of facts."""
CHART_HEIGHT_MAX_POINTS = 240.0
END_POINTS = 330.0
"""Lying bars are this long at most."""
AT_ENDS_MIN = 0.8
TITLE_WORDS_MAX = 6
_DECOYS = ("temperature", "average_cost", "average_daily", "days", "amount", "load_factor", "payments")


@dataclass(frozen=True, slots=True)
class Billed:
    """What this bill bills, in the units of its services, and a day of its month."""

    uses: frozenset[float] = frozenset()
    newest: date | None = None

    def speaks_against(self, first: date | None, value: float) -> bool:
        """Tell whether a number at this bill's own month is nothing that it bills."""
        mine = self.newest is not None and first == self.newest.replace(day=1)
        return mine and bool(self.uses) and all(abs(value - use) > USE_SHARE * abs(use) for use in self.uses)


@dataclass(frozen=True, slots=True)
class Valued:
    """A month with the number printed at it."""

    mark: Mark
    token: Token
    unit: Unit
    commodity: Commodity
    chart: bool


def printed_at(
    sight: Sight, view: View, axis: Axis, context: Context, unit: Unit | None, billed: Billed
) -> list[Valued]:
    """Return the numbers printed at the months of an axis: a table's row first, else values over bars.

    ``billed`` tells rows of days and of temperatures that nothing names from rows of use.
    """
    if axis.turned:
        return list(_at_ends(sight, view, axis, context, unit))
    return list(_rows_near(sight, axis, context, unit, billed)) or list(_on_bars(sight, axis, context, unit))


def _at_ends(sight: Sight, view: View, axis: Axis, context: Context, unit: Unit | None) -> Iterator[Valued]:
    """Yield the one number right of each month, as at the ends of lying bars; lines of several numbers are a table's."""
    title = title_of(sight, axis)
    if is_decoy(sight, title):
        return
    found: dict[int, Token] = {}
    for row in sight.sheet(axis.page).rows:
        for index, mark in enumerate(axis.marks):
            box = view.back(mark.box)
            if abs(middle(row.box) - middle(box)) > row.height:
                continue
            right = [t for t in _numbers(sight, row) if box.right < t.box.left < box.right + END_POINTS]
            if len(right) == 1:
                found[index] = right[0]
            elif right:
                return
    real = unit_in(title) or unit
    commodity = shown_in(sight, context, axis, title, real)
    if (
        len(found) >= AT_ENDS_MIN * len(axis.marks)
        and real in USAGE_UNITS
        and real is not None
        and commodity is not None
    ):
        yield from (
            Valued(axis.marks[i], token, (token.number.unit if token.number else None) or real, commodity, chart=True)
            for i, token in sorted(found.items())
        )


def _aligned(axis: Axis, tokens: list[Token]) -> dict[int, Token]:
    """Return the number that stands at each mark, by the mark's index."""
    found: dict[int, tuple[float, Token]] = {}
    reach = ALIGNED_SHARE * axis.spacing
    for token in tokens:
        place = (token.box.left + token.box.right) / 2
        index = min(range(len(axis.marks)), key=lambda i: abs(axis.marks[i].middle - place))
        gap = min(abs(axis.marks[index].middle - place), abs(axis.marks[index].box.right - token.box.right))
        within = axis.marks[index].box
        if within.top < middle(token.box) < within.bottom:
            continue  # a part of the month's own name: the day of its reading
        if gap < reach and (index not in found or gap < found[index][0]):
            found[index] = (gap, token)
    return {index: token for index, (_, token) in found.items()}


def _numbers(sight: Sight, row: Row) -> list[Token]:
    return [
        t
        for t in sight.tokens.on(row)
        if t.number and not t.number.percent and not t.number.currency and not t.number.per and not t.degrees
    ]


def _rows_near(sight: Sight, axis: Axis, context: Context, unit: Unit | None, billed: Billed) -> Iterator[Valued]:
    """Yield the values of the first row under the axis that has a number for most months and is no other quantity."""
    rows = sight.sheet(axis.page).rows
    bottom = axis.bottom
    if _other_quantity(sight, rows[axis.row], axis, ("rate_column",)):
        return  # months of prices ("Price, cents per therm | Jan 25 | Feb 25")
    for index in range(axis.row + 1, min(axis.row + 1 + VALUE_ROWS, len(rows))):
        row = rows[index]
        if row.box.top - bottom > 2.2 * row.height:
            return
        bottom = row.box.bottom
        if index > axis.row + 1 and names_months(row, sight.lexicon):
            return  # what follows belongs to these months, which head a table under the chart
        if _is_years(axis, sight, row) or _other_quantity(sight, row, axis):
            continue
        at = _aligned(axis, _numbers(sight, row))
        if not at or _tells_facts(sight, row, axis):
            continue
        label = " ".join(s.text for s in row.segments if s.box.right < axis.marks[0].box.left + 4)
        last = max(at, key=lambda index: axis.marks[index].first or date.min)
        against = billed.speaks_against(axis.marks[last].first, float(at[last].value))
        if (unit_in(label) not in USAGE_UNITS and _are_days(axis, at, billed, last)) or (against and not label):
            continue
        if len(at) >= max(3, COVER_MIN * len(axis.marks)):
            text = label or title_of(sight, axis)
            real = unit_in(text) or unit_in(title_of(sight, axis)) or unit
            commodity = shown_in(sight, context, axis, text, real)
            if real in USAGE_UNITS and real is not None and commodity is not None:
                yield from (
                    Valued(axis.marks[i], token, real, commodity, chart=False)
                    for i, token in sorted(_grouped(at).items())
                )
            return


def _grouped(at: dict[int, Token]) -> dict[int, Token]:
    """Return the numbers with thousands put right whose comma OCR took for a point, as the others of their row show."""
    numbers = [token.number for token in at.values() if token.number]
    usual = sorted(number.value for number in numbers)[len(numbers) // 2]
    if 2 * sum(number.decimals == 0 for number in numbers) < len(numbers):
        return at  # volumes with three places
    return {
        index: replace(token, number=replace(number, value=number.value * 1000, decimals=0, grouped=True))
        if (number := token.number)
        and number.decimals == 3
        and not number.grouped
        and usual > SMALL_TIMES * number.value
        else token
        for index, token in at.items()
    }


def _are_days(axis: Axis, at: dict[int, Token], billed: Billed, last: int) -> bool:
    """Tell whether the numbers at months are the days of their bills, as nothing but their size may tell."""
    if float(at[last].value) in billed.uses:
        return False
    low, high = (days * abs(axis.step) for days in DAYS_OF_MONTH)
    return all(token.value == int(token.value) and low <= token.value <= high for token in at.values())


def _tells_facts(sight: Sight, row: Row, axis: Axis) -> bool:
    """Tell whether numbers of a line have words of their own (``Previous reading 90,412``), as values under months never do."""
    mine = [s for s in row.segments if s.box.left > axis.marks[0].middle and sight.tokens.within(s)]
    named = [s for s in mine if any(len(word) > 3 and word.isalpha() for word in sight.tokens.beside(s).split())]
    return len(named) >= FACTS_MIN


def _is_years(axis: Axis, sight: Sight, row: Row) -> bool:
    """Tell whether a row only holds the years of the months over it."""
    years = {mark.year for mark in axis.marks if mark.year}
    near = {year + step for year in years for step in (-1, 0, 1)}
    left, right = axis.marks[0].middle - axis.spacing, axis.marks[-1].middle + axis.spacing
    numbers = [t for t in _numbers(sight, row) if left < t.box.left and t.box.right < right]
    return bool(numbers) and all(int(t.value) in near or int(t.value) + 2000 in near for t in numbers)


def _other_quantity(sight: Sight, row: Row, axis: Axis, decoys: Collection[str] = _DECOYS) -> bool:
    return any(
        label.concept in decoys and label.box.right < axis.marks[1].middle
        for label in sight.labels.on(row.page, row.index)
    )


def title_of(sight: Sight, axis: Axis) -> str:
    """Return the texts over a chart or table of months, nearest last, numbers left out."""
    rows = sight.sheet(axis.page).rows
    left, right, top = axis.marks[0].box.left - 70, axis.marks[-1].box.right + 4, axis.top
    if axis.turned:
        # Places of a turned view are heights on the page: the title stands over the first month's line.
        width, top = sight.sheet(axis.page).page.width, axis.marks[0].box.left
        left = width - axis.bottom - 20
        right = left + END_POINTS
    texts: list[str] = []
    numbers_above = top
    for index in range(axis.row - 1, -1, -1):
        row = rows[index]
        over = [s for s in row.segments if s.box.right > left and s.box.left < right]
        if not over:
            continue  # the lines of a column beside the chart's may be read between its own
        if top - row.box.bottom > CHART_HEIGHT_MAX_POINTS:
            break
        inside = [s for s in over if not _is_sentence(s)]
        texts.extend(segment.text for segment in inside if sum(c.isalpha() for c in segment.text) >= 2)
        worded = [s.text for s in inside if sum(c.isalpha() for c in s.text) >= 6]
        told = len(texts) >= 2 or any(unit_in(text) in USAGE_UNITS for text in worded)
        if worded and numbers_above - row.box.bottom > 0 and told:
            break
    return " ".join(reversed(texts))


def shown_in(sight: Sight, context: Context, axis: Axis, title: str, unit: Unit | None) -> Commodity | None:
    """Return what a chart shows: what its own title names, where its unit measures that, else what its place speaks of."""
    there = context.unit_commodity(unit, axis.page, axis.row) if unit else None
    named = commodity_in(sight, title)
    fixed = COMMODITY_OF.get(unit) if unit else None
    if unit is Unit.KWH and named is Commodity.GAS and not context.thermal:
        return named
    if there is None or named is None or named is Commodity.SEWER or (fixed is not None and named is not fixed):
        return there
    return named


def _is_sentence(segment: Segment) -> bool:
    """Tell whether a text over a chart is a sentence about something else (``We will collect £260 on 19 March.``)."""
    return segment.text.endswith(".") and len(segment.words) > TITLE_WORDS_MAX


def numbers_over(sight: Sight, axis: Axis) -> dict[int, list[Token]]:
    """Return the numbers that stand over each month, up to the chart's title, by the month's index."""
    rows = sight.sheet(axis.page).rows
    tokens: list[Token] = []
    ceiling = axis.top - CHART_HEIGHT_MAX_POINTS
    for index in range(axis.row - 1, -1, -1):
        row = rows[index]
        if axis.top - row.box.bottom > CHART_HEIGHT_MAX_POINTS:
            break
        if index == axis.row - 1 and names_months(row, sight.lexicon):
            continue  # the beginnings of the periods whose ends the axis names
        tokens.extend(t for t in _numbers(sight, row) if t.box.left > axis.marks[0].middle - 0.75 * axis.spacing)
        inside = [
            s for s in row.segments if s.box.right > axis.marks[0].box.left and s.box.left < axis.marks[-1].box.right
        ]
        if any(sum(c.isalpha() for c in s.text) >= 8 for s in inside):
            ceiling = row.box.bottom
            break
    tokens.extend(_turned_numbers(sight, axis, ceiling))
    by_mark: dict[int, list[Token]] = {}
    for token in tokens:
        for index, one in _aligned(axis, [token]).items():
            by_mark.setdefault(index, []).append(one)
    return by_mark


def _turned_numbers(sight: Sight, axis: Axis, ceiling: float) -> Iterator[Token]:
    """Yield the numbers over an axis that run up or down the page, as on narrow bars; rows leave them out."""
    page = sight.sheet(axis.page).page
    for word in page.words:
        if runs_along(word) or word.box.bottom > axis.top or word.box.top < ceiling:
            continue
        if word.box.right < axis.marks[0].middle - 0.75 * axis.spacing:
            continue
        place = Segment(axis.page, axis.row, 0, (word,), (0,), word.text, word.box, word.height, page.method)
        whole = tokens_of(place, sight.lexicon, sight.convention)
        if len(whole) == 1 and whole[0].text == word.text:
            yield from (t for t in whole if t.number and not t.number.percent and not t.number.currency)


def _on_bars(sight: Sight, axis: Axis, context: Context, unit: Unit | None) -> Iterator[Valued]:
    """Yield the values printed over the bars: one number at each month, at different heights."""
    title = title_of(sight, axis)
    if is_decoy(sight, title):
        return
    years = {mark.year for mark in axis.marks}
    by_mark = {index: _told_apart(found, years) for index, found in numbers_over(sight, axis).items()}
    single = {index: found[0] for index, found in by_mark.items() if len(found) == 1}
    if len(single) < max(3, 0.7 * len(axis.marks)) or len(single) < 0.8 * len(by_mark):
        return
    if all(int(t.value) in years or int(t.value) + 2000 in years for t in single.values()):
        return
    real = unit_in(title) or unit
    commodity = shown_in(sight, context, axis, title, real)
    if real in USAGE_UNITS and real is not None and commodity is not None:
        yield from (Valued(axis.marks[i], token, real, commodity, chart=True) for i, token in sorted(single.items()))


def _told_apart(tokens: list[Token], years: set[int | None]) -> list[Token]:
    """Return the numbers over one month without the year that heads its part of the chart, the same number once."""
    distinct = {token.value: token for token in tokens}
    return [token for value, token in distinct.items() if value not in years] or list(distinct.values())


def is_decoy(sight: Sight, title: str) -> bool:
    """Tell whether a chart's title speaks of temperature, cost, neighbours or a source mix rather than usage."""
    if _is_a_day(sight, title):
        return True
    if unit_in(title) in USAGE_UNITS and not sight.lexicon.means(title, "per_day"):
        return sight.lexicon.means(title, "neighbours")
    concepts = {concept for part in title.split("  ") for concept in name_text(part, sight.lexicon)}
    decoy = concepts & {"temperature", "average_cost", "payments", "amount", "average_daily"}
    signs = any(sign in title for sign in ("$", "€", "£", "°"))
    return bool(decoy) or signs or sight.lexicon.means(title, "neighbours") or "temper" in plain(title)


def _is_a_day(sight: Sight, title: str) -> bool:
    """Tell whether a title measures by the day (``m³/day``, ``kWh per day``): its bars are averages, no use of months."""
    told = [text.split() for text in sight.lexicon.words.get("per_day", ())]
    days = {words[-1] for words in told if len(words) > 1}
    words = spaced(title).split()
    return any(
        unit_of(word) in USAGE_UNITS
        and (words[at + 1] in days or any(words[at + 1 :][: len(one)] == one for one in told))
        for at, word in enumerate(words[:-1])
    )
