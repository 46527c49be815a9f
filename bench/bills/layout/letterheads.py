"""The tops of pages: who sends the bill, and the short heads of later pages."""

from random import Random

from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE


def emblem(press: Press, x: float, y: float, side: float, colour: int | None = None) -> None:
    """Draw the family's mark, made of plain figures, into a square with its top-left corner at (x, y)."""
    sheet = press.sheet
    colour = press.style.accent if colour is None else colour
    match press.pick("emblem", ("disc", "drop", "bolt", "house", "bars", "none")):
        case "disc":
            sheet.disc(x + side / 2, y + side / 2, side / 2, fill=colour)
            sheet.disc(x + side / 2, y + side / 2, side / 4, fill=WHITE)
        case "drop":
            sheet.polygon(
                [(x + side / 2, y), (x + side, y + side * 0.7), (x + side / 2, y + side), (x, y + side * 0.7)],
                fill=colour,
            )
        case "bolt":
            points = [(0.6, 0), (0.1, 0.6), (0.45, 0.6), (0.35, 1), (0.9, 0.4), (0.55, 0.4)]
            sheet.polygon([(x + side * a, y + side * b) for a, b in points], fill=colour)
        case "house":
            points = [(0, 0.5), (0.5, 0), (1, 0.5), (1, 1), (0, 1)]
            sheet.polygon([(x + side * a, y + side * b) for a, b in points], fill=colour)
        case "bars":
            for index, height in enumerate((0.4, 0.7, 1.0)):
                sheet.box(
                    x + side * index / 3, y + side * (1 - height), side / 4, side * height, fill=colour, stroke=None
                )
        case _:
            pass


def left(press: Press, frame: Frame) -> None:
    """Emblem and name at the left, page number at the right."""
    sheet, bill = press.sheet, press.bill
    emblem(press, frame.x, frame.y, 30)
    sheet.text(
        frame.x + 38, frame.y + 16, press.mark("utility", bill.utility.name), 16, face="bold", colour=press.style.accent
    )
    sheet.text(frame.x + 38, frame.y + 28, ", ".join(bill.utility.address), 7.5)
    page_number(press, frame)
    frame.y += 44


def band(press: Press, frame: Frame) -> None:
    """Name in white on a coloured band as wide as the page."""
    sheet = press.sheet
    sheet.box(0, frame.y - 20, sheet.width, 48, fill=press.style.accent, stroke=None)
    name = press.mark("utility", press.bill.utility.name)
    sheet.text(frame.x, frame.y + 10, name, 18, face="bold", colour=WHITE)
    sheet.text(frame.right, frame.y + 10, press.titled("bill"), 12, align="right", colour=WHITE)
    frame.y += 42


def centred(press: Press, frame: Frame) -> None:
    """Everything on the middle axis, as small towns like it."""
    sheet, bill = press.sheet, press.bill
    middle = frame.x + frame.width / 2
    sheet.text(middle, frame.y + 14, press.mark("utility", bill.utility.name.upper()), 14, face="bold", align="centre")
    for line in (*bill.utility.address, bill.utility.phone):
        frame.y += 11
        sheet.text(middle, frame.y + 14, line, 8.5, align="centre")
    sheet.text(middle, frame.y + 30, press.titled("bill"), 11, face="italic", align="centre")
    frame.y += 42


def right(press: Press, frame: Frame) -> None:
    """Title of the document at the left, name and address at the right."""
    sheet, bill = press.sheet, press.bill
    sheet.text(frame.x, frame.y + 20, press.titled("bill"), 20, colour=press.style.accent)
    sheet.text(frame.right, frame.y + 10, press.mark("utility", bill.utility.name), 12, face="bold", align="right")
    for index, line in enumerate((*bill.utility.address, bill.utility.web)):
        sheet.text(frame.right, frame.y + 21 + 10 * index, line, 8, align="right")
    frame.y += 58


def typed(press: Press, frame: Frame) -> None:
    """Plain lines, as a line printer sets them."""
    sheet, bill = press.sheet, press.bill
    for line in (press.mark("utility", bill.utility.name), *bill.utility.address, bill.utility.phone):
        frame.y += press.style.size * 1.25
        sheet.text(frame.x, frame.y, line, press.style.size)
    page_number(press, Frame(frame.x, frame.y - 16, frame.width, frame.bottom))
    frame.y += 14


def boxed(press: Press, frame: Frame) -> None:
    """Name in a frame with the ways to reach the sender beside it."""
    sheet, bill = press.sheet, press.bill
    sheet.box(frame.x, frame.y, frame.width, 46, weight=1.2)
    emblem(press, frame.x + 8, frame.y + 9, 26)
    sheet.text(frame.x + 44, frame.y + 28, press.mark("utility", bill.utility.name), 15, face="bold")
    for index, line in enumerate((bill.utility.phone, bill.utility.web)):
        sheet.text(frame.right - 8, frame.y + 20 + 12 * index, line, 8, align="right")
    frame.y += 58


def page_number(press: Press, frame: Frame) -> None:
    """Print which page this is."""
    text = press.filled("page", page=press.sheet.page, pages=press.pages)
    press.sheet.text(frame.right, frame.y + 10, text, 8, align="right")


def short(press: Press, frame: Frame) -> None:
    """Head of a later page: name, account and page number on one line."""
    sheet = press.sheet
    sheet.text(frame.x, frame.y + 10, press.bill.utility.name, 9, face="bold", colour=press.style.accent)
    if "account_number" in press.shows:
        label, text = press.label("account_number"), press.bill.account_number
        sheet.text(frame.x + frame.width * 0.5, frame.y + 10, f"{label} {text}", 8)
    page_number(press, frame)
    sheet.rule(frame.x, frame.y + 15, frame.right, frame.y + 15, weight=0.5)
    frame.y += 28


def window(press: Press, frame: Frame) -> None:
    """Print whom the bill goes to, where an envelope's window would show it."""
    customer = press.bill.customer
    indent = press.pick("window indent", (0.0, 12.0, 30.0))
    upper = press.pick("window case", (True, False))
    frame.y += 12
    for line in (customer.name, *customer.address):
        frame.y += press.style.size * 1.3
        press.sheet.text(frame.x + indent, frame.y, line.upper() if upper else line, press.style.size + 0.5)
    frame.y += 22


def scan_line(press: Press, frame: Frame) -> None:
    """Print a line of digits for a payment machine, full of numbers that are no values."""
    bill = press.bill
    rng = Random(f"{press.family}/{bill.invoice_number}")
    cents = f"{abs(int(bill.amount_due * 100)):010d}"
    account = "".join(sign for sign in bill.account_number if sign.isdigit())
    text = f"{rng.randrange(10**6):06d} {account} {cents} {rng.randrange(10**4):04d}"
    press.sheet.text(frame.x, frame.y + 10, text, 10)
    frame.y += 18


def barcode(press: Press, frame: Frame) -> None:
    """Draw strokes that look like a barcode."""
    rng = Random(f"{press.family}/{press.bill.account_number}")
    x = frame.x
    while x < min(frame.x + 150, frame.right - 4):
        width = rng.choice((0.8, 1.6, 2.4))
        press.sheet.box(x, frame.y, width, 22, fill=0, stroke=None)
        x += width + rng.choice((1.0, 1.8))
    frame.y += 30


BLOCKS = {
    "letterhead.left": left,
    "letterhead.band": band,
    "letterhead.centred": centred,
    "letterhead.right": right,
    "letterhead.typed": typed,
    "letterhead.boxed": boxed,
    "pagehead": short,
    "window": window,
    "scanline": scan_line,
    "barcode": barcode,
}
