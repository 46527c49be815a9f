"""Domain values to and from protos.values, in pairs."""

from runtime.wire.readings import outcome_from_proto, outcome_to_proto, reading_from_proto, reading_to_proto
from runtime.wire.values import (
    WITHOUT_EVIDENCE,
    Fields,
    decimal_text,
    money_from_proto,
    money_to_proto,
    period_from_proto,
    period_to_proto,
    quantity_from_proto,
    quantity_to_proto,
    time_from_proto,
    time_to_proto,
)

__all__ = [
    "WITHOUT_EVIDENCE",
    "Fields",
    "decimal_text",
    "money_from_proto",
    "money_to_proto",
    "outcome_from_proto",
    "outcome_to_proto",
    "period_from_proto",
    "period_to_proto",
    "quantity_from_proto",
    "quantity_to_proto",
    "reading_from_proto",
    "reading_to_proto",
    "time_from_proto",
    "time_to_proto",
]
