"""The head of a bill as a letter: number and date in its title, sums and days inside sentences."""

from collections.abc import Sequence

from bench.bills.layout.identity import DEFAULT_FIELDS, squeezed
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import paragraph


def filled(press: Press, text: str) -> str:
    """Fill the braces of a sentence with this bill's values, each recorded where it is printed."""
    bill, formats = press.bill, press.formats
    makers = {
        "number": lambda: press.mark("invoice_number", bill.invoice_number),
        "account": lambda: press.mark("account_number", bill.account_number),
        "date": lambda: press.mark("statement_date", formats.date(bill.statement_date)),
        "due": lambda: press.mark("due_date", formats.date(bill.due_date)),
        "first": lambda: press.mark("from", formats.date(bill.first)),
        "last": lambda: press.mark("to", formats.date(bill.last)),
        "amount": lambda: press.money("total_amount_due", bill.amount_due),
        "usage": press.usage_text,
        "customer": lambda: bill.customer.name,
    }
    return text.format(**{name: make() for name, make in makers.items() if f"{{{name}}}" in text})


def title(press: Press, frame: Frame) -> None:
    """Number and date of the bill in one line of larger type, the period under it."""
    for key in ("title", "period"):
        options = press.words.prose(f"letter_{key}")
        size = press.style.size + (3 if key == "title" else 0.5)
        frame.y += size * 1.5
        text = filled(press, press.pick(f"letter {key}", options))
        press.sheet.text(
            frame.x,
            frame.y,
            text,
            squeezed(press, text, size, frame.width),
            face="bold" if key == "title" else "regular",
        )
    frame.y += 10


def body(press: Press, frame: Frame) -> None:
    """Sentences that say what is to be paid and when; a bill with nothing to pay greets only."""
    for key in ("greeting", "body") if press.bill.amount_due >= 0 else ("greeting",):
        text = press.pick(f"letter {key}", press.words.prose(f"letter_{key}"))
        paragraph(press, frame, filled(press, text))
    frame.y += 8


def pairs(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Two labelled values a line, parted by blanks or a stroke."""
    size = press.style.size
    found = press.identities(fields)
    joint = press.pick("pairs joint", ("   ", "  |  ", " - ", " · "))
    for start in range(0, len(found), 2):
        frame.y += size * 1.4
        text = joint.join(f"{label}: {value}" for label, value in found[start : start + 2])
        press.sheet.text(frame.x, frame.y, text, squeezed(press, text, size, frame.width))
    frame.y += 10


BLOCKS = {"letters.title": title, "letters.body": body, "letters.pairs": pairs}
