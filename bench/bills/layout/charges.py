"""The charges: every leaf once, with subtotals that must not be counted beside their parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bench.bills.model.bill import ZERO, Charge
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


@dataclass(frozen=True, slots=True)
class Section:
    """Charges under one heading. ``closes`` names the commodity whose total stands after it."""

    key: str
    charges: tuple[tuple[int, Charge], ...]
    closes: str = ""

    @property
    def total(self) -> Decimal:
        """The sum of the section [currency of the bill]."""
        return sum((charge.amount for _, charge in self.charges), ZERO)


def sections(press: Press) -> list[Section]:
    """Return the charges in printing order, with their places in the truth."""
    grouped: dict[tuple[str, str], list[tuple[int, Charge]]] = {}
    for index, charge in enumerate(press.bill.charges):
        home = charge.commodity if charge.commodity in ("electricity", "gas", "water") else ""
        grouped.setdefault((home, charge.section), []).append((index, charge))
    keys = list(grouped)
    several = len({charge.commodity for charge in press.bill.charges if charge.commodity}) > 1
    made = []
    for position, (home, key) in enumerate(keys):
        last = bool(home) and (position + 1 == len(keys) or keys[position + 1][0] != home)
        made.append(Section(key, tuple(grouped[home, key]), home if last and several else ""))
    return made


def amount(press: Press, index: int, charge: Charge, *, bare: bool = False) -> str:
    """Write a leaf's amount and record it."""
    return press.money(f"line_items.{index}", charge.amount, bare=bare)


def basis(press: Press, charge: Charge, sign: str) -> str:
    """Write what the amount comes from: quantity and rate, or percent and base."""
    formats = press.formats
    if charge.quantity is not None and charge.rate is not None:
        days = f" {sign} {formats.quantity(charge.days)} {formats.unit('day')}" if charge.days is not None else ""
        quantity = f"{formats.quantity(charge.quantity)} {formats.unit(charge.unit)}"
        return f"{quantity}{days} {sign} {formats.rate(charge.rate)}"
    if charge.base is not None and charge.percent is not None and press.pick("tax basis", (True, False)):
        return f"{formats.number(charge.percent)} % x {formats.money(charge.base)}"
    return ""


def named(press: Press, charge: Charge) -> str:
    """Describe a leaf, with its meter where the bill has several."""
    text = press.charge_text(charge)
    return text if charge.meter is None else f"{text} ({press.bill.main.meters[charge.meter].number})"


def total(press: Press) -> tuple[str, str]:
    """Return label and text of the sum of all charges, recorded."""
    bill = press.bill
    if bill.instalment is not None:
        return press.label("actual_charges"), press.money("actual_charges", bill.new_charges)
    return press.label("total_new"), press.money("new_charges", bill.new_charges)


def section_total(press: Press, section: Section) -> tuple[str, str]:
    """Return label and text of a section's subtotal."""
    text = press.filled("subtotal", section=press.words.label(section.key))
    return text, press.mark(f"subtotal.{section.key}", press.formats.money(section.total))


def commodity_total(press: Press, commodity: str) -> tuple[str, str]:
    """Return label and text of a commodity's total, recorded."""
    service = press.bill.service(commodity)
    assert service is not None
    text = press.filled("subtotal", section=press.words.label(commodity))
    return text, press.money(f"{commodity}.cost", service.cost)


def wants_subtotal(press: Press, section: Section, parts: list[Section]) -> bool:
    """Return whether the family prints a subtotal after a section; never beside totals by commodity."""
    return (
        press.style.subtotals and len(section.charges) > 1 and len(parts) > 1 and not any(part.closes for part in parts)
    )


def lines(press: Press, frame: Frame) -> None:
    """Description with its sum worked out on the same line, amount at the right edge."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("charges"))
    sign = press.pick("times", ("@", "x", "at"))

    def line(label: str, value: str, *, strong: bool = False) -> None:
        frame.y += size * 1.45
        face = "bold" if strong else "regular"
        room = frame.width - sheet.length(value, size, "bold") - 8
        wrapped = sheet.wrapped(label, size, room, "bold" if strong else "regular")
        for part in wrapped[:-1]:
            sheet.text(frame.x, frame.y, part, size, face="bold" if face == "bold" else "regular")
            frame.y += size * 1.2
        sheet.text(frame.x, frame.y, wrapped[-1], size, face="bold" if face == "bold" else "regular")
        sheet.text(frame.right, frame.y, value, size, face="bold" if face == "bold" else "regular", align="right")

    parts = sections(press)
    for section in parts:
        if len(parts) > 1:
            frame.y += size * 1.7
            sheet.text(frame.x, frame.y, press.label(section.key), size, face="bold", colour=press.style.accent)
        for index, charge in section.charges:
            line(f"{named(press, charge)} {basis(press, charge, sign)}".strip(), amount(press, index, charge))
        if wants_subtotal(press, section, parts):
            line(*section_total(press, section))
        if section.closes:
            line(*commodity_total(press, section.closes), strong=True)
    frame.y += 4
    sheet.rule(frame.x, frame.y, frame.right, frame.y, weight=0.8)
    line(*total(press), strong=True)
    frame.y += 14


def table_rows(press: Press, *, bare: bool) -> Iterator[tuple[list[str], bool]]:
    """Yield rows of description, quantity, unit, rate and amount; True for those in bold."""
    formats = press.formats
    parts = sections(press)
    for section in parts:
        if len(parts) > 1:
            yield [press.label(section.key), "", "", "", ""], True
        for index, charge in section.charges:
            quantity = formats.quantity(charge.quantity) if charge.quantity is not None else ""
            unit = formats.unit(charge.unit) if charge.quantity is not None else ""
            rate = formats.number(charge.rate) if charge.rate is not None else ""
            if charge.percent is not None and charge.base is not None:
                rate = f"{formats.number(charge.percent)} %"
            yield [named(press, charge), quantity, unit, rate, amount(press, index, charge, bare=bare)], False
        if wants_subtotal(press, section, parts):
            label = press.filled("subtotal", section=press.words.label(section.key))
            yield (
                [label, "", "", "", press.mark(f"subtotal.{section.key}", formats.money(section.total, bare=bare))],
                False,
            )
        if section.closes:
            label, value = commodity_total(press, section.closes)
            yield [label, "", "", "", value], True
    label, value = total(press)
    yield [label, "", "", "", value], True


def by_table(press: Press, frame: Frame) -> None:
    """A table with columns for quantity, unit, rate and amount."""
    heading(press, frame, press.titled("charges"))
    bare = press.pick("bare amounts", (False, True)) and press.formats.convention.money != "bare"
    symbol = f" ({press.formats.symbol})" if bare else ""
    rows = list(table_rows(press, bare=bare))
    columns = [
        Column(press.words.label("description"), stretch=True),
        Column(press.words.label("quantity"), "right"),
        Column(""),
        Column(press.words.label("rate"), "right"),
        Column(press.words.label("amount") + symbol, "right"),
    ]
    strong = [index for index, (_, bold) in enumerate(rows) if bold]
    table(press, frame, columns, [row for row, _ in rows], strong=strong)
    frame.y += 8


def short_table(press: Press, frame: Frame) -> None:
    """A table of description and amount only."""
    heading(press, frame, press.titled("charges"))
    rows = [([row[0], row[4]], bold) for row, bold in table_rows(press, bare=False)]
    columns = [Column(press.words.label("description"), stretch=True), Column(press.words.label("amount"), "right")]
    strong = [index for index, (_, bold) in enumerate(rows) if bold]
    table(press, frame, columns, [row for row, _ in rows], strong=strong)
    frame.y += 8


def two_lines(press: Press, frame: Frame) -> None:
    """The description with its amount, and small under it what the amount comes from."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("charges"))
    parts = sections(press)
    for section in parts:
        if len(parts) > 1:
            frame.y += size * 1.8
            sheet.text(frame.x, frame.y, press.label(section.key).upper(), size - 1, face="bold")
        for index, charge in section.charges:
            frame.y += size * 1.45
            sheet.text(frame.x, frame.y, named(press, charge), size)
            sheet.text(frame.right, frame.y, amount(press, index, charge), size, align="right")
            if text := basis(press, charge, "x"):
                frame.y += size * 1.15
                sheet.text(frame.x + 10, frame.y, text, size - 1.5, colour=0x444444)
        if section.closes:
            frame.y += size * 1.6
            label, value = commodity_total(press, section.closes)
            sheet.text(frame.x, frame.y, label, size, face="bold")
            sheet.text(frame.right, frame.y, value, size, face="bold", align="right")
    frame.y += 5
    sheet.rule(frame.x, frame.y, frame.right, frame.y, weight=1.5, colour=press.style.accent)
    label, value = total(press)
    frame.y += size * 1.6
    sheet.text(frame.x, frame.y, label, size + 1, face="bold")
    sheet.text(frame.right, frame.y, value, size + 1, face="bold", align="right")
    frame.y += 14


def leaders(press: Press, frame: Frame) -> None:
    """Description and amount joined by dots; sums worked out in a middle column."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("charges"))
    parts = sections(press)

    def line(label: str, middle: str, value: str) -> None:
        frame.y += size * 1.5
        used = sheet.text(frame.x, frame.y, label, size)
        end = frame.right - sheet.text(frame.right, frame.y, value, size, align="right")
        if middle:
            end -= sheet.text(end - 18, frame.y, middle, size - 0.5, align="right") + 18
        count = int((end - frame.x - used - 8) / sheet.length(".", size))
        sheet.text(frame.x + used + 4, frame.y, "." * max(count, 0), size)

    for section in parts:
        for index, charge in section.charges:
            text = basis(press, charge, "x")
            label = named(press, charge)
            fits = sheet.length(label + text, size) < frame.width - 110
            line(label, text if fits else "", amount(press, index, charge))
        if wants_subtotal(press, section, parts):
            label, value = section_total(press, section)
            line(label, "", value)
        if section.closes:
            label, value = commodity_total(press, section.closes)
            line(label, "", value)
    label, value = total(press)
    frame.y += 4
    line(label, "", value)
    frame.y += 14


BLOCKS = {
    "charges.lines": lines,
    "charges.table": by_table,
    "charges.short_table": short_table,
    "charges.two_lines": two_lines,
    "charges.leaders": leaders,
}
