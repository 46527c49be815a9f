"""Meters: numbers, reads, multipliers, registers, usage."""

from dataclasses import dataclass
from decimal import Decimal

from bench.bills.model.bill import Meter, Service
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed fact of a meter. ``key`` names its label."""

    key: str
    text: str


def facts(press: Press, number: int, meter: Meter) -> list[Cell]:
    """Return what the family prints about a meter, in reading order, each recorded."""
    formats, mark = press.formats, press.mark
    where = f"meters.{number}"
    cells = [Cell("meter_number", mark(f"{where}.id", meter.number))]
    if meter.read_from is not None and meter.read_to is not None:
        cells.append(Cell("previous_read", mark(f"{where}.read_from", formats.quantity(meter.read_from))))
        cells.append(Cell("current_read", mark(f"{where}.read_to", formats.quantity(meter.read_to))))
        if press.pick("read order", (False, False, True)):
            cells[1], cells[2] = cells[2], cells[1]
        if press.pick("difference", (True, False)) or meter.multiplier != 1:
            cells.append(Cell("difference", formats.quantity(meter.read_to - meter.read_from)))
        if meter.multiplier != 1 or press.pick("multiplier", (True, False)):
            cells.append(Cell("multiplier", mark(f"{where}.multiplier", formats.quantity(meter.multiplier))))
    if meter.volume is not None and meter.factor is not None:
        cells.append(Cell("volume", formats.with_unit(meter.volume, meter.volume_unit)))
        cells.append(Cell("factor", formats.number(meter.factor)))
    service = next(service for service in press.bill.services if meter in service.meters)
    if len(service.meters) == 1:
        mark(f"{service.commodity}.usage", "")
    cells.append(Cell("usage", mark(f"{where}.consumption", formats.with_unit(meter.usage, meter.unit))))
    if meter.demand_kw is not None:
        text = formats.with_unit(meter.demand_kw, "kW")
        cells.append(Cell("demand", mark(f"{meter.commodity}.demand", text)))
    if press.pick("read kind", (True, False)) and meter.read_from is not None:
        cells.append(Cell("read_kind", press.label("estimated" if meter.estimated else "actual")))
    return cells


def numbered(press: Press) -> list[tuple[int, Meter]]:
    """Return the meters with their places in the truth."""
    return list(enumerate(press.bill.meters))


def tariff_line(press: Press, frame: Frame, number: int, meter: Meter) -> None:
    """Print the tariff on a line of its own, in families that do."""
    if press.pick("tariff line", (True, True, False)):
        size = press.style.size
        frame.y += size * 1.3
        text = press.mark(f"meters.{number}.tariff", meter.tariff)
        press.sheet.text(frame.x, frame.y, f"{press.label('tariff')}: {text}", size)
        frame.y += 5


def sums(press: Press, frame: Frame) -> None:
    """Print the total of services that have several meters."""
    size = press.style.size
    for service in press.bill.services:
        if len(service.meters) > 1:
            frame.y += size * 1.3
            text = press.mark(f"{service.commodity}.usage", press.formats.with_unit(service.usage, service.unit))
            press.sheet.text(
                frame.right, frame.y, f"{press.label('total_usage')}  {text}", size, face="bold", align="right"
            )
            frame.y += 6


def registers(press: Press, frame: Frame, meter: Meter) -> None:
    """Print the registers of a meter as a table with the total under them."""
    if not meter.registers:
        return
    formats = press.formats
    heads = ("register", "previous_read", "current_read", "multiplier", "usage")
    columns = [
        Column(press.words.label(key), "left" if key == "register" else "right", stretch=key == "register")
        for key in heads
    ]
    rows = []
    for register in meter.registers:
        values = (register.read_from, register.read_to, meter.multiplier)
        rows.append(
            [
                press.words.label(register.concept),
                *map(formats.quantity, values),
                formats.with_unit(register.usage, meter.unit),
            ]
        )
    table(press, frame, columns, rows)


def by_table(press: Press, frame: Frame) -> None:
    """One row a meter under common headings."""
    heading(press, frame, press.titled("meters"))
    everything = [(number, meter, facts(press, number, meter)) for number, meter in numbered(press)]
    for keys in dict.fromkeys(tuple(cell.key for cell in cells) for _, _, cells in everything):
        rows = [
            [cell.text for cell in cells] for _, _, cells in everything if tuple(cell.key for cell in cells) == keys
        ]
        columns = [
            Column(press.words.label(key), "left" if key == "meter_number" else "right", stretch=index == 0)
            for index, key in enumerate(keys)
        ]
        table(press, frame, columns, rows)
    for number, meter, _ in everything:
        tariff_line(press, frame, number, meter)
        registers(press, frame, meter)
    sums(press, frame)
    frame.y += 6


def dated_lines(press: Press, frame: Frame) -> None:
    """Reads on lines of their own with their dates, the difference worked out below them."""
    sheet, size, formats = press.sheet, press.style.size, press.formats
    heading(press, frame, press.titled("meters"))

    def line(label: str, value: str, *, strong: bool = False) -> None:
        frame.y += size * 1.45
        sheet.text(frame.x, frame.y, label, size, face="bold" if strong else "regular")
        sheet.text(frame.right, frame.y, value, size, face="bold" if strong else "regular", align="right")

    for number, meter in numbered(press):
        texts = {cell.key: cell.text for cell in facts(press, number, meter)}
        line(press.label("meter_number"), texts["meter_number"])
        if "current_read" in texts:
            line(f"{press.label('current_read')} {formats.date(press.bill.last)}", texts["current_read"])
            line(f"{press.label('previous_read')} {formats.date(press.bill.first)}", texts["previous_read"])
            sheet.rule(frame.right - 60, frame.y + 3, frame.right, frame.y + 3, weight=0.5)
        for key in ("difference", "multiplier", "volume", "factor"):
            if key in texts:
                line(press.label(key), f"x {texts[key]}" if key == "multiplier" else texts[key])
        frame.y += 3 if meter.registers else 0
        registers(press, frame, meter)
        line(press.label("usage"), texts["usage"], strong=True)
        if "demand" in texts:
            line(press.label("demand"), texts["demand"])
        tariff_line(press, frame, number, meter)
        frame.y += 8
    sums(press, frame)
    frame.y += 4


def cards(press: Press, frame: Frame) -> None:
    """A framed card a meter: labels above, values below, four across."""
    sheet, size = press.sheet, press.style.size
    heading(press, frame, press.titled("meters"))
    across = 4 if frame.width > 380 else 2
    for number, meter in numbered(press):
        cells = facts(press, number, meter)
        deep = (len(cells) + across - 1) // across
        sheet.box(frame.x, frame.y, frame.width, deep * size * 3 + 6, weight=0.8, radius=4)
        for index, cell in enumerate(cells):
            x = frame.x + 8 + frame.width / across * (index % across)
            y = frame.y + size * (1.3 + 3 * (index // across))
            sheet.text(x, y, press.label(cell.key), size - 1.5, colour=0x555555)
            sheet.text(x, y + size * 1.2, cell.text, size, face="bold")
        frame.y += deep * size * 3 + 12
        tariff_line(press, frame, number, meter)
        registers(press, frame, meter)
    sums(press, frame)
    frame.y += 6


def sentence_of(press: Press, service: Service) -> str:
    """Return the usage and the average a day, as side notes give them."""
    average = (service.usage / press.bill.days).quantize(Decimal("0.01"))
    return f"{press.label('daily_average')}: {press.formats.with_unit(average, service.unit)}"


def summary(press: Press, frame: Frame) -> None:
    """Only the usage, the days and the average: for bills that leave the reads out."""
    size = press.style.size
    heading(press, frame, press.titled("meters"))
    lines = [(press.label("usage"), press.usage_text())]
    pair = press.identity("days")
    if pair:
        lines.append(pair)
    for label, value in lines:
        frame.y += size * 1.4
        press.sheet.text(frame.x, frame.y, label, size)
        press.sheet.text(frame.right, frame.y, value, size, face="bold", align="right")
    frame.y += size * 1.4
    press.sheet.text(frame.x, frame.y, sentence_of(press, press.bill.main), size)
    frame.y += 12


BLOCKS = {"meters.table": by_table, "meters.lines": dated_lines, "meters.cards": cards, "meters.summary": summary}
