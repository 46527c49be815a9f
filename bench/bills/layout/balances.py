"""How the amount due comes about: previous balance, payments, new charges."""

from bench.bills.layout.identity import squeezed
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE
from bench.bills.paper.tables import Column, heading, table


def entries(press: Press) -> list[tuple[str, str]]:
    """Return the rows before the amount due, each recorded."""
    bill = press.bill
    rows = []
    if bill.previous_balance is not None and bill.payments is not None:
        rows.append((press.label("previous_balance"), press.money("previous_balance", bill.previous_balance)))
        label = press.label("payments")
        if press.pick("payment date", (False, True)):
            label = f"{label} {press.formats.date(bill.payment_date)}"
        signed = -bill.payments if press.pick("payment sign", (True, True, False)) else bill.payments
        rows.append((label, press.money("payments_received", signed)))
        if press.pick("balance forward", (False, True)) and press.words.language == "en":
            rows.append(("Balance forward", press.formats.money(bill.previous_balance - bill.payments)))
    if bill.previous_balance is None and bill.payments is not None:
        rows.append((press.label("new_charges"), press.money("new_charges", bill.new_charges)))
        return [*rows, (press.label("payments"), press.money("payments_received", -bill.payments))]
    if bill.instalment is not None:
        rows.append((press.label("instalment"), press.formats.money(bill.instalment)))
    elif bill.previous_balance is not None:
        rows.append((press.label("new_charges"), press.money("new_charges", bill.new_charges)))
    return rows


def due(press: Press) -> tuple[str, str]:
    """Return the row of the amount due, recorded."""
    return press.label("amount_due"), press.money("total_amount_due", press.bill.amount_due)


def rows(press: Press, frame: Frame) -> None:
    """Rows with a rule and the total under it."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("balance"))
    for label, value in entries(press):
        frame.y += size * 1.5
        sheet.text(frame.x, frame.y, label, size)
        sheet.text(frame.right, frame.y, value, size, align="right")
    frame.y += 5
    sheet.rule(frame.x + frame.width * press.pick("due rule", (0.0, 0.5)), frame.y, frame.right, frame.y)
    label, value = due(press)
    frame.y += size * 1.6
    sheet.text(frame.x, frame.y, label, size + 1, face="bold")
    sheet.text(frame.right, frame.y, value, size + 1, face="bold", align="right")
    frame.y += 14


def ruled(press: Press, frame: Frame) -> None:
    """A ruled table, the total in its last row."""
    heading(press, frame, press.titled("balance"))
    lines = [*entries(press), due(press)]
    columns = [Column("", stretch=True), Column("", "right")]
    table(press, frame, columns, lines, strong=(len(lines) - 1,), look="ruled", headed=False)
    frame.y += 6


def panel(press: Press, frame: Frame) -> None:
    """Rows, and the total in white on a coloured bar."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("balance"))
    for label, value in entries(press):
        frame.y += size * 1.5
        sheet.text(frame.x + 6, frame.y, label, size)
        sheet.text(frame.right - 6, frame.y, value, size, align="right")
    frame.y += 8
    label, value = due(press)
    sheet.box(frame.x, frame.y, frame.width, size * 2.4, fill=press.style.accent, stroke=None)
    sheet.text(
        frame.x + 6,
        frame.y + size * 1.6,
        label,
        squeezed(press, label, size + 1, frame.width * 0.5),
        face="bold",
        colour=WHITE,
    )
    sheet.text(frame.right - 6, frame.y + size * 1.6, value, size + 2, face="bold", align="right", colour=WHITE)
    frame.y += size * 2.4 + 14


def equation(press: Press, frame: Frame) -> None:
    """Boxes side by side with signs between them."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("balance"))
    cells = [*entries(press), due(press)]
    width = frame.width / len(cells)
    for index, (label, value) in enumerate(cells):
        x = frame.x + width * index
        last = index == len(cells) - 1
        sheet.box(x + 5, frame.y, width - 10, size * 4.6, fill=press.style.tint if last else None, weight=0.6)
        lines = sheet.wrapped(label, size - 1.5, width - 18)
        for number, line in enumerate(lines[:2]):
            sheet.text(x + width / 2, frame.y + size * (1.3 + number), line, size - 1.5, align="centre")
        shown = squeezed(press, value, size + 1, width - 18)
        sheet.text(x + width / 2, frame.y + size * 3.8, value, shown, face="bold", align="centre")
    frame.y += size * 4.6 + 14


BLOCKS = {"balance.rows": rows, "balance.ruled": ruled, "balance.panel": panel, "balance.equation": equation}
