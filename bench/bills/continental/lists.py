"""Lists of charges as continental bills print them: sums above their parts, three factors, net and gross, taxes by base."""

from decimal import Decimal

from bench.bills.layout.charges import amount, basis, named, sections, total
from bench.bills.model.bill import Charge
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


def line(press: Press, frame: Frame, label: str, value: str, *, middle: str = "", strong: bool = False) -> None:
    """Print a label, what stands in the middle, and an amount at the right edge."""
    sheet, size = press.sheet, press.style.size
    frame.y += size * 1.45
    sheet.text(frame.x, frame.y, label, size, face="bold" if strong else "regular")
    if middle:
        used = sheet.length(label, size, "bold" if strong else "regular")
        at = max(frame.x + frame.width * 0.4, frame.x + used + 12)
        sheet.text(at, frame.y, middle, size - 0.5)
    sheet.text(frame.right, frame.y, value, size, face="bold" if strong else "regular", align="right")


def equation(press: Press, charge: Charge) -> str:
    """Write every factor with its unit: ``3,45 kW x 30 dias x 0,09 EUR/kW dia``."""
    formats = press.formats
    if charge.quantity is None or charge.rate is None:
        return basis(press, charge, "x")
    sign = press.pick("equation sign", ("x", "x", "×", "*"))
    unit, day = formats.unit(charge.unit), press.words.word("day")
    per = f"{formats.symbol}/{unit}" if charge.days is None else f"{formats.symbol}/{unit} {day[0]}"
    days = f" {sign} {formats.quantity(charge.days)} {day[1]}" if charge.days is not None else ""
    return f"{formats.quantity(charge.quantity)} {unit}{days} {sign} {formats.number(charge.rate)} {per}"


def is_tax(charge: Charge) -> bool:
    """Return whether a charge is a tax on the others."""
    return charge.section == "taxes"


def parted(press: Press) -> tuple[list[tuple[int, Charge]], list[tuple[int, Charge]]]:
    """Return the charges before taxes and the taxes, with their places in the truth."""
    numbered = list(enumerate(press.bill.charges))
    return [one for one in numbered if not is_tax(one[1])], [one for one in numbered if is_tax(one[1])]


def closing(press: Press, frame: Frame) -> None:
    """Print the net sum, the taxes and the gross sum under each other."""
    net, taxes = parted(press)
    if taxes:
        whole = sum((charge.amount for _, charge in net), Decimal(0))
        line(press, frame, press.label("net_total"), press.formats.money(whole), strong=True)
    for index, charge in taxes:
        base = (
            press.formats.money(charge.base) if charge.base is not None and press.pick("bases", (True, False)) else ""
        )
        line(press, frame, press.charge_text(charge), amount(press, index, charge), middle=base)
    label, value = total(press)
    line(press, frame, label, value, strong=True)
    frame.y += 14


def equations(press: Press, frame: Frame) -> None:
    """Sections headed by their sum, the lines that make it under it with every factor."""
    heading(press, frame, press.titled("charges"))
    for section in sections(press):
        if section.key == "taxes":
            continue
        if len(section.charges) > 1:
            text = press.mark(f"subtotal.{section.key}", press.formats.money(section.total))
            line(press, frame, press.label(section.key), text, strong=True)
        inner = Frame(frame.x + 10, frame.y, frame.width - 10 - press.pick("indent right", (0, 0, 48)), frame.bottom)
        for index, charge in section.charges:
            line(press, inner, named(press, charge), amount(press, index, charge), middle=equation(press, charge))
        frame.y = inner.y + 3
    closing(press, frame)


def summary(press: Press, frame: Frame) -> None:
    """One line a section with its sum, and the total: the first page of a bill that goes into detail later."""
    heading(press, frame, press.titled("bill"))
    for section in sections(press):
        line(press, frame, press.label(section.key), press.formats.money(section.total))
    label, value = total(press)
    line(press, frame, label, value, strong=True)
    frame.y += 14


def dated(press: Press, frame: Frame) -> None:
    """A table whose lines name the period they are for, then net sum, taxes and gross sum."""
    formats, bill = press.formats, press.bill
    heading(press, frame, press.titled("charges"))
    net, _ = parted(press)
    rows = [
        [
            named(press, charge),
            formats.period(bill.first, bill.last),
            f"{formats.quantity(charge.quantity)} {formats.unit(charge.unit)}" if charge.quantity is not None else "",
            formats.number(charge.rate) if charge.rate is not None and charge.days is None else "",
            amount(press, index, charge, bare=True),
        ]
        for index, charge in net
    ]
    head = ("description", "period", "quantity", "rate", "amount")
    columns = [
        Column(
            press.words.label(key),
            "left" if key in ("description", "period") else "right",
            stretch=key == "description",
        )
        for key in head
    ]
    table(press, frame, columns, rows)
    closing(press, frame)


def with_vat_column(press: Press, frame: Frame) -> None:
    """A table whose last column is the rate of value added tax of each line."""
    formats = press.formats
    heading(press, frame, press.titled("charges"))
    net, taxes = parted(press)
    percent = next((formats.number(tax.percent) for _, tax in taxes if tax.percent is not None), "0")
    rows = [
        [
            named(press, charge),
            formats.quantity(charge.quantity) if charge.quantity is not None else "",
            formats.unit(charge.unit) if charge.quantity is not None else "",
            formats.number(charge.rate) if charge.rate is not None and charge.days is None else "",
            amount(press, index, charge, bare=True),
            f"{percent} %",
        ]
        for index, charge in net
    ]
    titles = [press.words.label(key) for key in ("description", "quantity")]
    columns = [
        Column(titles[0], stretch=True), Column(titles[1], "right"), Column(""), Column(press.words.label("rate"), "right"),
        Column(press.words.label("amount"), "right"), Column(press.words.label("vat_column"), "right"),
    ]  # fmt: skip
    table(press, frame, columns, rows)
    closing(press, frame)


def taxes_inside(press: Press, frame: Frame) -> None:
    """Amounts with taxes inside, each line's tax base, rate and tax beside it, and a small table of the taxes."""
    formats = press.formats
    heading(press, frame, press.titled("charges"))
    rate = press.pick("inner tax", (Decimal(18), Decimal(12), Decimal(25)))
    rows: list[list[str]] = []
    inside = Decimal(0)
    for index, charge in enumerate(press.bill.charges):
        tax = (charge.amount * rate / 100).quantize(Decimal("0.01"))
        inside += tax
        priced = charge.quantity is not None and charge.rate is not None and charge.days is None
        rows.append(
            [
                named(press, charge),
                formats.unit(charge.unit) if priced else "",
                formats.quantity(charge.quantity) if priced and charge.quantity is not None else "",
                formats.number(charge.rate) if priced and charge.rate is not None else "",
                amount(press, index, charge, bare=True),
                formats.money(charge.amount, bare=True),
                f"{rate}",
                formats.money(tax, bare=True),
            ]
        )
    label, value = total(press)
    rows.append([label, "", "", "", value, "", "", ""])
    titles = [
        "Unid.",
        press.words.label("quantity"),
        press.words.label("rate"),
        press.words.label("amount"),
        "Base Calc.",
        "Aliq. %",
        "ICMS",
    ]
    columns = [Column(press.words.label("description"), stretch=True), *(Column(title, "right") for title in titles)]
    table(press, frame, columns, rows, strong=(len(rows) - 1,))
    small = [["ICMS", formats.money(press.bill.new_charges, bare=True), f"{rate}", formats.money(inside, bare=True)]]
    titles = ["Tributo", "Base de cálculo", "Alíquota (%)", "Valor"]
    inner = Frame(frame.x, frame.y, frame.width * 0.6, frame.bottom)
    table(
        press, inner, [Column(t, "left" if t == "Tributo" else "right", stretch=t == "Tributo") for t in titles], small
    )
    frame.y = inner.y + 8


def settlement(press: Press, frame: Frame) -> None:
    """What the period cost, what was paid on account, and what is left: a sum to pay, or a credit printed without sign."""
    bill = press.bill
    heading(press, frame, press.titled("balance"))
    line(press, frame, press.label("new_charges"), press.money("new_charges", bill.new_charges))
    if bill.payments is not None:
        signed = -bill.payments if press.pick("payment sign", (True, False)) else bill.payments
        line(press, frame, press.label("payments"), press.money("payments_received", signed))
    key, owed = ("amount_due", bill.amount_due) if bill.amount_due >= 0 else ("credit_due", -bill.amount_due)
    frame.y += 4
    press.sheet.rule(frame.x, frame.y, frame.right, frame.y)
    line(press, frame, press.label(key), press.money("total_amount_due", owed), strong=True)
    frame.y += 14


BLOCKS = {
    "lists.equations": equations,
    "lists.summary": summary,
    "lists.dated": dated,
    "lists.vat_column": with_vat_column,
    "lists.taxes_inside": taxes_inside,
    "lists.settlement": settlement,
}
