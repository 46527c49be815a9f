"""What every block needs to print: the bill, the family's words and habits, the sheet, and the record of what was printed.

Truth is made from that record alone, so a truth file never claims a value that no block put on the page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from bench.bills.model.bill import Bill, Charge, cents
from bench.bills.paper.sheet import A4, LEGAL, LETTER, Sheet
from bench.bills.wording.formats import Formats
from bench.bills.wording.words import Words

T = TypeVar("T")
PAPERS = {"letter": LETTER, "a4": A4, "legal": LEGAL, "landscape": (792.0, 612.0), "slip": (396.0, 792.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A family's looks. The fields are the vocabulary of the families' ``style`` tables."""

    typeface: str = "helvetica"
    size: float = 9.0
    accent: int = 0x1F4E79
    tint: int = 0xE6EEF5
    inking: str = "run"
    paper: str = ""
    margin: float = 40.0
    colon: bool = False
    capitals: bool = False
    look: str = "lines"
    """How tables are ruled: ``plain``, ``lines``, ``ruled``, ``zebra`` or ``header``."""
    subtotals: bool = True
    bars: int = 0x3B78B5


@dataclass(slots=True)
class Frame:
    """Where a block may print: it starts at ``y``, is ``width`` wide, and moves ``y`` down as it prints [points]."""

    x: float
    y: float
    width: float
    bottom: float

    @property
    def right(self) -> float:
        """The right edge [points]."""
        return self.x + self.width


@dataclass(slots=True)
class Press:
    """One bill on its way to paper."""

    bill: Bill
    family: str
    style: Style
    words: Words
    formats: Formats
    sheet: Sheet
    shows: frozenset[str] = frozenset()
    """The head's fields that the family prints anywhere; coupons repeat no others."""
    pages: int = 1
    forms: Mapping[str, str] = field(default_factory=dict)
    printed: dict[str, list[str]] = field(default_factory=dict)

    def scratch(self) -> "Press":
        """Return a press with a sheet of its own, to measure on; what it prints is not recorded here."""
        size = (self.sheet.width, self.sheet.height)
        sheet = Sheet(size, self.style.typeface, "", inking="run")
        return replace(self, sheet=sheet, printed={})

    def pick(self, key: str, options: Sequence[T]) -> T:
        """Choose once for the family, the same on every bill of it."""
        return Random(f"{self.family}/{key}").choice(list(options))

    def mark(self, key: str, text: str) -> str:
        """Record that a value of the truth was printed, and return its text."""
        self.printed.setdefault(key, []).append(text)
        return text

    def label(self, key: str) -> str:
        """Return the family's label of a field."""
        return self.cased(self.words.label(key))

    def filled(self, key: str, **values: object) -> str:
        """Return a label whose braces are filled."""
        return self.cased(self.words.label(key).format(**values))

    def titled(self, key: str) -> str:
        """Return the family's title of a block."""
        return self.cased(self.words.title(key))

    def cased(self, text: str) -> str:
        """Capitalise where the family does."""
        return text.upper() if self.style.capitals else text

    def coloned(self, text: str) -> str:
        """Add the colon that some families put after labels."""
        return f"{text}:" if self.style.colon else text

    def money(self, key: str, value: Decimal, *, bare: bool = False) -> str:
        """Write an amount and record it."""
        if self.formats.shows_currency() and not bare:
            self.mark("currency", "")
        return self.mark(key, self.formats.money(value, bare=bare))

    def usage_text(self) -> str:
        """Write the main service's usage and record it."""
        service = self.bill.main
        return self.mark(f"{service.commodity}.usage", self.formats.with_unit(service.usage, service.unit))

    def charge_text(self, charge: Charge) -> str:
        """Describe a charge."""
        values = {**charge.values, "unit": self.formats.unit(charge.unit)}
        if charge.percent is not None:
            values["percent"] = self.formats.number(charge.percent)
        if "limit" in values:
            values["limit"] = self.formats.quantity(Decimal(values["limit"]))
        return self.words.charge(charge.concept).format(**values)

    def identity(self, name: str) -> tuple[str, str] | None:
        """Return label and text of a field of the bill's head, or None where this bill has none; records it."""
        bill, formats = self.bill, self.formats
        makers: dict[str, Callable[[], str]] = {
            "account_number": lambda: self.mark("account_number", bill.account_number),
            "invoice_number": lambda: self.mark("invoice_number", bill.invoice_number),
            "statement_date": lambda: self.mark("statement_date", formats.date(bill.statement_date)),
            "due_date": lambda: self.mark("due_date", formats.date(bill.due_date)),
            "period": lambda: self.mark("period", formats.period(bill.first, bill.last)),
            "from": lambda: self.mark("from", formats.date(bill.first)),
            "to": lambda: self.mark("to", formats.date(bill.last)),
            "days": lambda: self.mark("days", str(bill.days)),
            "amount_due": lambda: self.money("total_amount_due", bill.amount_due),
            "usage": self.usage_text,
            "customer": lambda: bill.customer.name,
            "service_address": lambda: ", ".join(bill.customer.address),
            "tariff": lambda: self.mark("tariff", bill.meters[0].tariff),
            "service_point": lambda: bill.meters[0].service_point,
            "next_read": lambda: formats.date(bill.next_read),
            "supplier": lambda: bill.supplier,
            "late": self.late_text,
            "phone": lambda: bill.utility.phone,
        }
        text = makers[name]()
        return (self.label_of(name), text) if text else None

    def label_of(self, name: str) -> str:
        """Return the label of a field of the head."""
        if name == "late":
            return self.filled("late_after", date=self.formats.date(self.bill.due_date))
        return self.label(name)

    def late_text(self) -> str:
        """Write what is due after the due date, or only from when: a trap beside the amount due."""
        if "{date}" in self.words.label("late_after"):
            return self.formats.money(cents(self.bill.amount_due * Decimal("1.015")))
        return self.formats.date(self.bill.due_date + timedelta(days=7))

    def identities(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return the fields that this bill has."""
        return [pair for pair in map(self.identity, names) if pair is not None]


Block = Callable[[Press, Frame], None]


def height_of(press: Press, block: Block, width: float) -> float:
    """Return how tall a block prints at a width [points]."""
    scratch = press.scratch()
    frame = Frame(x=0.0, y=0.0, width=width, bottom=1e6)
    block(scratch, frame)
    return frame.y
