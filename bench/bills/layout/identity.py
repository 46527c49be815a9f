"""The head's fields (account, invoice, dates, amount): the same pairs of label and value, set in very different ways."""

from collections.abc import Sequence

from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE
from bench.bills.paper.tables import Column, table

DEFAULT_FIELDS = ("account_number", "invoice_number", "statement_date", "due_date", "period", "amount_due")


def lines(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Label and value after each other on a line."""
    size = press.style.size
    for label, value in press.identities(fields):
        frame.y += size * 1.4
        end = press.sheet.text(
            frame.x, frame.y, f"{label}:", size, face="bold" if press.pick("bold labels", (True, False)) else "regular"
        )
        press.sheet.text(frame.x + end + 5, frame.y, value, size)
    frame.y += 10


def apart(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Label at the left edge, value at the right edge, dots between them in some families."""
    sheet, size = press.sheet, press.style.size
    dotted = press.pick("leaders", (False, False, True))
    for label, value in press.identities(fields):
        frame.y += size * 1.5
        used = sheet.text(frame.x, frame.y, press.coloned(label), size)
        length = sheet.text(frame.right, frame.y, value, size, face="bold", align="right")
        if dotted:
            count = int((frame.width - used - length - 10) / sheet.length(".", size))
            sheet.text(frame.x + used + 4, frame.y, "." * max(count, 0), size)
    frame.y += 10


def columns(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Labels in one column, values left-aligned in the next."""
    sheet, size = press.sheet, press.style.size
    pairs = press.identities(fields)
    indent = max((sheet.length(press.coloned(label), size) for label, _ in pairs), default=0.0) + 14
    for label, value in pairs:
        frame.y += size * 1.45
        sheet.text(frame.x, frame.y, press.coloned(label), size)
        sheet.text(frame.x + indent, frame.y, value, size, face="bold")
    frame.y += 10


def strip(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Small labels with their values under them, in cells across the page."""
    sheet, size = press.sheet, press.style.size
    pairs = press.identities(fields)
    for start in range(0, len(pairs), 4):
        row = pairs[start : start + 4]
        needed = [max(sheet.length(label, size - 1.5), sheet.length(value, size, "bold")) + 14 for label, value in row]
        scale = frame.width / sum(needed)
        if press.pick("strip fill", (True, False)):
            sheet.box(frame.x, frame.y, frame.width, size * 3.4, fill=press.style.tint, stroke=None)
        x = frame.x
        for (label, value), width in zip(row, needed, strict=True):
            sheet.text(x + 5, frame.y + size * 1.2, label, size - 1.5)
            sheet.text(x + 5, frame.y + size * 2.6, value, size if scale > 1 else size * scale, face="bold")
            x += width * scale
            if press.pick("strip rules", (True, False)) and x < frame.right - 1:
                sheet.rule(x, frame.y, x, frame.y + size * 3.2, weight=0.5)
        frame.y += size * 3.4 + 4
    frame.y += 8


def header_table(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """A table of one row under its headings."""
    pairs = press.identities(fields)
    align = press.pick("header table align", ("left", "centre"))
    for start in range(0, len(pairs), 5):
        row = pairs[start : start + 5]
        heads = [
            Column(label, "centre" if align == "centre" else "left", stretch=index == 0)
            for index, (label, _) in enumerate(row)
        ]
        table(press, frame, heads, [[value for _, value in row]], look="ruled")
    frame.y += 6


def grid(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Ruled cells: label at the left, value at the right."""
    sheet, size = press.sheet, press.style.size
    height = size * 1.8
    split = press.pick("grid split", (0.46, 0.55))
    for label, value in press.identities(fields):
        sheet.box(frame.x, frame.y, frame.width * split, height, fill=press.style.tint, weight=0.5)
        sheet.box(frame.x + frame.width * split, frame.y, frame.width * (1 - split), height, weight=0.5)
        shown = squeezed(press, label, size, frame.width * split - 8)
        sheet.text(frame.x + 4, frame.y + size * 1.25, label, shown)
        shown = squeezed(press, value, size, frame.width * (1 - split) - 8)
        sheet.text(frame.right - 4, frame.y + size * 1.25, value, shown, face="bold", align="right")
        frame.y += height
    frame.y += 10


def chips(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Labels in white on dark chips, values beside them."""
    sheet, size = press.sheet, press.style.size
    pairs = press.identities(fields)
    width = max((sheet.length(label.upper(), size - 1, "bold") for label, _ in pairs), default=0.0) + 10
    for label, value in pairs:
        sheet.box(frame.x, frame.y, width, size * 1.6, fill=0x222222, stroke=None)
        sheet.text(frame.x + 5, frame.y + size * 1.15, label.upper(), size - 1, face="bold", colour=WHITE)
        sheet.text(frame.x + width + 8, frame.y + size * 1.2, value, size)
        frame.y += size * 1.6 + 4
    frame.y += 8


def stacked(press: Press, frame: Frame, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
    """Label, and its value on the line below, one pair after the other."""
    size = press.style.size
    for label, value in press.identities(fields):
        frame.y += size * 1.4
        press.sheet.text(frame.x, frame.y, label, size - 1, colour=press.style.accent)
        frame.y += size * 1.3
        press.sheet.text(frame.x, frame.y, value, squeezed(press, value, size + 1, frame.width), face="bold")
        frame.y += 4
    frame.y += 8


def hero(press: Press, frame: Frame, fields: Sequence[str] = ("amount_due", "due_date")) -> None:
    """A large amount on a coloured panel."""
    sheet, size = press.sheet, press.style.size
    pairs = press.identities(fields)
    sheet.box(frame.x, frame.y, frame.width, 26 + 22 * len(pairs), fill=press.style.accent, stroke=None, radius=6)
    y = frame.y + 20
    for index, (label, value) in enumerate(pairs):
        big = size + 8 if index == 0 else size + 2
        sheet.text(frame.x + 12, y, label, size, colour=WHITE)
        sheet.text(
            frame.right - 12,
            y + 4,
            value,
            squeezed(press, value, big, frame.width * 0.55),
            face="bold",
            align="right",
            colour=WHITE,
        )
        y += 24
    frame.y += 36 + 22 * len(pairs)


def squeezed(press: Press, text: str, size: float, width: float) -> float:
    """Return the type size at which a bold text fits a width [points]."""
    length = press.sheet.length(text, size, "bold")
    return size if length <= width else size * width / length


BLOCKS = {
    "identity.lines": lines,
    "identity.apart": apart,
    "identity.columns": columns,
    "identity.strip": strip,
    "identity.header_table": header_table,
    "identity.grid": grid,
    "identity.chips": chips,
    "identity.stacked": stacked,
    "identity.hero": hero,
}
