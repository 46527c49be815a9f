"""The parts that are torn off and sent back: they repeat account, dates and amounts."""

from bench.bills.layout.identity import apart, grid, squeezed
from bench.bills.layout.letterheads import scan_line, window
from bench.bills.paper.press import Frame, Press


def fields_of(press: Press) -> tuple[str, ...]:
    """Return the fields that a coupon repeats: only those that the bill's head shows."""
    wanted = ("account_number", "invoice_number", "due_date")
    kept = tuple(name for name in wanted if name in press.shows)
    return (*kept, "amount_due")


def perforation(press: Press, frame: Frame) -> None:
    """Draw the line to tear along."""
    press.sheet.rule(frame.x - 20, frame.y + 4, frame.right + 20, frame.y + 4, dashed=True)
    press.sheet.text(frame.x + frame.width / 2, frame.y + 14, press.titled("coupon"), 7, align="centre")
    frame.y += 24


def stub(press: Press, frame: Frame) -> None:
    """Address at the left, ruled fields at the right, a scan line below."""
    perforation(press, frame)
    sheet = press.sheet
    right = Frame(frame.x + frame.width * 0.52, frame.y, frame.width * 0.48, frame.bottom)
    grid(press, right, fields_of(press))
    sheet.text(right.x, right.y + 6, f"{press.words.label('enclosed')}  ____________", 8.5)
    left = Frame(frame.x, frame.y, frame.width * 0.48, frame.bottom)
    window(press, left)
    frame.y = max(left.y, right.y + 16)
    scan_line(press, frame)


def plain(press: Press, frame: Frame) -> None:
    """Fields under each other, the sender's address beside them."""
    perforation(press, frame)
    top = frame.y
    left = Frame(frame.x, top, frame.width * 0.45, frame.bottom)
    apart(press, left, fields_of(press))
    for index, line in enumerate((press.bill.utility.name, *press.bill.utility.address)):
        press.sheet.text(frame.x + frame.width * 0.58, top + 12 + 12 * index, line, 9)
    frame.y = max(left.y, top + 50)


def giro(press: Press, frame: Frame) -> None:
    """A transfer form: boxes for payee, account, reference and amount."""
    sheet, bill, size = press.sheet, press.bill, press.style.size
    sheet.text(frame.x, frame.y + 10, press.titled("coupon"), size, face="bold")
    top = frame.y + 18
    sheet.box(frame.x, top, frame.width, 88, fill=0xFFF6E5, weight=0.8)
    rows = (
        (bill.utility.name, 0.0, 0.6),
        ("IBAN  XX00 0000 0000 0000 0000 00", 0.0, 0.6),
        (f"{press.label('account_number')} {bill.account_number}" if "account_number" in press.shows else "", 0.0, 0.6),
    )
    for index, (text, _, share) in enumerate(rows):
        sheet.box(frame.x + 8, top + 8 + 26 * index, frame.width * share - 12, 20, fill=0xFFFFFF, weight=0.4)
        sheet.text(frame.x + 14, top + 21 + 26 * index, text, squeezed(press, text, size, frame.width * share - 24))
    value = press.money("total_amount_due", bill.amount_due)
    x = frame.x + frame.width * 0.62
    sheet.text(x, top + 16, press.label("amount_due"), size - 1)
    sheet.box(x, top + 20, frame.width * 0.36, 22, fill=0xFFFFFF, weight=0.4)
    sheet.text(frame.right - 14, top + 35, value, size + 1, face="bold", align="right")
    frame.y = top + 96


BLOCKS = {"coupon.stub": stub, "coupon.plain": plain, "coupon.giro": giro}
