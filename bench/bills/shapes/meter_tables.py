"""Meters in tables: reads below each other, a column a meter, heads in two storeys, registers without reads."""

from bench.bills.layout.meters import facts, numbered, registers, sums, tariff_line
from bench.bills.model.bill import Meter
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


def texts_of(press: Press, number: int, meter: Meter) -> dict[str, str]:
    """Return what the family prints about a meter, by the key of its label."""
    return {cell.key: cell.text for cell in facts(press, number, meter)}


def below_each_other(press: Press, frame: Frame) -> None:
    """A line a read with its day and how it was read, the newer one above, and what they make below."""
    heading(press, frame, press.titled("meters"))
    for number, meter in numbered(press):
        texts = texts_of(press, number, meter)
        frame.y += press.style.size * 1.3
        press.sheet.text(frame.x, frame.y, f"{press.label('meter_number')} {texts['meter_number']}", press.style.size)
        frame.y += 4
        kind = press.words.label("estimated" if meter.estimated else "actual")
        rows = []
        if "current_read" in texts:
            rows = [
                [press.label("current_read"), press.formats.date(press.bill.last), kind, texts["current_read"]],
                [press.label("previous_read"), press.formats.date(press.bill.first), kind, texts["previous_read"]],
            ]
            if press.pick("older read above", (False, False, True)):
                rows.reverse()
        keys = ("difference", "multiplier", "volume", "factor", "usage", "demand")
        rows += [[press.label(key), "", "", texts[key]] for key in keys if key in texts]
        heads = ("read_kind", "to", "read_kind", "usage")
        columns = [
            Column(press.words.label(key) if index else "", "right" if index == 3 else "left", stretch=not index)
            for index, key in enumerate(heads)
        ]
        table(press, frame, columns, rows, headed=False, look=press.pick("reads look", ("plain", "lines", "zebra")))
        registers(press, frame, meter)
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


def column_a_meter(press: Press, frame: Frame) -> None:
    """Labels at the left, a column a meter; meters that count in registers have a column a register."""
    heading(press, frame, press.titled("meters"))
    everything = [texts_of(press, number, meter) for number, meter in numbered(press)]
    for keys in dict.fromkeys(tuple(texts) for texts in everything):
        alike = [texts for texts in everything if tuple(texts) == keys]
        rows = [[press.label(key), *(texts[key] for texts in alike)] for key in keys[1:]]
        heads = [texts[keys[0]] for texts in alike]
        if press.pick("number as a line", (True, False)):
            rows.insert(0, [press.label("meter_number"), *heads])
            heads = [""] * len(heads)
        columns = [Column("", stretch=True), *(Column(head, "right") for head in heads)]
        if heads[0]:
            columns[0] = Column(press.words.label("meter_number"), stretch=True)
        inner = Frame(frame.x, frame.y, min(frame.width, 150 + 90.0 * len(alike)), frame.bottom)
        table(press, inner, columns, rows, headed=bool(heads[0]))
        frame.y = inner.y
    for number, meter in numbered(press):
        registers(press, frame, meter)
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


def two_storeys(press: Press, frame: Frame) -> None:
    """Heads in two storeys: the period over its two days, the reads over present and previous."""
    heading(press, frame, press.titled("meters"))
    bill, formats = press.bill, press.formats
    everything = [(number, meter, texts_of(press, number, meter)) for number, meter in numbered(press)]
    for keys in dict.fromkeys(tuple(texts) for _, _, texts in everything):
        rows = [
            [texts[keys[0]], formats.date(bill.first), formats.date(bill.last), *(texts[key] for key in keys[1:])]
            for _, _, texts in everything
            if tuple(texts) == keys
        ]
        heads = [keys[0], "from", "to", *keys[1:]]
        columns = [
            Column(press.words.label(key), "right" if index > 2 else "left", stretch=index == 0)
            for index, key in enumerate(heads)
        ]
        size = press.style.size
        frame.y += size * 1.2
        press.sheet.text(frame.x + frame.width * 0.2, frame.y, press.label("period"), size - 0.5, face="bold")
        press.sheet.text(frame.x + frame.width * 0.5, frame.y, press.titled("meters"), size - 0.5, face="bold")
        frame.y += 3
        table(press, frame, columns, rows)
    for number, meter, _ in everything:
        registers(press, frame, meter)
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


def without_reads(press: Press, frame: Frame) -> None:
    """A meter that sends its usage: number, days and usage, a line a register, no reads."""
    heading(press, frame, press.titled("meters"))
    formats = press.formats
    columns = [
        Column(press.words.label("meter_number"), stretch=True),
        Column(press.words.label("register")),
        Column(press.words.label("days"), "right"),
        Column(press.words.label("usage"), "right"),
    ]
    rows = []
    for number, meter in numbered(press):
        where = f"meters.{number}"
        name = press.mark(f"{where}.id", meter.number)
        usage = press.mark(f"{where}.consumption", formats.with_unit(meter.usage, meter.unit))
        if len(press.bill.service(meter.commodity).meters) == 1:  # type: ignore[union-attr]
            press.mark(f"{meter.commodity}.usage", "")
        for register in meter.registers:
            text = formats.with_unit(register.usage, meter.unit)
            rows.append([name, press.words.label(register.concept), "", text])
        rows.append([name, press.words.label("total_usage"), str(press.bill.days), usage])
        if meter.demand_kw is not None:
            text = press.mark(f"{meter.commodity}.demand", formats.with_unit(meter.demand_kw, "kW"))
            rows.append([name, press.words.label("demand"), "", text])
    table(press, frame, columns, rows)
    for number, meter in numbered(press):
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


BLOCKS = {
    "meters.below": below_each_other,
    "meters.across": column_a_meter,
    "meters.storeys": two_storeys,
    "meters.smart": without_reads,
}
