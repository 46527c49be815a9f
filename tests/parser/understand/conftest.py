"""Pages made by hand: words set at places, as a text layer would give them."""

from collections.abc import Callable

import pytest

from domain.evidence import Box, Method
from services.parser.page import Document, Page, Shape, Word

LETTER_POINTS = 5.0
TYPE_POINTS = 10.0


class Sheet:
    """A page to write on: each text is set at a left edge and a height, one letter five points wide."""

    def __init__(self, width: float = 612.0, height: float = 792.0) -> None:
        self.width, self.height = width, height
        self.words: list[Word] = []
        self.shapes: list[Shape] = []

    def put(self, left: float, top: float, text: str, *, size: float = TYPE_POINTS, confidence: float = 1.0) -> "Sheet":
        """Set a text, its words parted by one blank."""
        letter = LETTER_POINTS * size / TYPE_POINTS
        at = left
        for word in text.split(" "):
            if word:
                box = Box(at, top, at + letter * len(word), top + size)
                self.words.append(Word(word, box, confidence, size))
            at += letter * (len(word) + 0.7)
        return self

    def right(self, edge: float, top: float, text: str, **how: float) -> "Sheet":
        """Set a text that ends at an edge."""
        size = how.get("size", TYPE_POINTS)
        letters = sum(len(word) for word in text.split(" ")) + 0.7 * text.count(" ")
        return self.put(edge - LETTER_POINTS * size / TYPE_POINTS * letters, top, text, **how)

    def rows(
        self, top: float, *lines: tuple[str, str], left: float = 50.0, edge: float = 400.0, step: float = 14.0
    ) -> float:
        """Set labels at the left and values that end at an edge, line by line; return the height after the last."""
        for label, value in lines:
            self.put(left, top, label)
            if value:
                self.right(edge, top, value)
            top += step
        return top

    def bar(self, left: float, top: float, right: float, bottom: float, colour: int = 0x3366AA) -> "Sheet":
        """Draw a filled rectangle."""
        self.shapes.append(Shape(Box(left, top, right, bottom), colour, stroke=False))
        return self

    def page(self, number: int = 1, method: Method = Method.TEXT_LAYER) -> Page:
        """Return the page as seen."""
        return Page(number, self.width, self.height, tuple(self.words), method, tuple(self.shapes))


def document(*sheets: Sheet, method: Method = Method.TEXT_LAYER) -> Document:
    """Return a document of the sheets."""
    return Document(tuple(sheet.page(i, method) for i, sheet in enumerate(sheets, start=1)), "test-1")


@pytest.fixture
def bill() -> Callable[..., Sheet]:
    """A plain electric bill that can be changed: labels by synonyms, values, places, sizes."""
    return plain_bill


def headed(*, name: str = "Harbor Utility Company", owed: str = "Amount Due", due: str = "$105.00") -> Sheet:
    """Return the head of a bill: who, when, what is owed."""
    sheet = Sheet()
    sheet.put(50, 30, name, size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Due Date:", "Apr 8, 2024"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), (owed, due),
    )  # fmt: skip
    return sheet


def plain_bill(
    *, dx: float = 0.0, dy: float = 0.0, due: str = "Amount Due", account: str = "Account Number", total: str = "$128.50",
    usage: str = "620 kWh", previous: str = "12,380", new: str = "Total Current Charges", energy: str = "93.00",
) -> Sheet:  # fmt: skip
    """Return the page of a plain electric bill: summary, charges, one meter."""
    sheet = Sheet()
    sheet.put(50 + dx, 30 + dy, "Harbor Electric Company", size=16)
    sheet.rows(
        70 + dy,
        (f"{account}:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Due Date:", "Apr 8, 2024"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), (due, total),
        left=50 + dx, edge=400 + dx,
    )  # fmt: skip
    sheet.rows(
        180 + dy,
        ("Previous Balance", "$101.20"), ("Payment Received Mar 1, 2024", "-$101.20"), ("New Charges", "$128.50"),
        left=50 + dx, edge=400 + dx,
    )  # fmt: skip
    for at, head in (
        (50, "Meter Number"),
        (150, "Current Reading"),
        (250, "Previous Reading"),
        (350, "Multiplier"),
        (420, "Usage"),
    ):
        sheet.put(at + dx, 260 + dy, head)
    for at, value in ((50, "88412207"), (150, "13,000"), (250, previous), (350, "1"), (420, usage)):
        sheet.put(at + dx, 274 + dy, value)
    sheet.rows(
        320 + dy,
        ("Customer Charge", "12.00"), ("Energy Charge 620 kWh x $0.15", energy), ("Distribution Charge", "15.50"),
        ("Sales Tax", "8.00"), (new, "$128.50"),
        left=50 + dx, edge=400 + dx,
    )  # fmt: skip
    sheet.put(50 + dx, 420 + dy, "Please pay your bill by the due date and thank you for being our customer.")
    return sheet
