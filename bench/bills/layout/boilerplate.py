"""Text that every bill carries and no reader should take numbers from: messages, adverts, glossary, contacts."""

from decimal import Decimal
from random import Random

from bench.bills.model.bill import cents
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE
from bench.bills.paper.tables import Column, heading, paragraph, table


def messages(press: Press, frame: Frame) -> None:
    """Two or three paragraphs to the customer."""
    heading(press, frame, press.titled("messages"))
    texts = press.words.prose("messages")
    first = press.pick("first message", range(len(texts)))
    for index in range(press.pick("message count", (2, 3))):
        paragraph(press, frame, texts[(first + index) % len(texts)], press.style.size - 0.5)
    frame.y += 6


def autopay(press: Press, frame: Frame) -> None:
    """A sentence with the due date and the amount due in it, for those who pay by direct debit."""
    bill, formats = press.bill, press.formats
    for text in press.words.prose("autopay"):
        paragraph(press, frame, text.format(due=formats.date(bill.due_date), amount=formats.money(bill.amount_due)))
    frame.y += 4


def forecast(press: Press, frame: Frame) -> None:
    """A sentence with amounts of money that are none of this bill's: what the next one may be, what a past one was."""
    bill, formats = press.bill, press.formats
    near, far = cents(bill.new_charges * Decimal("1.04")), cents(bill.new_charges * Decimal("0.91"))
    for text in press.words.prose("forecast"):
        paragraph(press, frame, text.format(next=formats.money(near), past=formats.money(far)))
    frame.y += 4


def rates(press: Press, frame: Frame) -> None:
    """A price list by blocks of usage: quantities and rates, none of them billed as such."""
    heading(press, frame, press.label("rate"))
    formats, unit = press.formats, press.bill.main.unit
    rng = Random(f"{press.family}/rates")
    start, price, rows = 0, Decimal(rng.randrange(80, 140)), []
    for width in (100, 200, 300, 400):
        span = f"{start + 1} - {start + width}"
        rows.append([f"{span} {formats.unit(unit)}", formats.number(price / 1000, places=4)])
        start, price = start + width, price * Decimal("1.25")
    columns = [Column(press.words.label("usage"), stretch=True), Column(press.words.label("rate"), "right")]
    inner = Frame(frame.x, frame.y, min(frame.width, 190.0), frame.bottom)
    table(press, inner, columns, rows, size=press.style.size - 1)
    frame.y = inner.y + 6


def advert(press: Press, frame: Frame) -> None:
    """A framed advert with amounts in it."""
    text = press.pick("advert", press.words.prose("adverts"))
    size = press.style.size
    lines = press.sheet.wrapped(text, size, frame.width - 20)
    height = len(lines) * size * 1.3 + 18
    press.sheet.box(frame.x, frame.y, frame.width, height, fill=press.style.tint, stroke=press.style.accent, radius=5)
    for index, line in enumerate(lines):
        press.sheet.text(frame.x + 10, frame.y + 10 + size * (0.9 + 1.3 * index), line, size)
    frame.y += height + 10


def glossary(press: Press, frame: Frame) -> None:
    """Definitions, with numbers that are none of the bill's."""
    heading(press, frame, press.titled("glossary"))
    for text in press.words.prose("glossary"):
        paragraph(press, frame, text, press.style.size - 1)
    frame.y += 6


def payment(press: Press, frame: Frame) -> None:
    """Ways to pay."""
    heading(press, frame, press.titled("payment"))
    for text in press.words.prose("payment"):
        paragraph(press, frame, f"- {text}", press.style.size - 1)
    frame.y += 6


def contact(press: Press, frame: Frame) -> None:
    """Telephone numbers and addresses."""
    bill, size = press.bill, press.style.size
    heading(press, frame, press.titled("contact"))
    rows = ((press.label("phone"), bill.utility.phone), (press.label("outage"), bill.utility.phone[:-1] + "9"))
    for label, text in rows:
        frame.y += size * 1.3
        press.sheet.text(frame.x, frame.y, label, size - 1, face="bold")
        frame.y += size * 1.2
        press.sheet.text(frame.x, frame.y, text, size - 0.5)
    for line in (bill.utility.web, *bill.utility.address):
        frame.y += size * 1.3
        press.sheet.text(frame.x, frame.y, line, size - 1)
    frame.y += 12


def supplier(press: Press, frame: Frame) -> None:
    """Who supplies the energy, where that is not the sender."""
    pair = press.identity("supplier")
    if pair is None:
        return
    size = press.style.size
    press.sheet.box(frame.x, frame.y, frame.width, size * 2, fill=0x444444, stroke=None)
    press.sheet.text(frame.x + 6, frame.y + size * 1.35, f"{pair[0]}: {pair[1]}", size, colour=WHITE)
    frame.y += size * 2 + 8


def space(press: Press, frame: Frame) -> None:
    """Nothing."""
    frame.y += 24


BLOCKS = {
    "messages": messages,
    "autopay": autopay,
    "forecast": forecast,
    "rates": rates,
    "advert": advert,
    "glossary": glossary,
    "payment": payment,
    "contact": contact,
    "supplier": supplier,
    "space": space,
}
