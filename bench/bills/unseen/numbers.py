"""Meters, charges, balances and histories that no train or dev family has."""

from decimal import Decimal

from bench.bills.layout.balances import due, entries
from bench.bills.layout.charges import amount, basis, named, sections, total
from bench.bills.layout.charts import chart_months
from bench.bills.layout.histories import titled, value
from bench.bills.layout.meters import facts, numbered, registers, sums, tariff_line
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


def meters_turned(press: Press, frame: Frame) -> None:
    """A row a fact, a column a meter."""
    heading(press, frame, press.titled("meters"))
    everything = [(number, meter, facts(press, number, meter)) for number, meter in numbered(press)]
    keys = list(dict.fromkeys(cell.key for _, _, cells in everything for cell in cells))
    texts = [{cell.key: cell.text for cell in cells} for _, _, cells in everything]
    rows = [[press.words.label(key), *(found.get(key, "-") for found in texts)] for key in keys]
    columns = [Column("", stretch=True), *(Column("", "right") for _ in everything)]
    width = min(frame.width, 150.0 + 90 * len(everything))
    inner = Frame(frame.x, frame.y, width, frame.bottom)
    table(press, inner, columns, rows, headed=False)
    frame.y = inner.y
    for number, meter, _ in everything:
        tariff_line(press, frame, number, meter)
        registers(press, frame, meter)
    sums(press, frame)
    frame.y += 6


def charges_amount_first(press: Press, frame: Frame) -> None:
    """Amounts in the first column, what they are for after them."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("charges"))
    edge = frame.x + 74

    def line(text: str, figure: str, *, strong: bool = False) -> None:
        frame.y += size * 1.5
        sheet.text(edge, frame.y, figure, size, face="bold" if strong else "regular", align="right")
        for index, part in enumerate(sheet.wrapped(text, size, frame.right - edge - 14)):
            frame.y += size * 1.2 if index else 0
            sheet.text(edge + 14, frame.y, part, size, face="bold" if strong else "regular")

    for section in sections(press):
        for index, charge in section.charges:
            text = f"{named(press, charge)}  {basis(press, charge, 'x')}".strip()
            line(text, amount(press, index, charge))
        if section.closes:
            service = press.bill.service(section.closes)
            assert service is not None
            label = press.filled("subtotal", section=press.words.label(section.closes))
            line(label, press.money(f"{section.closes}.cost", service.cost), strong=True)
    label, figure = total(press)
    sheet.rule(frame.x, frame.y + 4, edge, frame.y + 4, weight=0.8)
    frame.y += 4
    line(label, figure, strong=True)
    frame.y += 14


def charges_with_net(press: Press, frame: Frame) -> None:
    """Columns for quantity, rate, share of the total and amount: the share is a number that is no amount."""
    heading(press, frame, press.titled("charges"))
    formats, bill = press.formats, press.bill
    rows, strong = [], []
    for section in sections(press):
        for index, charge in section.charges:
            part = (charge.amount * 100 / bill.new_charges).quantize(Decimal("0.1")) if bill.new_charges else Decimal(0)
            quantity = formats.with_unit(charge.quantity, charge.unit) if charge.quantity is not None else ""
            rate = formats.number(charge.rate) if charge.rate is not None else ""
            rows.append(
                [named(press, charge), quantity, rate, f"{formats.number(part)} %", amount(press, index, charge)]
            )
        if section.closes:
            service = bill.service(section.closes)
            assert service is not None
            label = press.filled("subtotal", section=press.words.label(section.closes))
            strong.append(len(rows))
            rows.append([label, "", "", "", press.money(f"{section.closes}.cost", service.cost)])
    label, figure = total(press)
    strong.append(len(rows))
    rows.append([label, "", "", formats.number(Decimal(100)) + " %", figure])
    columns = [
        Column(press.words.label("description"), stretch=True),
        Column(press.words.label("quantity"), "right"),
        Column(press.words.label("rate"), "right"),
        Column("%", "right"),
        Column(press.words.label("amount"), "right"),
    ]
    table(press, frame, columns, rows, strong=strong)
    frame.y += 8


def balance_stairs(press: Press, frame: Frame) -> None:
    """Each row a little further to the right, the figure close behind its label."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("balance"))
    lines = [*entries(press), due(press)]
    for index, (label, figure) in enumerate(lines):
        frame.y += size * 1.6
        face_bold = index == len(lines) - 1
        x = frame.x + 14 * index
        used = sheet.text(x, frame.y, label, size, face="bold" if face_bold else "regular")
        sheet.text(x + used + 12, frame.y, figure, size, face="bold" if face_bold else "regular")
    frame.y += 14


def lying_bars(press: Press, frame: Frame) -> None:
    """Bars that lie, one line a month, without numbers, against an axis at the foot."""
    months = chart_months(press)
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 6.0)
    most = max(float(month.quantity) for _, month in months)
    step = 10.0 ** (len(str(int(most))) - 1)
    while most / step > 5:
        step *= 2
    end = step * -(-most // step)
    left, right = frame.x + 46, frame.right - 14
    top = frame.y
    for index, month in months:
        sheet.text(left - 5, frame.y + 8.5, press.formats.month(month.month), size, align="right")
        length = (right - left) * float(month.quantity) / end
        sheet.box(left, frame.y + 2, length, 8, fill=press.style.bars, stroke=None)
        press.mark(f"chart.{index}", "")
        frame.y += 12
    for number in range(int(end / step) + 1):
        x = left + (right - left) * number * step / end
        sheet.rule(x, top, x, frame.y + 2, weight=0.3, colour=0xAAAAAA)
        sheet.text(x, frame.y + size + 4, press.formats.quantity(Decimal(int(number * step))), size, align="centre")
    sheet.text(right, frame.y + 2 * size + 6, press.formats.unit(press.bill.main.unit), size, align="right")
    frame.y += 2 * size + 16


def years_table(press: Press, frame: Frame) -> None:
    """A row a month of the year, a column a year."""
    heading(press, frame, titled(press))
    found = {(month.month.year, month.month.month): (index, month) for index, month in enumerate(press.bill.history)}
    years = sorted({year for year, _ in found})
    rows = []
    for number, name in enumerate(press.words.months("long"), 1):
        cells = [value(press, *found[year, number]) if (year, number) in found else "" for year in years]
        if any(cells):
            rows.append([name, *cells])
    columns = [Column(press.words.label("month"), stretch=True), *(Column(str(year), "right") for year in years)]
    inner = Frame(frame.x, frame.y, min(frame.width, 110.0 + 70 * len(years)), frame.bottom)
    table(press, inner, columns, rows)
    frame.y = inner.y + 6


BLOCKS = {
    "meters.turned": meters_turned,
    "charges.amount_first": charges_amount_first,
    "charges.with_net": charges_with_net,
    "balance.stairs": balance_stairs,
    "chart.lying": lying_bars,
    "history.years": years_table,
}
