"""Heads that no train or dev family has: a spine, prose, values above their labels, a name at the foot."""

from collections.abc import Sequence

from bench.bills.layout.identity import DEFAULT_FIELDS, squeezed
from bench.bills.layout.letterheads import emblem, page_number
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE


def spine(press: Press, frame: Frame) -> None:
    """A coloured spine along the left edge with the name standing in it, and once more at the top."""
    sheet = press.sheet
    sheet.box(0, 0, press.style.margin * 0.55, sheet.height, fill=press.style.accent, stroke=None)
    sheet.standing_text(
        press.style.margin * 0.38, sheet.height * 0.6, press.bill.utility.name, 11, face="bold", colour=WHITE
    )
    sheet.text(frame.x, frame.y + 12, press.mark("utility", press.bill.utility.name), 12, face="bold")
    page_number(press, frame)
    frame.y += 28


def footer(press: Press, frame: Frame) -> None:
    """The sender at the foot of the page, in small type between rules."""
    sheet, bill = press.sheet, press.bill
    sheet.rule(frame.x, frame.y + 2, frame.right, frame.y + 2, weight=0.5)
    emblem(press, frame.x, frame.y + 6, 14)
    text = " - ".join((press.mark("utility", bill.utility.name), *bill.utility.address, bill.utility.phone))
    sheet.text(frame.x + 20, frame.y + 16, text, squeezed(press, text, 7.5, frame.width - 20))
    frame.y += 24


def sentence(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Label and value running on in one paragraph, set apart by semicolons."""
    size = press.style.size
    text = "; ".join(f"{label} {value}" for label, value in press.identities(fields))
    for line in press.sheet.wrapped(text, size, frame.width):
        frame.y += size * 1.4
        press.sheet.text(frame.x, frame.y, line, size)
    frame.y += 10


def above(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Large values with their small labels under them, three across."""
    sheet, size = press.sheet, press.style.size
    pairs = press.identities(fields)
    for start in range(0, len(pairs), 3):
        for index, (label, value) in enumerate(pairs[start : start + 3]):
            x = frame.x + frame.width / 3 * index
            sheet.text(
                x, frame.y + size * 1.4, value, squeezed(press, value, size + 2, frame.width / 3 - 10), face="bold"
            )
            sheet.rule(x, frame.y + size * 1.8, x + frame.width / 3 - 12, frame.y + size * 1.8, weight=0.4)
            sheet.text(x, frame.y + size * 2.7, label, size - 2)
        frame.y += size * 4
    frame.y += 6


def right_labels(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Labels set flush right against an axis, values flush left behind it."""
    sheet, size = press.sheet, press.style.size
    axis = frame.x + frame.width * 0.45
    for label, value in press.identities(fields):
        frame.y += size * 1.6
        sheet.text(axis - 6, frame.y, label, size - 0.5, align="right", colour=0x555555)
        sheet.text(axis + 6, frame.y, value, squeezed(press, value, size, frame.width * 0.55 - 8), face="bold")
    frame.y += 10


BLOCKS = {
    "letterhead.spine": spine,
    "letterhead.footer": footer,
    "identity.sentence": sentence,
    "identity.above": above,
    "identity.right_labels": right_labels,
}
