"""Usage: how much of each commodity this bill charges for, proposed by meters, labels and charges together."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import UsageKind
from services.parser.understand.fields.calendar import LISTED_MIN
from services.parser.understand.fields.context import Context, commodity_in, fuel_before
from services.parser.understand.fields.guess import Guess, combine
from services.parser.understand.fields.spans import run_with
from services.parser.understand.fields.unit_words import defines
from services.parser.understand.layout.columns import Column
from services.parser.understand.layout.heads import truest_under
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.neighbours import on_scale, values_for
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.agreement import raised
from services.parser.understand.metering.registers import (
    MeterRead,
    is_bare,
    is_quantity,
    kind_of,
    may_be_exact_use,
    may_be_use,
    meter_total,
    sum_of,
    unit_in,
)  # fmt: skip
from services.parser.understand.metering.voices import (
    METER_SCORE,
    Amount,
    made_of,
    of_all_meters,
    rounded_or_lost,
    settle,
    voices_of,
)
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF, ENERGY_UNITS, POWER_UNITS, USAGE_UNITS

LABEL_SCORE, CHARGE_SCORE, HISTORY_SCORE = 0.85, 0.45, 0.35
NAMED_CHARGE_SCORE, HEADED_CHARGE_SCORE = 0.5, 0.47
"""The one priced quantity of a fuel, on a line that names it beside those of others."""
REPEATED_SCORE = 0.5
"""The one quantity of a fuel, priced on several lines."""
SUM_SCORE = 0.6
"""A priced quantity that others make together, as day and night make the whole that a levy is charged on."""
NAMED_BONUS = 0.1
"""What it adds to a priced quantity that its column is headed by the word for use."""
READS_BONUS = 0.15
"""What it adds to a meter's printed usage that its reads make the same."""
READS_SCORE = 0.7
"""What reads make, printed nowhere: they are rounded, and one misread digit makes another usage."""
NOT_THIS_USE = frozenset(
    ["average_daily", "average_cost", "temperature", "history", "reactive", "demand", "load_factor", "subscribed"]
)
"""Words on a label's line that make its number an average, one of the past or a power, not what this bill used."""
TOTAL_SCORE_MIN = 0.42
"""A single weak mention is no usage of this bill."""
COLUMN_LINES_MIN = 3
LISTED_STEP, COMPARED_WORDS = 3, 3
"""Dated lines of the past may stand so many rows apart: each may be followed by others of its own."""
ONE_PERIOD_DAYS = 12
"""The meters of a collective bill are read within so many days."""


@dataclass(frozen=True, slots=True)
class Total:
    """The decided usage of one commodity; ``agree`` counts the independent places that print it.

    ``made`` tells that no place prints it: it was made of a meter's reads, at whose token it stands.
    """

    amount: Amount
    token: Token
    score: float
    agree: int
    made: bool = False


def decide(
    sight: Sight, tables: list[Table], context: Context, meters: list[MeterRead], quantities: Iterable[tuple[Token, Decimal]],
    newest: Iterable[tuple[Token, Amount]], unit: Unit | None,
) -> list[Total]:  # fmt: skip
    """Return the usage of each commodity, the surest value of each; numbers that print no unit count in ``unit``."""
    quantities = list(quantities)
    taken = {(register.page, register.row) for read in meters for register in read.registers}
    taken |= {(token.page, token.row) for token, _ in quantities}
    places: list[tuple[str, Guess[Amount]]] = []
    places += _of_meters(sight, context, meters, unit)
    places += [("label", guess) for guess in _of_labels(sight, tables, context, unit, taken)]
    places += [("label", guess) for guess in _of_columns(tables, context)]
    if len(meters) == 1 or all(meter_total(read)[0] for read in meters):
        # Where one of several meters is not known, what is priced may be that one's alone.
        places += [("charge", guess) for guess in _of_charges(sight, tables, context, quantities, unit)]
    places += [("history", Guess(amount, token, HISTORY_SCORE)) for token, amount in newest]
    totals = []
    for commodity in Commodity:
        mine = [(kind, guess) for kind, guess in places if guess.value.commodity is commodity]
        ranked = combine(guess for _, guess in mine)
        ranked = [guess for guess in ranked if any(kind != "history" for kind, g in mine if g.value == guess.value)]
        if not ranked:
            continue
        billed = [
            token
            for token, _ in quantities
            if token.number
            and (
                token.number.unit is None
                or (
                    token.number.unit in USAGE_UNITS
                    and context.unit_commodity(token.number.unit, token.page, token.row) is commodity
                )
            )
        ]
        first = of_all_meters(mine, _billed(ranked), {sum_of(read) for read in meters})
        proved = any(kind == "meter" and g.value == first.value and g.score > METER_SCORE for kind, g in mine)
        best = settle(first, ranked, voices_of(mine, billed), billed, proved=proved)
        if best is None:
            continue
        kinds = {kind for kind, guess in mine if guess.value == best.value}
        printed = max(
            (g for kind, g in mine if g.value == best.value and kind != "reads"),
            key=lambda guess: guess.score,
            default=None,
        )
        if best.score >= TOTAL_SCORE_MIN:
            token = printed.token if printed else best.token
            totals.append(Total(best.value, token, best.score, len(kinds), made=printed is None))
    return totals


def _billed(ranked: list[Guess[Amount]]) -> Guess[Amount]:
    """Return the best guess, energy before the volume it was made of where both are well attested."""
    best = ranked[0]
    if best.value.unit not in ENERGY_UNITS:
        energy = next((guess for guess in ranked if guess.value.unit in ENERGY_UNITS and guess.score >= 0.55), None)
        return energy or best
    return best


def _of_meters(
    sight: Sight, context: Context, meters: list[MeterRead], unit: Unit | None
) -> Iterator[tuple[str, Guess[Amount]]]:
    """Yield the sum of the meters of each commodity and unit, and whether meters print it or reads make it."""
    sums: dict[tuple[Commodity, Unit], list[tuple[Decimal, Token, bool, bool, bool]]] = {}
    for read in meters:
        registers, own = meter_total(read)
        if any(register.factor is not None and register.usage is None for register in registers):
            continue
        values = [value for register in registers if (value := register.value) is not None]
        tokens = [register.usage or register.current for register in registers]
        if not values or tokens[0] is None:
            continue
        real = own or _unit_at(sight, context, read, unit)
        if real is None or real in POWER_UNITS:
            continue
        commodity = commodity_of_meter(context, read, real)
        if commodity is None:
            continue
        agrees = all(
            r.usage is not None and r.advance is not None and (abs(r.advance - r.usage.value) <= 1 or raised(sight, r))
            for r in registers
        )
        printed = any(register.usage is not None for register in registers)
        sums.setdefault((commodity, real), []).append(
            (sum(values, Decimal(0)), tokens[0], agrees, printed, own is not None)
        )
    for (commodity, real), listed in sums.items():
        value = sum((one[0] for one in listed), Decimal(0))
        printed = any(one[3] for one in listed)
        # Meters that print no unit may be of other services: nothing proves that their uses belong together.
        proved = all(one[2] for one in listed) and (len(listed) == 1 or all(one[4] for one in listed))
        score = METER_SCORE + (READS_BONUS if proved else 0.0) if printed else READS_SCORE
        yield "meter" if printed else "reads", Guess(Amount(value.normalize(), real, commodity), listed[0][1], score)


def _unit_at(sight: Sight, context: Context, read: MeterRead, unit: Unit | None) -> Unit | None:
    """Return the unit of a meter that prints none: the document's, or under the heading of another service that one's."""
    here = read.commodity or context.heading_at(read.page, read.registers[0].row)
    if here is None or (unit is not None and COMMODITY_OF.get(unit, here) is here):
        return unit
    if here is Commodity.ELECTRICITY:
        return Unit.KWH
    told = [
        (said, segment.text)
        for segment in sight.segments
        if not is_prose(segment) and (said := unit_in(segment.text)) in USAGE_UNITS
    ]
    named = {said for said, text in told if commodity_in(sight, text) is here}
    spoken = named if len(named) == 1 else {said for said, _ in told}
    fitting = [one for one in spoken if one is not None and COMMODITY_OF.get(one, here) is here]
    return fitting[0] if len(fitting) == 1 else None


def commodity_of_meter(context: Context, read: MeterRead, unit: Unit | None) -> Commodity | None:
    """Return what a meter measures: a meter whose volume is converted to energy measures gas."""
    if read.commodity is not None:
        return read.commodity
    if any(register.factor is not None for register in read.registers) and unit in ENERGY_UNITS:
        return Commodity.GAS
    return context.unit_commodity(unit, read.page, read.registers[0].row)


def _of_labels(
    sight: Sight, tables: list[Table], context: Context, unit: Unit | None, taken: set[tuple[int, int]]
) -> Iterator[Guess[Amount]]:
    history_rows = _history_rows(tables) | taken
    for label in sight.labels.of("usage"):
        place = (label.segment.page, label.segment.row)
        if is_prose(label.segment) and label.segment.text[: label.start].count(" ") > 6:
            continue
        if place in history_rows or _averaged(sight, label) or _own_unit(sight, label):
            continue
        named_unit = unit_in(label.segment.text)
        exact = named_unit in USAGE_UNITS and " " in label.text and sight.signs_money
        for rank, found in enumerate(values_for(sight, label, may_be_exact_use if exact else may_be_use)):
            token = found.token
            if (token.page, token.row) in history_rows or defines(token) or _is_no_whole(sight, token):
                continue
            if found.place == "below" and on_scale(sight, token):
                continue  # the title of a chart names no number of its axis
            number = token.number
            real = (number.unit if number else None) or named_unit or unit
            if real is None and _names_electricity(sight, label):
                real = Unit.KWH
            if real is None or real not in USAGE_UNITS or number is None:
                continue
            commodity = fuel_before(sight, token) or context.unit_commodity(real, token.page, token.row)
            if commodity is None:
                continue
            sure = 1.0 if number.unit else 0.75 if named_unit else 0.6
            several = _followers(sight, label, token)
            score = LABEL_SCORE * found.score * sure * (0.8 if rank else 1.0) * (0.5 if several else 1.0)
            own = "" if token.segment is label.segment else token.segment.text[: token.start]
            if any(kind_of(sight, words) is not UsageKind.TOTAL for words in (label.segment.text, own)):
                score *= 0.5
            yield Guess(Amount(number.value.normalize(), real, commodity), token, score)
    yield from _quantities_alone(sight, context, history_rows)


def _of_columns(tables: list[Table], context: Context) -> Iterator[Guess[Amount]]:
    """Yield the sum that closes a column of quantities of one period: a line an account, a building or a meter."""
    for table in tables:
        if table.columns_of("month_column"):
            continue
        for index, column in enumerate(table.columns):
            unit = unit_in(column.text)
            tokens = [t for line in table.body for t in truest_under(line, index, column, is_bare)]
            if unit not in USAGE_UNITS or unit is None or len(tokens) < COLUMN_LINES_MIN:
                continue
            if _several_periods(line for line in table.body if any(map(is_bare, line.cells.get(index, ())))):
                continue
            last = _closing_sum(tokens)
            commodity = context.unit_commodity(unit, table.page, last.row) if last is not None else None
            if commodity is not None and last is not None:
                yield Guess(Amount(last.value.normalize(), unit, commodity), last, LABEL_SCORE)


def _closing_sum(tokens: list[Token]) -> Token | None:
    """Return the first number of a column that is the sum of all before it; what follows is another list."""
    running, parts = Decimal(0), 0
    for token in tokens:
        if parts > 1 and token.value == running:
            return token
        running += token.value
        parts += token.value > 0
    return None


def _several_periods(lines: Iterable[TableRow]) -> bool:
    """Tell whether the lines of a table end at days far apart, as those of past months do."""
    days = [max(found) for line in lines if (found := [t.day for c in line.cells.values() for t in c if t.day])]
    return bool(days) and (max(days) - min(days)).days > ONE_PERIOD_DAYS


def _quantities_alone(sight: Sight, context: Context, history_rows: set[tuple[int, int]]) -> Iterator[Guess[Amount]]:
    """Yield quantities that a commodity's line names (``Electric Charges 273,400 kWh $61,173.37``, ``you used 45 therms``)."""
    for token in sight.tokens.all():
        if (
            not is_quantity(token)
            or defines(token)
            or _is_no_whole(sight, token)
            or (token.page, token.row) in history_rows
            or token.number is None
            or token.number.unit is None
        ):
            continue
        before, after = token.segment.text[: token.start].lower(), token.segment.text[token.end :].lower()
        labels = sight.labels.on(token.page, token.row)
        commodity = context.unit_commodity(token.number.unit, token.page, token.row)
        if commodity is None:
            continue
        amount = Amount(token.value.normalize(), token.number.unit, commodity)
        if re.search(
            r"\b(?:you(?:'ve| have)? used|used|consommé|verbraucht|ha consumido|consumato)\s*:?\s*$", before
        ) or (re.match(r"\s*(?:used|consumed)\b", after) and not is_prose(token.segment)):
            yield Guess(amount, token, 0.6)
        elif any(label.concept == "commodity_cost" for label in labels) and not is_prose(token.segment):
            yield Guess(amount, token, 0.5)


def _is_no_whole(sight: Sight, token: Token) -> bool:
    """Tell whether words beside a number make it no whole use.

    It is how much more or less was used than elsewhere (``3 m³ more than in May``), or a part with a price of its own
    (``Usage, first 1,900 MJ``).
    """
    words = " ".join(token.segment.text[token.end :].split()[:COMPARED_WORDS])
    before = " ".join(token.segment.text[: token.start].split()[-2:])
    return sight.lexicon.means(words, "compared") or sight.lexicon.means(before, "block_of_use")


def _own_unit(sight: Sight, label: Label) -> bool:
    """Tell whether the label is only the unit that a number before it prints, or what something is for (``g CO2/kWh``)."""
    return label.segment.text[: label.start].endswith("/") or any(
        token.start <= label.start < token.end for token in sight.tokens.within(label.segment)
    )


def _averaged(sight: Sight, label: Label) -> bool:
    """Tell whether other words of the label's line make it an average, a history or a price."""
    concepts = {other.concept for other in sight.labels.within(label.segment)}
    words = sight.lexicon.means(label.segment.text, "per_day", "average", "last_year", "of_a_year", "neighbours")
    return words or bool(concepts & NOT_THIS_USE)


def _followers(sight: Sight, label: Label, token: Token) -> bool:
    """Tell whether more bare numbers follow on the row: a comparison of months rather than one value."""
    after = [
        t
        for t in sight.tokens.on(token.segment)
        if t.box.left > token.box.right and t.segment is not token.segment and is_bare(t)
    ]
    return bool(after) and token.row == label.segment.row and token.number is not None and token.number.unit is None


def _history_rows(tables: list[Table]) -> set[tuple[int, int]]:
    """Return the rows of tables that list several dated lines, and of their heads."""
    rows: set[tuple[int, int]] = set()
    for table in tables:
        for index in range(len(table.columns)):
            dated = [line.row.index for line in table.body if any(t.when for t in line.cells.get(index, ()))]
            listed = [row for row in dated if len(run_with(row, dated, LISTED_STEP)) >= LISTED_MIN]
            rows.update((table.page, row) for row in listed)
            rows.update((table.page, row) for row in table.header if listed)
    return rows


def _names_electricity(sight: Sight, label: Label) -> bool:
    """Tell whether the words before a label on its line name electricity, which is counted in kilowatt-hours."""
    row = sight.row(label.segment.page, label.segment.row)
    words = [s.text for s in row.segments if s.box.left < label.box.left] if row else []
    return commodity_in(sight, " ".join(words)) is Commodity.ELECTRICITY


def _of_charges(
    sight: Sight, tables: list[Table], context: Context, quantities: Iterable[tuple[Token, Decimal]], unit: Unit | None
) -> Iterator[Guess[Amount]]:
    """Yield what the priced lines bill: the quantity that stands most often, and the sum of tiers."""
    seen: dict[Amount, list[tuple[Token, bool]]] = {}
    for token, _ in quantities:
        own = token.number.unit if token.number else None
        column = _column_of(tables, token)
        headed = column is not None and "usage" in column.concepts
        real = own or (unit_in(column.text) if column is not None else None) or (unit if headed else None)
        if real not in USAGE_UNITS or real is None:
            continue
        commodity = fuel_before(sight, token) or context.unit_commodity(real, token.page, token.row)
        if commodity is not None:
            seen.setdefault(Amount(token.value.normalize(), real, commodity), []).append((token, headed))
    for amount, listed in seen.items():
        token, headed = listed[0]
        alike = {one.value for one in seen if one.unit is amount.unit and one.commodity is amount.commodity}
        if made_of(amount.value, alike - {amount.value}):
            yield Guess(amount, token, SUM_SCORE)
        elif len(listed) >= 2 and all(rounded_or_lost(value, amount.value) for value in alike):
            yield Guess(amount, token, REPEATED_SCORE + (NAMED_BONUS if headed else 0.0))
        elif len(alike) == 1 and ((token.number and token.number.unit) or fuel_before(sight, token) is not None):
            yield Guess(amount, token, NAMED_CHARGE_SCORE + (NAMED_BONUS if headed else 0.0))
        elif len(listed) >= 2 or len(seen) == 1:
            yield Guess(amount, token, CHARGE_SCORE + (NAMED_BONUS if headed else 0.0))
        elif len(alike) == 1 and context.heading_at(token.page, token.row) is amount.commodity:
            yield Guess(amount, token, HEADED_CHARGE_SCORE)


def _column_of(tables: list[Table], token: Token) -> Column | None:
    for table in tables:
        for line in table.body if table.page == token.page else ():
            for index, cell in line.cells.items():
                if token in cell:
                    return table.columns[index]
    return None
