"""Meters as continental bills print them: reads as rows under registers, dated readings, volumes worked into energy."""

from decimal import Decimal

from bench.bills.layout.meters import facts, numbered, tariff_line
from bench.bills.model.bill import Meter
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table

STATE_NUMBER = Decimal("0.9563")
"""What turns a volume as metered into the volume at standard conditions, on German bills."""


def head(press: Press, frame: Frame, number: int, meter: Meter) -> dict[str, str]:
    """Print the meter's number and tariff on lines and return its facts by label, recorded."""
    texts = {cell.key: cell.text for cell in facts(press, number, meter)}
    size = press.style.size
    frame.y += size * 1.3
    press.sheet.text(frame.x, frame.y, f"{press.label('meter_number')}: {texts['meter_number']}", size)
    frame.y += 4
    tariff_line(press, frame, number, meter)
    return texts


def named_read(press: Press, key: str, meter: Meter) -> str:
    """Return the label of a read with its day and kind, as they stand in one cell."""
    day = press.bill.first if key == "previous_read" else press.bill.last
    kind = press.label("estimated" if meter.estimated else "actual").lower()
    return press.pick(
        "read label",
        (
            f"{press.label(key)} {press.formats.date(day)}",
            f"{press.label(key)} ({kind}) {press.formats.date(day)}",
            f"{press.label(key)} ({press.formats.date(day)})",
        ),
    )


def across(press: Press, frame: Frame) -> None:
    """A column a register, a row a read: the table that is turned on its side."""
    formats = press.formats
    heading(press, frame, press.titled("meters"))
    for number, meter in numbered(press):
        texts = head(press, frame, number, meter)
        if meter.registers:
            columns = [
                (press.words.label(one.concept), one.read_from, one.read_to, one.usage) for one in meter.registers
            ]
        elif meter.read_from is not None and meter.read_to is not None:
            unit = formats.unit(meter.volume_unit or meter.unit)
            columns = [(unit, meter.read_from, meter.read_to, meter.usage)]
        else:
            columns = []
        titles = [Column("", stretch=True), *(Column(title, "right") for title, *_ in columns)]
        rows = [
            [named_read(press, "previous_read", meter), *(formats.quantity(one[1]) for one in columns)],
            [named_read(press, "current_read", meter), *(formats.quantity(one[2]) for one in columns)],
        ]
        if meter.factor is None:
            rows.append([press.label("usage"), *(formats.with_unit(one[3], meter.unit) for one in columns)])
        table(press, frame, titles, rows)
        worked_out(press, frame, meter, texts)


def worked_out(press: Press, frame: Frame, meter: Meter, texts: dict[str, str]) -> None:
    """Print how a volume becomes energy, or the usage alone."""
    sheet, size, formats = press.sheet, press.style.size, press.formats
    text = f"{press.label('usage')}: {texts['usage']}"
    if meter.volume is not None and meter.factor is not None:
        volume = formats.with_unit(meter.volume, meter.volume_unit)
        per = f"kWh/{formats.unit('m3')}"
        text = press.pick(
            "conversion",
            (
                f"{volume} x {formats.number(meter.factor)} {per} = {texts['usage']}",
                f"{press.label('volume')} {volume}   {press.label('factor')} {formats.number(meter.factor)}   {text}",
                f"{press.label('usage')} {volume} * {formats.number(meter.factor)} = {texts['usage']}",
            ),
        )
        if press.words.language == "de":
            heat = (meter.factor / STATE_NUMBER).quantize(Decimal("0.001"))
            text = f"{volume} x Zustandszahl {formats.number(STATE_NUMBER)} x Brennwert {formats.number(heat)} = {texts['usage']}"
    frame.y += size * 1.5
    sheet.text(frame.x, frame.y, text, size, face="bold")
    if "demand" in texts:
        frame.y += size * 1.4
        sheet.text(frame.x, frame.y, f"{press.label('demand')}: {texts['demand']}", size)
    frame.y += 10


def readings(press: Press, frame: Frame) -> None:
    """A line a reading with its day and how it was taken, the newer one first or last; the usage under them."""
    formats, bill = press.formats, press.bill
    heading(press, frame, press.titled("meters"))
    for number, meter in numbered(press):
        texts = head(press, frame, number, meter)
        parts = [(press.words.label(one.concept), one.read_from, one.read_to) for one in meter.registers]
        if meter.read_from is not None and meter.read_to is not None:
            parts = [("", meter.read_from, meter.read_to)]
        kind = press.label("estimated" if meter.estimated else "actual")
        for name, first, last in parts:
            rows = [
                [formats.date(bill.first), name, press.label("actual"), formats.quantity(first)],
                [formats.date(bill.last), name, kind, formats.quantity(last)],
            ]
            if press.pick("newest first", (False, True)):
                rows.reverse()
            titles = [press.words.label(key) for key in ("read_date", "register", "read_kind", "reading")]
            inner = Frame(frame.x, frame.y, min(frame.width, 340.0), frame.bottom)
            columns = [
                Column(titles[0], stretch=True),
                Column(titles[1] if name else ""),
                Column(titles[2]),
                Column(titles[3], "right"),
            ]
            table(press, inner, columns, rows)
            frame.y = inner.y
        worked_out(press, frame, meter, texts)


BLOCKS = {"registers.across": across, "registers.readings": readings}
