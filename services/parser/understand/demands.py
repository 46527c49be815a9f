"""Demands: the power that a bill states beside its energy, on lines of its own: measured, billed, by time of day.

A month's demand is at least its average load, ``energy / hours``, so a read, a multiplier or a number of days beside the word
is told from the power that it names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from domain.quantity import Commodity, Unit
from services.parser.understand.fields.guess import is_count, is_money
from services.parser.understand.layout.labels import Label, is_prose, name_text
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tokens import MONEY_DECIMALS, Token
from services.parser.understand.metering.agreement import CENT
from services.parser.understand.metering.registers import MeterRead, is_measure, meter_total, unit_in
from services.parser.understand.metering.usage import Total
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import POWER_UNITS, USAGE_UNITS, unit_of

SCORE, SCORE_BARE = 0.85, 0.75
LOAD_SLACK = Decimal("0.98")
"""Bills round demand to whole kilowatts."""
HOURS_A_DAY = 24
WORDS_BEFORE_MAX = 4
"""Later in a text the word is part of a remark."""
REACTIVE = frozenset({Unit.KVAR, Unit.KVARH})
"""A line that ends with one of these is of reactive power, its bare numbers a read and a multiplier."""
FACTORS = frozenset({"power_factor", "load_factor"})
NAME_WORDS_MIN = 2
"""So many words behind a number name it; one may be its unit or say that it was estimated."""
DAYS_USUAL = 30
LONE_ROWS = 3
"""Under the one power of a meter stands no other for so many lines."""
COMPARED_ROWS = 8
"""A comparison of months has at most so many lines over the one of the demand."""
_LIMIT = r"(?i)(?<!\w)<words>\s*$"
LOAD_FACTOR_MIN = Decimal("0.01")
"""Hardly a meter that is billed for demand runs at less than this share of it."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A power that the bill states [its unit], and the words that name it."""

    label: str
    token: Token
    unit: Unit
    score: float


def find_demands(
    sight: Sight, totals: Iterable[Total], meters: list[MeterRead], days: int | None, charged: set[tuple[int, int]]
) -> list[Demand]:
    """Return the powers of this bill, each value once; those of the past and those that are only agreed are left out.

    Bills in other languages state the power that was agreed on (``Potencia facturada``), which is none of a period: there the
    words must say that it was measured (``Potencia máxima registrada``).

    Args:
        sight: the document.
        totals: the decided usage of each commodity.
        meters: the decided meters; a power that one of their registers states is not told again.
        days: how long the bill's period is.
        charged: page and row of the lines of charges, whose amounts are no power.
    """
    bounds = _bounds(totals, meters, days)
    if bounds is None:
        return []
    told = {register.value for read in meters for register in read.registers if register.unit in POWER_UNITS}
    found: dict[Decimal, Demand] = {}
    priced: dict[Decimal, Demand] = {}
    unlike: set[Decimal] = set()
    for label in sight.labels.of("demand"):
        if sight.language != "en" and not sight.lexicon.means(label.segment.text, "measured_demand"):
            continue
        one = _named(sight, label, bounds, charged)
        if one is None:
            continue
        if _foreign(sight, label):
            unlike.add(one.token.value)
        elif sight.lexicon.means(label.segment.text, "priced_demand"):
            priced.setdefault(one.token.value, one)
        elif one.token.value not in found or one.score > found[one.token.value].score:
            found[one.token.value] = one
    if not found and not told:
        found = {value: one for value, one in priced.items() if one.score >= SCORE and value not in unlike}
    return [one for value, one in found.items() if value not in told]


def _bounds(totals: Iterable[Total], meters: list[MeterRead], days: int | None) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most that the demand of the bill's electric meters can be [kW], None without their energy."""
    energy = next((one.amount for one in totals if one.amount.commodity is Commodity.ELECTRICITY), None)
    if energy is None or energy.unit is not Unit.KWH or energy.value <= 0:
        return None
    average = energy.value / (HOURS_A_DAY * (days or DAYS_USUAL))
    electric = [read for read in meters if meter_total(read)[1] in (None, Unit.KWH, Unit.MWH)]
    least = average * LOAD_SLACK if days and len(electric) <= 1 else Decimal(0)
    return least, average / LOAD_FACTOR_MIN


def _named(sight: Sight, label: Label, bounds: tuple[Decimal, Decimal], charged: set[tuple[int, int]]) -> Demand | None:
    """Return the power that a label names: the last number of its line that may be one, else one with its unit under it."""
    if is_prose(label.segment) or label.segment.text[: label.start].count(" ") > WORDS_BEFORE_MAX:
        return None
    if _unit_of_a_number(sight, label):
        return None
    named = unit_in(label.segment.text[: label.end + 4])
    if (named is not None and named not in POWER_UNITS) or unit_in(label.segment.text[: label.start]) in USAGE_UNITS:
        return None

    def may_be(token: Token) -> bool:
        number = token.number
        if number is None or not is_measure(token) or number.value <= 0 or token.text[:1] == "(":
            return False
        unit = number.unit or named
        if sight.lexicon.pattern(_LIMIT, "limits").search(token.segment.text[: token.start]):
            return False  # from how much on a rate holds (``over 1,000 kW``)
        if unit not in POWER_UNITS and (number.unit or (token.page, token.row) in charged or not bounds[0]):
            return False
        return bounds[0] <= number.value <= bounds[1]

    def has_unit(token: Token) -> bool:
        return token.number is not None and token.number.unit in POWER_UNITS and may_be(token)

    along = list(_along(sight, label))
    tokens = [t for t in _charged_for(along, charged) if may_be(t) and not _of_the_past(sight, t)]
    other = [one for token in tokens for one in _no_demands(sight, token, charged)]
    tokens = [token for token in tokens if not any(token is one for one in other)]
    if not any(map(has_unit, tokens)) and any(t.number and t.number.unit in REACTIVE for t in along):
        return None  # "demand  0.41  120.0  49.2 kvar" tells no power that works
    if not tokens:
        tokens = [one.token for one in values_for(sight, label, has_unit) if one.place == "below"][:1]
    if not tokens and named in POWER_UNITS:
        tokens = [
            one.token for one in values_for(sight, label, may_be) if one.place == "below" and _lone(sight, one.token)
        ][:1]
    if not tokens:
        return None
    abreast = sight.lexicon.means(label.segment.text, "measured_demand")  # one of each time of day or month
    token = max(filter(has_unit, tokens), key=_drawn, default=max(tokens, key=_drawn) if abreast else tokens[-1])
    own = token.number.unit if token.number else None
    return Demand(label.segment.text[: label.end].strip(), token, own or named or Unit.KW, SCORE if own else SCORE_BARE)


def _lone(sight: Sight, token: Token) -> bool:
    """Tell whether a number is the only one under the head of a power, on a line that names no month: no list of the past."""
    below = [row for step in range(1, LONE_ROWS + 1) if (row := sight.row(token.page, token.row + step)) is not None]
    under = [t for row in below for t in sight.tokens.on(row) if overlap(t.box, token.box) > 0]
    dated = any(t.when is not None and t.when.day is None for t in sight.tokens.on(token.segment))
    return not dated and not any(
        t.number is not None and t.number.unit is None and not t.number.currency for t in under
    )


def _drawn(token: Token) -> tuple[bool, Decimal]:
    """Return what ranks powers of one line: kilowatts before what they appear as, then the highest."""
    return token.number is not None and token.number.unit is Unit.KW, token.value


def _unit_of_a_number(sight: Sight, label: Label) -> bool:
    """Tell whether the label is only the unit of the number before it."""
    if unit_of(label.segment.text[label.start : label.end]) is None:
        return False
    before = [t for t in sight.tokens.on(label.segment) if t.box.left <= label.box.left]
    number = before[-1].number if before else None
    return number is not None and (number.unit in POWER_UNITS or before[-1].segment is label.segment)


def _no_demands(sight: Sight, token: Token, charged: set[tuple[int, int]]) -> tuple[Token, ...]:
    """Return what is no demand where a bare number is the product of two others of its line.

    That is the number itself where these are a quantity and its rate, and the whole one of the two where they are a read and
    its multiplier, whose product is the demand (``3.1 | 40 | 124.0``). Money has two places, and so may a demand have: on
    the line of no charge a multiplier stands behind its read, a rate behind its quantity.
    """
    number = token.number
    if number is None or number.unit is not None or number.decimals > MONEY_DECIMALS:
        return ()
    others = [t for t in sight.tokens.on(token.segment) if t.number is not None and t is not token]
    pairs = [
        (one, other)
        for one, other in combinations(others, 2)
        if 1 not in (one.value, other.value) and abs(one.value * other.value - token.value) <= CENT
    ]
    if not pairs:
        return ()
    whole = tuple(t for pair in pairs for t in pair if is_count(t) and t.number is not None and t.number.unit is None)
    read_first = all(not is_count(one) and is_count(other) for one, other in pairs)
    if (
        (token.page, token.row) in charged
        or not all(is_measure(one) for pair in pairs for one in pair)
        or (number.decimals == MONEY_DECIMALS and not read_first)
    ):
        return (token,)
    return whole


def _along(sight: Sight, label: Label) -> Iterator[Token]:
    """Yield the numbers after a label on its line, up to the next label that names something else."""
    row = sight.row(label.segment.page, label.segment.row)
    for segment in row.segments[label.segment.index :] if row else ():
        powers = any(t.number is not None and t.number.unit in POWER_UNITS for t in sight.tokens.within(segment))
        if (
            segment is not label.segment
            and not powers
            and any(other.start == 0 and other.weight > 0.5 for other in sight.labels.within(segment))
        ):
            return
        if segment is not label.segment and is_prose(segment):
            return
        for token in sight.tokens.within(segment):
            if segment is label.segment and (token.start >= label.end or _leads(token)):
                yield token
            elif segment is not label.segment:
                if _leads(token) and not _before_label(sight, token):
                    return
                yield token


def _charged_for(along: Sequence[Token], charged: set[tuple[int, int]]) -> Sequence[Token]:
    """Return the numbers of a charge without those of the next lane: behind a power with its unit and its amount stand others."""
    power = next((at for at, t in enumerate(along) if t.number is not None and t.number.unit in POWER_UNITS), None)
    if power is None or (along[power].page, along[power].row) not in charged:
        return along
    end = next((at for at in range(power, len(along)) if is_money(along[at])), len(along))
    return along[:end]


def _of_the_past(sight: Sight, token: Token) -> bool:
    """Tell whether a number stands under a head that names another month, in a table that compares this one with it."""
    for index in range(token.row - 1, max(token.row - 1 - COMPARED_ROWS, -1), -1):
        row = sight.row(token.page, index)
        heads = [s for s in row.segments if not any(c.isdigit() for c in s.text)] if row else []
        past = [s for s in heads if any(sight.lexicon.means(s.text, one) for one in ("last_month", "last_year"))]
        if past and any(sight.lexicon.means(s.text, "this_month") for s in heads if s not in past):
            return any(overlap(s.box, token.box) > 0 for s in past)
    return False


def _leads(token: Token) -> bool:
    """Tell whether a number begins its text and what it counts follows it (``31 Days in billing cycle``)."""
    behind = token.segment.text[token.start + len(token.text) :].split()
    return token.start == 0 and sum(word[0].isalpha() for word in behind) >= NAME_WORDS_MIN


def _before_label(sight: Sight, token: Token) -> bool:
    """Tell whether another fact's label follows a number in its text, its value right of it (``18.6 Power Factor | 91%``)."""
    row = sight.row(token.page, token.row)
    right = row.segments[token.segment.index + 1 : token.segment.index + 2] if row else ()
    named = any(one.concept in FACTORS and one.start >= token.end for one in sight.labels.within(token.segment))
    return named and any(s.text[:1].isdigit() for s in right)


def _foreign(sight: Sight, label: Label) -> bool:
    """Tell whether the label's words speak of the past, of an agreed power or of a share of a grid's capacity."""
    concepts = {other.concept for other in sight.labels.within(label.segment)}
    if unit_of(label.segment.text[label.start : label.end]) is not None:
        # A bare unit says what the words before it on its line name ("Sanctioned load   HP: 0   KW: 3").
        row = label.segment.row
        concepts |= {o.concept for o in sight.labels.on(label.segment.page, row) if o.box.left < label.box.left}
        if not label.start and not label.segment.index:
            # Alone before its number it goes on with the line above ("Sanct load   HP   0" over "KW   3").
            concepts |= {o.concept for o in sight.labels.on(label.segment.page, row - 1) if not o.start} & {
                "subscribed"
            }
    above = sight.row(label.segment.page, label.segment.row - 1)
    for over in above.segments if above is not None else ():
        if overlap(over.box, label.segment.box) > 0:  # the first line of a head of two ("Connected" over "Load KW")
            concepts |= name_text(f"{over.text} {label.segment.text}", sight.lexicon) & {"subscribed"}
    return bool(concepts & {"history", "subscribed"}) or sight.lexicon.means(
        label.segment.text, "other_demand", "last_year", "last_month"
    )
