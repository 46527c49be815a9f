"""Past months as printed numbers: tables, grids, rows across the page, and short comparisons."""

from decimal import Decimal

from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import Column, heading, table


def shown(press: Press) -> list[tuple[int, HistoryMonth]]:
    """Return the months in the family's order, with their places in the truth."""
    numbered = list(enumerate(press.bill.history))
    return numbered[::-1] if press.pick("history order", ("oldest", "newest")) == "newest" else numbered


def value(press: Press, index: int, month: HistoryMonth) -> str:
    """Write a month's usage and record it."""
    return press.mark(f"history.{index}", press.formats.quantity(month.quantity))


def titled(press: Press) -> str:
    """Return the title with the unit in it."""
    unit = press.formats.unit(press.bill.main.unit)
    return (
        f"{press.titled('history')} ({unit})" if press.pick("unit in title", (True, False)) else press.titled("history")
    )


def extra_columns(press: Press) -> list[str]:
    """Return which facts beside the usage the family lists."""
    return list(
        press.pick(
            "history columns", ((), ("days",), ("days", "daily_average"), ("days", "cost"), ("cost",), ("read_kind",))
        )
    )


def cells(press: Press, index: int, month: HistoryMonth, extras: list[str]) -> list[str]:
    """Return the texts of a month's row."""
    texts = {
        "days": str(month.days),
        "daily_average": press.formats.number((month.quantity / month.days).quantize(Decimal("0.1"))),
        "cost": press.formats.money(month.cost),
        "read_kind": press.words.label("estimated" if month.estimated else "actual"),
    }
    return [press.formats.month(month.month), value(press, index, month), *(texts[key] for key in extras)]


def head(press: Press, extras: list[str]) -> list[Column]:
    """Return the headings of the list."""
    unit = press.formats.unit(press.bill.main.unit)
    usage = press.pick("usage heading", (unit, press.words.label("usage"), f"{press.words.label('usage')} ({unit})"))
    return [
        Column(press.words.label("month"), stretch=True),
        Column(usage, "right"),
        *(Column(press.words.label(key), "right") for key in extras),
    ]


def by_table(press: Press, frame: Frame) -> None:
    """One row a month."""
    heading(press, frame, titled(press))
    extras = extra_columns(press)
    rows = [cells(press, index, month, extras) for index, month in shown(press)]
    inner = Frame(frame.x, frame.y, min(frame.width, 80.0 * (2 + len(extras))), frame.bottom)
    table(press, inner, head(press, extras), rows)
    frame.y = inner.y + 6


def grid(press: Press, frame: Frame) -> None:
    """Two lists side by side."""
    heading(press, frame, titled(press))
    extras = extra_columns(press)[:1]
    rows = [cells(press, index, month, extras) for index, month in shown(press)]
    half = (len(rows) + 1) // 2
    top, lowest = frame.y, frame.y
    for position, part in enumerate((rows[:half], rows[half:])):
        width = frame.width / 2 - 8
        inner = Frame(frame.x + position * (width + 16), top, width, frame.bottom)
        table(press, inner, head(press, extras), part, size=press.style.size - 1)
        lowest = max(lowest, inner.y)
    frame.y = lowest + 6


def across(press: Press, frame: Frame) -> None:
    """Months across the page, their usage under them."""
    heading(press, frame, titled(press))
    months = shown(press)
    short = press.words.months("short")
    for start in range(0, len(months), 7):
        part = months[start : start + 7]
        columns = [Column(""), *(Column(f"{short[m.month.month - 1]} {m.month:%y}", "right") for _, m in part)]
        columns[0] = Column("", stretch=True)
        unit = press.formats.unit(press.bill.main.unit)
        rows = [[unit, *(value(press, index, month) for index, month in part)]]
        if press.pick("days row", (True, False)):
            rows.append([press.words.label("days"), *(str(month.days) for _, month in part)])
        table(press, frame, columns, rows, look="ruled", size=press.style.size - 1)
    frame.y += 4


def compare(press: Press, frame: Frame) -> None:
    """This month beside the last one and the same month of last year."""
    heading(press, frame, titled(press))
    history = press.bill.history
    picked = [index for index in (len(history) - 13, len(history) - 2, len(history) - 1) if index >= 0]
    extras = ["days", "daily_average"]
    rows = [cells(press, index, history[index], extras) for index in picked]
    table(press, frame, head(press, extras), rows)
    frame.y += 4


BLOCKS = {"history.table": by_table, "history.grid": grid, "history.across": across, "history.compare": compare}
