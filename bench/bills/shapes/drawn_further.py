"""Still more charts of past use: months that span two, days and means among the months, odd numbers along the axis, no use."""

import itertools
from collections.abc import Callable
from decimal import Decimal

from bench.bills.layout.charts import Plot, step_of
from bench.bills.layout.histories import titled
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Block, Frame, Press
from bench.bills.paper.tables import heading
from bench.bills.shapes.drawn_bars import (
    GRID,
    HEIGHT,
    PALE,
    SIZE,
    Names,
    flat,
    months_of,
    named,
    opened,
    places,
    plotted,
    tick_texts,
    ticked,
    unit_over,
    upright,
    usual_axis,
)

LINE = 0xD35400


def thirds_of(press: Press, plot: Plot, most: float) -> None:
    """Print the numbers of an axis cut in three, rounded to whole ones."""
    del most
    ticked(
        press,
        plot,
        [(plot.most * at / 3, press.formats.quantity(Decimal(round(plot.most * at / 3)))) for at in range(4)],
    )


def both_sides(press: Press, plot: Plot, most: float) -> None:
    """Print the numbers with their unit at both sides."""
    step = step_of(most)
    unit = press.formats.unit(press.bill.main.unit)
    texts = [(amount, f"{text} {unit}") for amount, text in tick_texts(press, step, round(plot.most / step))]
    ticked(press, plot, texts)
    for amount, text in texts:
        press.sheet.text(plot.right + 3, plot.y(amount) + SIZE * 0.35, text, SIZE)


def dotted_line(press: Press, plot: Plot, most: float) -> None:
    """Print the usual axis, and a line of temperatures with discs over the bars."""
    usual_axis(press, plot, most)
    pitch = (plot.right - plot.left) / 13
    spots = [
        (plot.left + pitch * (at + 0.5), plot.bottom - HEIGHT * (0.3 + 0.6 * ((at * 4) % 13) / 13)) for at in range(13)
    ]
    for (x1, y1), (x2, y2) in itertools.pairwise(spots):
        press.sheet.rule(x1, y1, x2, y2, weight=0.8, colour=LINE)
    for x, y in spots:
        press.sheet.disc(x, y, 1.8, fill=LINE)


def spanning(press: Press, frame: Frame) -> None:
    """Bars of bills of two months, each named after both."""
    months = months_of(press, 7)
    plot = opened(press, frame, months)
    short = press.words.months("short")
    for (index, month), (left, wide) in zip(months, places(plot, len(months), 0.45), strict=True):
        flat(press, plot, left, wide, float(month.quantity))
        press.mark(f"chart.{index}", "")
        text = f"{short[month.month.month - 2]}-{short[month.month.month - 1]}"
        press.sheet.text(left + wide / 2, plot.bottom + SIZE + 2, text, SIZE, align="centre")
        press.sheet.text(left + wide / 2, plot.bottom + 2 * SIZE + 3, f"{month.month:%Y}", SIZE, align="centre")
    frame.y = plot.bottom + 2 * SIZE + 12


def days_under(press: Press, frame: Frame) -> None:
    """Bars over months with the days of each bill under its name."""
    months = months_of(press)
    plot = opened(press, frame, months)
    for (index, month), (left, wide) in zip(months, places(plot, len(months)), strict=True):
        flat(press, plot, left, wide, float(month.quantity))
        press.mark(f"chart.{index}", "")
        press.sheet.text(left + wide / 2, plot.bottom + 2 * SIZE + 5, str(month.days), SIZE, align="centre")
    named(press, plot, months, Names())
    frame.y = plot.bottom + 2 * SIZE + 14


def with_mean(press: Press, frame: Frame) -> None:
    """Twelve months and a pale bar of their mean at the end, named so."""
    months = months_of(press, 12)
    plot = opened(press, frame, months)
    slots = places(plot, 13)
    for (index, month), (left, wide) in zip(months, slots[:-1], strict=True):
        flat(press, plot, left, wide, float(month.quantity))
        press.mark(f"chart.{index}", "")
        name = press.words.months("short")[month.month.month - 1]
        press.sheet.text(left + wide / 2, plot.bottom + SIZE + 2, name, SIZE, align="centre")
    left, wide = slots[-1]
    top = plot.y(sum(float(month.quantity) for _, month in months) / 12)
    press.sheet.box(left, top, wide, plot.bottom - top, fill=PALE, stroke=None)
    press.sheet.text(left + wide / 2, plot.bottom + SIZE + 2, "Avg", SIZE, align="centre")
    frame.y = plot.bottom + SIZE + 12


def million_watts(press: Press, frame: Frame) -> None:
    """Bars whose axis counts in megawatt-hours, as its own unit says."""
    heading(press, frame, press.titled("history"))
    press.sheet.text(frame.x, frame.y + SIZE, "MWh", SIZE)
    frame.y += SIZE + 5
    months = months_of(press)
    most = max(float(month.quantity) for _, month in months)
    plot = plotted(press, frame, most)
    step = step_of(most)
    amounts = [amount for amount, _ in tick_texts(press, step, round(plot.most / step))]
    ticked(press, plot, [(amount, press.formats.number(Decimal(f"{amount / 1000:.2f}"))) for amount in amounts])
    for (index, month), (left, wide) in zip(months, places(plot, len(months)), strict=True):
        flat(press, plot, left, wide, float(month.quantity))
        press.mark(f"chart.{index}", "")
    frame.y = plot.bottom + named(press, plot, months, Names()) + 8


def before_after(press: Press, frame: Frame) -> None:
    """Last year's bars pale and broad behind this year's, half of each covered; the words of the legend under the months."""
    last, this = months_of(press, 24)[:12], months_of(press, 12)
    plot = opened(press, frame, [*last, *this])
    for months, shift, colour in ((last, 0.12, PALE), (this, 0.38, press.style.bars)):
        pitch = (plot.right - plot.left) / 12
        for at, (index, month) in enumerate(months):
            top = plot.y(float(month.quantity))
            left = plot.left + pitch * (at + shift)
            press.sheet.box(left, top, pitch * 0.5, plot.bottom - top, fill=colour, stroke=None)
            press.mark(f"chart.{index}", "")
    y = plot.bottom + named(press, plot, this, Names())
    x = frame.x + 40
    for key, colour in (("last_year", PALE), ("this_year", press.style.bars)):
        press.sheet.box(x, y, 6, 6, fill=colour, stroke=None)
        x += 40 + press.sheet.text(x + 9, y + 5.5, press.words.label(key), SIZE)
    frame.y = y + 16


def steps_line(press: Press, frame: Frame) -> None:
    """A line without bars and discs at the months, over a pale grid of upright rules."""
    months = months_of(press)
    plot = opened(press, frame, months)
    pitch = (plot.right - plot.left) / len(months)
    spots = [(plot.left + pitch * (at + 0.5), plot.y(float(month.quantity))) for at, (_, month) in enumerate(months)]
    for x, _ in spots:
        press.sheet.rule(x, plot.top, x, plot.bottom, weight=0.3, colour=GRID)
    for (x1, y1), (x2, y2) in itertools.pairwise(spots):
        press.sheet.rule(x1, y1, x2, y2, weight=1.2, colour=press.style.bars)
    for x, y in spots:
        press.sheet.disc(x, y, 2.0, fill=press.style.bars)
    for index, _ in months:
        press.mark(f"chart.{index}", "")
    frame.y = plot.bottom + named(press, plot, months, Names()) + 8


def under(spell: Callable[[Press, HistoryMonth, int], str], *, standing: bool = False, below: bool = False) -> Block:
    """Return the block of bars over texts of their own: the months' numbers, days of reading, or numbers under their names."""

    def block(press: Press, frame: Frame) -> None:
        months = months_of(press)
        plot = opened(press, frame, months)
        foot = plot.bottom + (named(press, plot, months, Names()) if below else 0.0)
        for at, ((index, month), (left, wide)) in enumerate(zip(months, places(plot, len(months)), strict=True)):
            flat(press, plot, left, wide, float(month.quantity))
            press.mark(f"chart.{index}", "")
            text = spell(press, month, at)
            if standing:
                length = press.sheet.length(text, SIZE)
                press.sheet.standing_text(left + wide / 2 + SIZE * 0.35, foot + 3 + length, text, SIZE)
            else:
                press.sheet.text(left + wide / 2, foot + SIZE + 2, text, SIZE, align="centre")
        frame.y = foot + (38 if standing else SIZE + 12)

    return block


def lying_pairs(press: Press, frame: Frame) -> None:
    """Two lying bars a month, last year's pale under this year's, with a legend and an axis below."""
    heading(press, frame, titled(press))
    last, this = months_of(press, 24)[:12], months_of(press, 12)
    sheet, pitch = press.sheet, SIZE * 1.9
    x = frame.x + 40
    for key, colour in (("this_year", press.style.bars), ("last_year", PALE)):
        sheet.box(x, frame.y, 6, 6, fill=colour, stroke=None)
        x += 40 + sheet.text(x + 9, frame.y + 5.5, press.words.label(key), SIZE)
    frame.y += 10
    unit_over(press, frame)
    left = frame.x + 30
    most = max(float(month.quantity) for _, month in (*last, *this))
    step = step_of(most)
    steps = int(-(-most // step))
    span = (frame.right - 20 - left) / (step * steps)
    for at, (old, new) in enumerate(zip(last, this, strict=True)):
        y = frame.y + pitch * at
        name = press.words.months("short")[new[1].month.month - 1]
        sheet.text(left - 5, y + pitch / 2 + SIZE * 0.35, name, SIZE, align="right")
        for (index, month), top, colour in ((new, y + 1, press.style.bars), (old, y + 1 + pitch * 0.4, PALE)):
            sheet.box(left, top, float(month.quantity) * span, pitch * 0.4, fill=colour, stroke=None)
            press.mark(f"chart.{index}", "")
    frame.y += pitch * 12 + 2
    for amount, text in tick_texts(press, step, steps):
        sheet.text(left + amount * span, frame.y + SIZE, text, SIZE, align="centre")
    frame.y += SIZE + 10


def _number(press: Press, month: HistoryMonth, at: int) -> str:
    del press, at
    return str(month.month.month)


def _read_on(press: Press, month: HistoryMonth, at: int) -> str:
    del press
    return f"{month.month:%m}/{13 + at % 4}/{month.month:%y}"


def _degrees(press: Press, month: HistoryMonth, at: int) -> str:
    del press
    return str(48 + (month.month.month * 7 + at * 5) % 37)


BLOCKS: dict[str, Block] = {
    "chart.thirds_of": upright(axis=thirds_of),
    "chart.both_sides": upright(axis=both_sides, width=0.85, names=Names("letters")),
    "chart.dotted_line": upright(axis=dotted_line),
    "chart.spanning": spanning,
    "chart.days_under": days_under,
    "chart.with_mean": with_mean,
    "chart.million_watts": million_watts,
    "chart.before_after": before_after,
    "chart.line_alone": steps_line,
    "chart.month_numbers": under(_number),
    "chart.read_dates": under(_read_on, standing=True),
    "chart.warmth_under": under(_degrees, below=True),
    "chart.lying_pairs": lying_pairs,
    "chart.second_names": upright(names=Names(every=2), count=25),
}
