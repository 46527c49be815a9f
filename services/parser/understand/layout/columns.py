"""Columns: what the head of a column names, by its own words and by the heads beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.evidence import Box
from services.parser.understand.layout.labels import Label
from services.parser.understand.layout.rows import Segment
from services.parser.understand.lexicon import squeeze
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import CURRENCY_PATTERN, UNIT_PATTERN, unit_of

HEAD_CONCEPTS = frozenset(
    {
        "usage", "previous_read", "current_read", "difference", "multiplier", "therm_factor", "meter_number", "days", "period",
        "period_start", "period_end", "read_date", "month_column", "rate_column", "quantity", "amount", "description",
        "demand", "read_type", "unit_column", "tariff", "statement_date", "temperature", "average_daily", "reactive",
        "load_factor", "power_factor", "service_point", "average_cost", "season", "commodity_cost", "new_charges", "due_date",
        "amount_due", "previous_balance", "payments", "balance_forward", "account", "invoice", "customer", "late_amount",
        "next_read", "adjustments", "supplier",
    }
)  # fmt: skip
"""What the head of a column may name."""

MEASURED = frozenset({"previous_read", "current_read", "usage", "difference", "quantity"})
UNIT_GAP_HEIGHTS = 0.45
"""A blank within a head is so wide at most [heights of type]; heads of two columns stand further apart."""
_PRICE = re.compile(
    rf"(?:^|\W)(?:{CURRENCY_PATTERN}|pence|cents?|ct|p|c)\s?(?:/|per)\s?(?:{UNIT_PATTERN})\W*$", re.IGNORECASE
)
"""A head that ends so heads prices (``Pence / kWh``, ``£ / m³``)."""
_MONEY = re.compile(rf"\W?(?:{CURRENCY_PATTERN})\W?", re.IGNORECASE)
READS = frozenset({"previous_read", "current_read"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head: its whole text, what it may name, and where it stands."""

    text: str
    concepts: frozenset[str]
    box: Box


def of_reads(sight: Sight, column: Column, others: Sequence[Column]) -> Column:
    """Return a column named as a read where its head says only which one, beside the head of the other (``Ending``).

    The other says that it is a read and which one; a bare ``Reading`` may be what two others make.
    """
    if column.concepts & HEAD_CONCEPTS or len(column.text.split()) != 1:
        return column
    named = _which(sight, column)
    wanted = READS - named
    beside = any(other.concepts & wanted and not other.concepts & named and " " in other.text for other in others)
    # "Start" and "End" over the numbers of meters say it of each other.
    metered = any("meter_number" in other.concepts for other in others)
    beside = beside or (metered and any(_which(sight, one) == wanted for one in others if len(one.text.split()) == 1))
    return replace(column, concepts=named) if len(named) == 1 and beside else column


def _which(sight: Sight, column: Column) -> frozenset[str]:
    """Return which reading a head of one word names if it is one of a reading."""
    whole = squeeze(f"{column.text} reading")
    return READS & {phrase.concept for phrase in sight.lexicon.phrases_at(whole, 0) if phrase.squeezed == whole}


def of_money(sight: Sight, column: Column) -> Column:
    """Return a column whose head tells a price by its units as one of prices, and one under a bare currency as one of amounts.

    A use of one day is an average.
    """
    if column.concepts == {"usage"} and any(sight.lexicon.means(column.text, one) for one in ("per_day", "average")):
        return replace(column, concepts=frozenset({"average_daily"}))
    if _PRICE.search(column.text):
        return replace(column, concepts=frozenset({"rate_column"}))
    return replace(column, concepts=frozenset({"amount"})) if _MONEY.fullmatch(column.text) else column


def unit_of_head(segment: Segment, head: Label, label: Label) -> bool:
    """Tell whether a bare unit stands one blank behind the head of another number (``Opening m³``)."""
    apart = label.box.left - head.box.right
    return (
        unit_of(label.text) is not None and head.concept in MEASURED and 0 < apart < UNIT_GAP_HEIGHTS * segment.height
    )
