"""Axes, grids and month names as charts have them, each detail a family's own habit."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

from bench.bills.layout.charts import Plot, step_of
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import rgb

PALE_RULES = (0xC4C9CE, 0xE3E6E8, 0x9AA2A8)
SLICES = 12
"""A shaded bar is drawn as so many flat slices."""


def measured(press: Press, frame: Frame, most: float, height: float, *, foot: float) -> Plot:
    """Draw the upright axis with its numbers and grid lines, leave ``foot`` points below, and return the plot."""
    sheet, size = press.sheet, max(press.style.size - press.pick("tick size", (1.0, 2.0, 3.0)), 5.0)
    step = step_of(most) / press.pick("tick density", (1, 1, 2))
    while step < 1:
        step *= 2
    steps = int(-(-most // step))
    if press.pick("axis room", (True, False, False)):
        steps += 1
    texts = [tick_text(press, Decimal(str(index * step))) for index in range(steps + 1)]
    gutter = max(sheet.length(text, size) for text in texts) + 7
    right_side = press.pick("ticks side", ("left", "left", "left", "right", "both"))
    left = frame.x + (4 if right_side == "right" else gutter)
    right = frame.right - (gutter if right_side != "left" else 4)
    plot = Plot(left, right, frame.y + size, frame.y + size + height, steps * step)
    grid = press.pick("grid", ("solid", "dashed", "none", "ticks", "box"))
    colour = press.pick("grid colour", PALE_RULES)
    for index, text in enumerate(texts):
        y = plot.y(index * step)
        if grid in ("solid", "dashed", "box"):
            sheet.rule(plot.left, y, plot.right, y, weight=0.4, colour=colour, dashed=grid == "dashed")
        elif grid == "ticks":
            sheet.rule(plot.left - 2, y, plot.left, y, weight=0.5)
        if text == "0" and press.pick("no zero", (False, False, False, True)):
            continue
        if right_side != "right":
            sheet.text(plot.left - 4, y + size * 0.35, text, size, align="right")
        if right_side != "left":
            sheet.text(plot.right + 4, y + size * 0.35, text, size)
    if grid == "box":
        sheet.box(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top, weight=0.5)
    if press.pick("base line", (True, True, False)):
        sheet.rule(plot.left, plot.bottom, plot.right, plot.bottom, weight=press.pick("base weight", (0.5, 1.0)))
    frame.y = plot.bottom + foot
    return plot


def tick_text(press: Press, amount: Decimal) -> str:
    """Write a number of an axis; some families spell thousands as k."""
    if amount >= 1000 and amount % 100 == 0 and press.pick("thousands", ("whole", "whole", "k")) == "k":
        return f"{press.formats.number((amount / 1000).normalize() + 0)}k"
    return press.formats.quantity(amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount)


def noted(press: Press, frame: Frame, plot_top: float = 0.0) -> None:
    """Print the unit where the family has it: over the axis, running up beside it, or in a sentence."""
    unit = press.formats.unit(press.bill.main.unit)
    size = press.style.size - 1.5
    match press.pick("unit note", ("over", "turned", "legend")):
        case "over":
            press.sheet.text(frame.x, frame.y + size, unit, size)
            frame.y += size + 4
        case "turned":
            press.sheet.standing_text(frame.x + size, frame.y + 60, unit, size)
            frame.x += size + 4
            frame.width -= size + 4
        case _:
            press.sheet.box(frame.x + 20, frame.y, 6, 6, fill=press.style.bars, stroke=None)
            press.sheet.text(frame.x + 30, frame.y + 6, f"{press.words.label('usage')} ({unit})", size)
            frame.y += size + 6


def month_names(press: Press, plot: Plot, months: Sequence[HistoryMonth]) -> float:
    """Print the months under a plot and return where they end [points]."""
    sheet, size = press.sheet, max(press.style.size - press.pick("month size", (2.0, 2.5, 3.0)), 4.8)
    pitch = (plot.right - plot.left) / len(months)
    forms = ("short", "letters", "two_lines", "year_once", "standing", "upper", "joined")
    form = press.pick("axis months", forms)
    short, letters = press.words.months("short"), press.words.months("letters")
    widest = max(sheet.length(name, size) for name in short)
    if form in ("short", "two_lines", "year_once", "upper") and widest * 1.15 > pitch:
        form = press.pick("narrow months", ("letters", "standing"))
    if form == "joined" and max(sheet.length(f"{name} 88", size) for name in short) > pitch:
        form = "standing"
    y = plot.bottom + size + 2
    lowest = y
    for index, month in enumerate(months):
        x = plot.left + pitch * (index + 0.5)
        name = short[month.month.month - 1]
        first = index == 0 or month.month.month == 1
        if form == "standing":
            text = f"{name} {month.month:%y}" if press.pick("standing years", (True, False)) or first else name
            length = sheet.length(text, size)
            sheet.standing_text(x + size * 0.35, plot.bottom + 3 + length, text, size)
            lowest = max(lowest, plot.bottom + 3 + length)
            continue
        text = {
            "letters": letters[month.month.month - 1],
            "upper": name.upper(),
            "joined": f"{name} {month.month:%y}",
        }.get(form, name)
        sheet.text(x, y, text, size, align="centre")
        every = form == "two_lines"
        if every or (first and form != "joined" and press.pick("years shown", (True, True, False))):
            long_year = form == "year_once" or press.pick("long years", (True, False))
            year = f"{month.month:%Y}" if long_year and pitch > sheet.length("2028", size) else f"{month.month:%y}"
            sheet.text(x, y + size + 1, year, size, align="centre")
            lowest = y + size + 1
    return lowest + 3


def shaded(press: Press, left: float, top: float, width: float, height: float, colour: int) -> None:
    """Fill a bar from dark at the foot to light at the top."""
    red, green, blue = rgb(colour)
    for index in range(SLICES):
        share = 1 - 0.5 * (SLICES - index) / SLICES
        parts = [round(255 * (1 - (1 - part) * share)) for part in (red, green, blue)]
        slice_top = top + height * index / SLICES
        press.sheet.box(
            left, slice_top, width, height / SLICES + 0.05, fill=parts[0] << 16 | parts[1] << 8 | parts[2], stroke=None
        )


def bar_of(
    press: Press, plot: Plot, left: float, width: float, amount: float, colour: int, *, base: float = 0.0
) -> None:
    """Draw one upright bar, or one part of a stacked bar from ``base`` up."""
    top, foot = plot.y(base + amount), plot.y(base)
    match "flat" if base else press.pick("bar finish", ("flat", "flat", "outlined", "rounded", "shaded")):
        case "outlined":
            press.sheet.box(left, top, width, foot - top, fill=colour, stroke=0x333333, weight=0.4)
        case "rounded":
            radius = min(width / 4, max((foot - top) / 2 - 0.1, 0), 2.5)
            press.sheet.box(left, top, width, foot - top, fill=colour, stroke=None, radius=radius)
        case "shaded":
            shaded(press, left, top, width, foot - top, colour)
        case _:
            press.sheet.box(left, top, width, foot - top, fill=colour, stroke=None)


def warmth(press: Press, plot: Plot, count: int) -> None:
    """Draw a line of temperatures over a plot, with a scale of its own at the right: it has nothing to do with the use."""
    spots = [
        (
            plot.left + (plot.right - plot.left) * (i + 0.5) / count,
            plot.y(plot.most * (0.35 + 0.3 * ((i * 7) % 11) / 11)),
        )
        for i in range(count)
    ]
    for (x1, y1), (x2, y2) in itertools.pairwise(spots):
        press.sheet.rule(x1, y1, x2, y2, weight=1.0, colour=0xD35400)
    for x, y in spots:
        press.sheet.disc(x, y, 1.6, fill=0xD35400)
