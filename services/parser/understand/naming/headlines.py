"""Headlines: what stands in far larger type than the rest, where no words that can be read name it.

Bills set what is due, and often what was used, in large type. On small or blurred pictures such figures are still read where the
words beside them no longer are.
"""

from datetime import date, timedelta
from decimal import Decimal

from domain.evidence import Method
from services.parser.understand.fields.context import Context
from services.parser.understand.fields.due import DUE_DAYS_MAX
from services.parser.understand.fields.guess import Guess, is_money
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import is_quantity
from services.parser.understand.metering.usage import Total
from services.parser.understand.metering.voices import Amount
from services.parser.understand.sight import Sight

LARGE_TYPE = 1.6
"""Headlines stand in type so much larger than most of the page."""
LEAD = 1.25
"""No other figure of the kind stands in type nearly as large: two headlines are two bills, or a comparison."""
REACH_HEIGHTS = 4.0
"""A headline stands at most so many of its own heights under the heading that it answers."""
DAY_HEIGHTS = 1.5
"""The day for paying stands so near under the amount [the amount's heights]."""
DUE_SCORE, USED_SCORE, DAY_SCORE = 0.5, 0.45, 0.4
BETWEEN = frozenset(
    {
        "amount_due",
        "new_charges",
        "previous_balance",
        "payments",
        "adjustments",
        "balance_forward",
        "commodity_cost",
        "budget",
        "deposit",
        "late_amount",
    }
)
"""What would name the figure itself, were it between it and the heading."""


def due_under_heading(sight: Sight) -> Guess[Decimal] | None:
    """Return the amount in the largest type of the first page, where it stands under a heading that asks what is due."""
    token = _largest([t for t in sight.tokens.all() if is_money(t)], sight)
    if token is None or token.value <= 0:
        return None
    headed = any(_heads(sight, label, token) for label in sight.labels.of("amount_due"))
    return Guess(token.value, token, DUE_SCORE) if headed else None


def day_under_due(sight: Sight, due: Token, floor: date | None) -> Guess[date] | None:
    """Return the day that stands by itself right under what is due, where that is the first page's headline."""
    if due is not _largest([t for t in sight.tokens.all() if is_money(t)], sight):
        return None
    for token in sight.tokens.all():
        day, gap = token.day, token.box.top - due.box.bottom
        if day is None or token.page != due.page or not 0 <= gap <= DAY_HEIGHTS * due.segment.height:
            continue
        alone = len(token.segment.text) <= len(token.text) + 2 and token.segment.height < due.segment.height
        in_time = floor is None or timedelta(0) < day - floor <= timedelta(days=DUE_DAYS_MAX)
        if alone and in_time and _centred(token, due):
            return Guess(day, token, DAY_SCORE)
    return None


def _centred(token: Token, over: Token) -> bool:
    """Tell whether a token stands under another, their middles or their left sides in line."""
    middles = abs(token.box.left + token.box.right - over.box.left - over.box.right) / 2
    return min(middles, abs(token.box.left - over.box.left)) <= token.segment.height


def used_in_large_type(sight: Sight, context: Context) -> list[Total]:
    """Return the quantity that stands by itself in the largest type of a page read by OCR, where it is of a known commodity."""
    token = _largest([t for t in sight.tokens.all() if is_quantity(t)], sight)
    if token is None or token.segment.method is not Method.OCR or token.number is None or token.number.unit is None:
        return []
    commodity = context.unit_commodity(token.number.unit, token.page, token.row)
    if commodity is None or token.value <= 0:
        return []
    return [Total(Amount(token.value.normalize(), token.number.unit, commodity), token, USED_SCORE, 1)]


def _largest(figures: list[Token], sight: Sight) -> Token | None:
    """Return the figure of the first page that stands by itself in large type, no other nearly as large."""
    heights = sorted(segment.height for row in sight.sheets[0].rows for segment in row.segments)
    first = [token for token in figures if token.page == sight.sheets[0].page.number]
    if not first or not heights:
        return None
    best = max(first, key=lambda token: token.segment.height)
    if best.segment.height < LARGE_TYPE * heights[len(heights) // 2] or len(best.segment.text) > len(best.text) + 2:
        return None
    rivals = (t for t in first if t.value != best.value and t.segment.height * LEAD > best.segment.height)
    return None if any(rivals) else best


def _heads(sight: Sight, label: Label, token: Token) -> bool:
    """Tell whether a label is a heading with a figure in its lane below, and nothing between that names it otherwise."""
    segment = label.segment
    gap = token.box.top - segment.box.bottom
    if label.start or label.weight <= 0.5 or is_prose(segment) or segment.page != token.page:
        return False
    if not 0 <= gap <= REACH_HEIGHTS * token.segment.height or overlap(segment.box, token.box) <= 0:
        return False
    return not any(
        one.concept in BETWEEN and one.weight > 0.5 and overlap(one.box, token.box) > 0
        for index in range(segment.row + 1, token.row + 1)
        if (row := sight.row(token.page, index)) is not None
        for one in sight.labels.on(row.page, row.index)
        if one.box.top >= segment.box.bottom and one.box.bottom <= token.box.bottom
    )
