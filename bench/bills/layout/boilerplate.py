"""Text that every bill carries and no reader should take numbers from: messages, adverts, glossary, contacts."""

from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE
from bench.bills.paper.tables import heading, paragraph


def messages(press: Press, frame: Frame) -> None:
    """Two or three paragraphs to the customer."""
    heading(press, frame, press.titled("messages"))
    texts = press.words.prose("messages")
    first = press.pick("first message", range(len(texts)))
    for index in range(press.pick("message count", (2, 3))):
        paragraph(press, frame, texts[(first + index) % len(texts)], press.style.size - 0.5)
    frame.y += 6


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
    "advert": advert,
    "glossary": glossary,
    "payment": payment,
    "contact": contact,
    "supplier": supplier,
    "space": space,
}
