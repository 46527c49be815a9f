"""Past months as printed numbers, in more shapes: years side by side, years said once, read days, runs of pairs."""

from decimal import Decimal

from bench.bills.layout.histories import cells, extra_columns, shown, titled, value
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


def year_columns(press: Press, frame: Frame) -> None:
    """A line a month of the year, a column a year; months without a value stay empty or have a dash."""
    heading(press, frame, titled(press))
    by_place = {(m.month.year, m.month.month): (index, m) for index, m in enumerate(press.bill.history)}
    years = sorted({year for year, _ in by_place})
    names = press.words.months(press.pick("year months", ("short", "long")))
    if press.pick("newest year first", (False, True)):
        years.reverse()
    blank = press.pick("no value", ("", "-", "--"))
    rows = []
    for month in range(1, 13):
        found = [by_place.get((year, month)) for year in years]
        if any(found):
            rows.append([names[month - 1], *(value(press, *one) if one else blank for one in found)])
    columns = [Column(press.words.label("month"), stretch=True), *(Column(str(year), "right") for year in years)]
    inner = Frame(frame.x, frame.y, min(frame.width, 80 + 70.0 * len(years)), frame.bottom)
    table(press, inner, columns, rows)
    frame.y = inner.y + 4


def year_once(press: Press, frame: Frame) -> None:
    """A line a month; the year stands with the first month and with each January."""
    heading(press, frame, titled(press))
    names = press.words.months(press.pick("once months", ("short", "long")))
    months = shown(press)
    newest_first = len(months) > 1 and months[0][1].month > months[1][1].month
    unit = press.formats.unit(press.bill.main.unit)
    rows = []
    for place, (index, month) in enumerate(months):
        turn = 12 if newest_first else 1
        year = str(month.month.year) if place == 0 or month.month.month == turn else ""
        rows.append([year, names[month.month.month - 1], value(press, index, month)])
    columns = [Column(""), Column(press.words.label("month"), stretch=True), Column(unit, "right")]
    inner = Frame(frame.x, frame.y, min(frame.width, 190.0), frame.bottom)
    table(press, inner, columns, rows, headed=press.pick("once headed", (True, False)))
    frame.y = inner.y + 4


def read_days(press: Press, frame: Frame) -> None:
    """A line a reading: its day, days, usage, average, amount; a line of totals may close it."""
    heading(press, frame, titled(press))
    formats = press.formats
    rows = []
    for index, month in shown(press):
        day = (
            press.bill.last
            if month is press.bill.history[-1]
            else month.month.replace(day=press.bill.last.day % 27 + 1)
        )
        average = (month.quantity / month.days).quantize(Decimal("0.01"))
        rows.append(
            [
                formats.date(day),
                str(month.days),
                value(press, index, month),
                formats.number(average),
                formats.money(month.cost),
            ]
        )
    if press.pick("history total", (False, True)):
        whole = sum((month.quantity for month in press.bill.history), Decimal(0))
        rows.append([press.words.label("total_usage"), "", formats.quantity(whole), "", ""])
    unit = formats.unit(press.bill.main.unit)
    titles = (
        press.words.label("to"),
        press.words.label("days"),
        unit,
        press.words.label("daily_average"),
        press.words.label("cost"),
    )
    columns = [Column(title, "right" if index else "left", stretch=not index) for index, title in enumerate(titles)]
    table(press, frame, columns, rows)
    frame.y += 4


def in_one_row(press: Press, frame: Frame) -> None:
    """All months in one row of heads, one or more rows of values below them."""
    heading(press, frame, titled(press))
    months = shown(press)[-13:] if press.pick("history order", ("oldest", "newest")) == "oldest" else shown(press)[:13]
    form = press.pick("row months", ("short", "letters", "short_yy"))
    names = press.words.months("letters" if form == "letters" else "short")
    size = min(press.style.size - 1, frame.width / (len(months) + 2) / 3.4)
    left = frame.x + frame.width * 0.14
    pitch = (frame.right - left) / len(months)
    sheet = press.sheet
    lines: list[tuple[str, list[str]]] = [("", [names[m.month.month - 1] for _, m in months])]
    if form == "short_yy":
        lines.append(("", [f"{m.month:%y}" for _, m in months]))
    elif form == "letters" or press.pick("years once", (True, False)):
        marks = [f"{m.month:%Y}" if place == 0 or m.month.month == 1 else "" for place, (_, m) in enumerate(months)]
        lines.append(("", marks))
    lines.append((press.formats.unit(press.bill.main.unit), [value(press, index, m) for index, m in months]))
    if press.pick("row days", (True, False)):
        lines.append((press.words.label("days"), [str(m.days) for _, m in months]))
    for label, texts in lines:
        frame.y += size * 1.4
        sheet.text(frame.x, frame.y, label, size, face="bold")
        for place, text in enumerate(texts):
            sheet.text(left + pitch * (place + 0.5), frame.y, text, size, align="centre")
    frame.y += 10


def runs(press: Press, frame: Frame) -> None:
    """Month and usage after each other, several pairs a line, no heads at all."""
    heading(press, frame, titled(press))
    size, across = press.style.size, 4 if frame.width > 300 else 2
    unit = press.formats.unit(press.bill.main.unit) if press.pick("unit in runs", (True, False)) else ""
    months = shown(press)
    for start in range(0, len(months), across):
        frame.y += size * 1.4
        for place, (index, month) in enumerate(months[start : start + across]):
            x = frame.x + frame.width / across * place
            press.sheet.text(x, frame.y, press.formats.month(month.month), size)
            text = f"{value(press, index, month)} {unit}".strip()
            press.sheet.text(x + frame.width / across - 18, frame.y, text, size, align="right")
    frame.y += 10


def thirds(press: Press, frame: Frame) -> None:
    """Three lists side by side, each under heads of its own."""
    heading(press, frame, titled(press))
    extras = extra_columns(press)[:1]
    rows = [cells(press, index, month, extras) for index, month in shown(press)]
    unit = press.formats.unit(press.bill.main.unit)
    a_part = -(-len(rows) // 3)
    top, lowest = frame.y, frame.y
    for place in range(3):
        part = rows[place * a_part : (place + 1) * a_part]
        if not part:
            continue
        width = frame.width / 3 - 8
        inner = Frame(frame.x + place * (width + 12), top, width, frame.bottom)
        columns = [Column(press.words.label("month"), stretch=True), Column(unit, "right")]
        columns += [Column(press.words.label(key), "right") for key in extras]
        table(press, inner, columns, part, size=press.style.size - 1.5)
        lowest = max(lowest, inner.y)
    frame.y = lowest + 4


def seasons(press: Press, frame: Frame) -> None:
    """This month, the month before and the same month a year ago, named as such and not by their dates."""
    heading(press, frame, titled(press))
    history: tuple[HistoryMonth, ...] = press.bill.history
    formats = press.formats
    places = [(len(history) - 1, "this_month"), (len(history) - 2, "last_month"), (len(history) - 13, "year_ago")]
    places = [(index, key) for index, key in places if index >= 0]
    columns = [Column("", stretch=True), *(Column(press.words.label(key), "right") for _, key in places)]
    unit = formats.unit(press.bill.main.unit)
    averages = [formats.number((history[i].quantity / history[i].days).quantize(Decimal("0.1"))) for i, _ in places]
    rows = [
        [f"{press.words.label('usage')} ({unit})", *(value(press, i, history[i]) for i, _ in places)],
        [press.words.label("days"), *(str(history[i].days) for i, _ in places)],
        [press.words.label("daily_average"), *averages],
    ]
    table(press, frame, columns, rows)
    frame.y += 4


BLOCKS = {
    "history.year_columns": year_columns,
    "history.year_once": year_once,
    "history.read_days": read_days,
    "history.one_row": in_one_row,
    "history.runs": runs,
    "history.thirds": thirds,
    "history.seasons": seasons,
}
