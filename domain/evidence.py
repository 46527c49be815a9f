"""Evidence: where on the page a value was seen, and how far it is believed.

Boxes and confidences are geometry and statistics, so this is the one module of the room that holds ``float``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")
CONFIDENCE_MIN, CONFIDENCE_MAX = 0.0, 1.0
CONFIDENCE_FAIR = 0.9
"""A value believed less is a doubt, which a person should look at; `make bench-read` prints how often such values are right."""


class Method(StrEnum):
    """How a value came off the page."""

    TEXT_LAYER = "text_layer"
    OCR = "ocr"
    CHART_VECTOR = "chart_vector"
    CHART_PIXELS = "chart_pixels"
    DERIVED = "derived"
    """Follows from other values of the same bill (a currency from its symbol, a year from the statement date)."""
    PERSON = "person"
    """A person corrected it; text and box are those of what was read, where anything was."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page [points, 1/72 inch], origin top-left, y downwards."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen: the printed text, its page (from 1), its box, how sure we are in [0, 1], and by which method."""

    text: str
    page: int
    box: Box | None
    confidence: float
    method: Method

    def __post_init__(self) -> None:
        """Refuse pages before the first and confidences that are no share.

        Raises:
            ValueError: page below 1, or confidence outside [0, 1].
        """
        if self.page < 1:
            raise ValueError(f"pages count from 1, not {self.page}")
        if not CONFIDENCE_MIN <= self.confidence <= CONFIDENCE_MAX:
            raise ValueError(f"a confidence lies in [0, 1], not {self.confidence}")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """One value read from a bill together with its evidence."""

    value: T
    evidence: Evidence
