"""More upright bars as issuers draw them: axes with one number or none, names left out, bars of strokes, bricks and parts."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench.bills.layout.charts import Plot, step_of
from bench.bills.layout.histories import titled
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Block, Frame, Press
from bench.bills.paper.sheet import BLACK, WHITE
from bench.bills.paper.tables import heading

SIZE, HEIGHT = 6.5, 80.0
PALE, GRID = 0xB5BDC4, 0xC4C9CE
STROKE_POINTS, STROKE_PITCH = 0.5, 1.1
BRICK_POINTS, BRICK_GAP = 5.0, 1.2
PARTS = ((0.5, 0x2F5D8C), (0.3, 0xE0A030), (0.2, 0x9BC2A0))
READ_DAYS = (14, 15, 13, 16, 14, 12, 15, 14, 13, 15, 14, 16, 15)
Months = Sequence[tuple[int, HistoryMonth]]
Painter = Callable[[Press, Plot, float, float, float], None]
"""Draws one bar: press, plot, left, width [points], amount."""


def tick_texts(press: Press, step: float, steps: int) -> list[tuple[float, str]]:
    """Return the numbers of an axis with their texts."""
    return [(at * step, press.formats.quantity(Decimal(str(at * step)).normalize() + 0)) for at in range(steps + 1)]


def plotted(press: Press, frame: Frame, most: float, *, gutter: float = 30.0, height: float = HEIGHT) -> Plot:
    """Return the room of a chart under the frame's place, with an axis that ends at a round number; draws its foot."""
    step = step_of(most)
    plot = Plot(
        frame.x + gutter, frame.right - 4, frame.y + SIZE, frame.y + SIZE + height, step * int(-(-most // step))
    )
    press.sheet.rule(plot.left, plot.bottom, plot.right, plot.bottom, weight=0.6)
    return plot


def ticked(
    press: Press, plot: Plot, texts: Sequence[tuple[float, str]], *, grid: bool = True, inside: bool = False
) -> None:
    """Print numbers along the left side of a plot, or inside it over their lines."""
    for amount, text in texts:
        y = plot.y(amount)
        if grid and amount:
            press.sheet.rule(plot.left, y, plot.right, y, weight=0.4, colour=GRID)
        if inside:
            press.sheet.text(plot.left + 2, y - 1.5, text, SIZE)
        else:
            press.sheet.text(plot.left - 4, y + SIZE * 0.35, text, SIZE, align="right")


def usual_axis(press: Press, plot: Plot, most: float) -> None:
    """Print the usual numbers along a plot."""
    step = step_of(most)
    ticked(press, plot, tick_texts(press, step, round(plot.most / step)))


def places(plot: Plot, slots: int, share: float = 0.6) -> list[tuple[float, float]]:
    """Return left side and width of each bar [points]."""
    pitch = (plot.right - plot.left) / slots
    return [(plot.left + pitch * (at + (1 - share) / 2), pitch * share) for at in range(slots)]


def flat(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a plain bar."""
    top = plot.y(amount)
    press.sheet.box(left, top, wide, plot.bottom - top, fill=press.style.bars, stroke=None)


def strokes(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a bar as thin upright strokes side by side."""
    for at in range(int(wide / STROKE_PITCH) + 1):
        x = left + at * STROKE_PITCH
        press.sheet.rule(x, plot.bottom, x, plot.y(amount), weight=STROKE_POINTS, colour=press.style.bars)


def bricks(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a bar as bricks with paper between them."""
    top, foot = plot.y(amount), plot.bottom
    while foot > top:
        high = min(BRICK_POINTS, foot - top)
        press.sheet.box(left, foot - high, wide, high, fill=press.style.bars, stroke=None)
        foot -= BRICK_POINTS + BRICK_GAP


def lollipop(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a stem with a dot whose middle is the amount."""
    middle, y = left + wide / 2, plot.y(amount)
    press.sheet.rule(middle, plot.bottom, middle, y, weight=1.0, colour=press.style.bars)
    press.sheet.disc(middle, y, 2.6, fill=press.style.bars)


def parts(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw the parts of a bar over each other, each with an outline."""
    foot = plot.bottom
    for share, colour in PARTS:
        high = (plot.bottom - plot.y(amount)) * share
        press.sheet.box(left, foot - high, wide, high, fill=colour, stroke=WHITE, weight=0.5)
        foot -= high


def tracked(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a pale track of full height and the bar before it."""
    press.sheet.box(left, plot.top, wide, plot.bottom - plot.top, fill=0xE6EBEF, stroke=None)
    flat(press, plot, left, wide, amount)


def banded(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a tinted band as broad as the month behind its bar."""
    press.sheet.box(left - wide / 3, plot.top, wide * 5 / 3 - 0.6, plot.bottom - plot.top, fill=0xEEF3F7, stroke=None)
    flat(press, plot, left, wide, amount)


def shadowed(press: Press, plot: Plot, left: float, wide: float, amount: float) -> None:
    """Draw a bar before its shadow."""
    top = plot.y(amount)
    press.sheet.box(left + 1.5, top + 1.5, wide, plot.bottom - top - 1.5, fill=0xB8B8B8, stroke=None)
    flat(press, plot, left, wide, amount)


@dataclass(frozen=True, slots=True)
class Names:
    """How the months stand under a plot: ``every`` so many are named."""

    form: str = "short"
    every: int = 1


def named(press: Press, plot: Plot, months: Months, names: Names, *, colour: int = BLACK) -> float:
    """Print the months under a plot; return how much room they take [points]."""
    sheet, pitch = press.sheet, (plot.right - plot.left) / len(months)
    short, letters = press.words.months("short"), press.words.months("letters")
    room = SIZE * 1.25 + 2
    for at, (index, month) in enumerate(months):
        x, name = plot.left + pitch * (at + 0.5), short[month.month.month - 1]
        if names.form == "none" or at % names.every or (names.form == "ends" and at not in (0, len(months) - 1)):
            continue
        y = plot.bottom + SIZE + 2
        match names.form:
            case "ends":
                sheet.text(x, y, f"{name} {month.month:%Y}", SIZE, align="left" if at == 0 else "right", colour=colour)
            case "letters":
                sheet.text(x, y, letters[month.month.month - 1], SIZE, align="centre", colour=colour)
            case "read_days":
                text = f"{name} {READ_DAYS[index % len(READ_DAYS)]}"
                length = sheet.length(text, SIZE)
                sheet.standing_text(x + SIZE * 0.35, plot.bottom + 3 + length, text, SIZE)
                room = max(room, length + 6)
            case _:
                sheet.text(x, y, name, SIZE, align="centre", colour=colour)
    if names.form == "letters":
        room += SIZE + 2
        for year, span in itertools.groupby(enumerate(months), key=lambda one: one[1][1].month.year):
            spots = [place for place, _ in span]
            left, right = plot.left + pitch * spots[0] + 2, plot.left + pitch * (spots[-1] + 1) - 2
            sheet.rule(left, plot.bottom + SIZE + 5, right, plot.bottom + SIZE + 5, weight=0.5, colour=GRID)
            sheet.text((left + right) / 2, plot.bottom + 2 * SIZE + 6, str(year), SIZE, align="centre")
    return room


def months_of(press: Press, count: int = 13) -> Months:
    """Return the newest months with their places in the truth, oldest first."""
    return list(enumerate(press.bill.history))[-count:]


def unit_over(press: Press, frame: Frame, before: str = "") -> None:
    """Print the unit over an axis."""
    press.sheet.text(frame.x, frame.y + SIZE, f"{before}{press.formats.unit(press.bill.main.unit)}", SIZE)
    frame.y += SIZE + 5


def opened(press: Press, frame: Frame, shown: Months) -> Plot:
    """Print title, unit and usual axis of a chart of these months, and return its room."""
    heading(press, frame, titled(press))
    unit_over(press, frame)
    most = max(float(month.quantity) for _, month in shown)
    plot = plotted(press, frame, most)
    usual_axis(press, plot, most)
    return plot


def upright(
    paint: Painter = flat,
    *,
    names: Names | None = None,
    count: int = 13,
    axis: Callable[[Press, Plot, float], None] = usual_axis,
    width: float = 1.0,
) -> Block:
    """Return the block that draws bars with a painter over named months beside an axis."""

    def block(press: Press, frame: Frame) -> None:
        heading(press, frame, titled(press))
        inner = Frame(frame.x, frame.y, frame.width * width, frame.bottom)
        unit_over(press, inner)
        months = months_of(press, count)
        most = max(float(month.quantity) for _, month in months)
        plot = plotted(press, inner, most)
        axis(press, plot, most)
        for (index, month), (left, wide) in zip(months, places(plot, len(months)), strict=True):
            paint(press, plot, left, wide, float(month.quantity))
            press.mark(f"chart.{index}", "")
        frame.y = plot.bottom + named(press, plot, months, names or Names()) + 8

    return block


def one_tick(press: Press, plot: Plot, most: float) -> None:
    """Print the highest number of an axis alone, with a dashed line."""
    del most
    press.sheet.rule(plot.left, plot.top, plot.right, plot.top, weight=0.4, colour=GRID, dashed=True)
    text = press.formats.quantity(Decimal(int(plot.most)))
    press.sheet.text(plot.left - 4, plot.top + SIZE * 0.35, text, SIZE, align="right")


def inside_ticks(press: Press, plot: Plot, most: float) -> None:
    """Print the numbers over their lines, inside the plot, but none at its foot."""
    step = step_of(most)
    ticked(press, plot, tick_texts(press, step, round(plot.most / step))[1:], inside=True)


def no_axis(press: Press, plot: Plot, most: float) -> None:
    """Print no axis."""
    del press, plot, most


def newest_told(press: Press, plot: Plot, most: float) -> None:
    """Print the number of the newest bar over it, and no axis."""
    del most
    newest = press.bill.history[-1]
    pitch = (plot.right - plot.left) / 13
    text = press.formats.quantity(newest.quantity)
    press.sheet.text(plot.right - pitch / 2, plot.y(float(newest.quantity)) - 2, text, SIZE, align="centre")


def mean_told(press: Press, plot: Plot, most: float) -> None:
    """Print the mean of the bars with a line across them, and no axis."""
    del most
    amounts = [month.quantity for _, month in months_of(press)]
    mean = Decimal(round(sum(amounts) / len(amounts)))
    y = plot.y(float(mean))
    press.sheet.rule(plot.left, y, plot.right, y, weight=0.6, colour=0xC0392B, dashed=True)
    text = press.formats.quantity(mean)
    press.sheet.text(plot.left - 4, y + SIZE * 0.35, text, SIZE, align="right", colour=0xC0392B)


def thousands(press: Press, plot: Plot, most: float) -> None:
    """Print the numbers of an axis in thousands with a k."""
    step = step_of(most)
    amounts = [amount for amount, _ in tick_texts(press, step, round(plot.most / step))]
    ticked(press, plot, [(a, f"{a / 1000:g}k" if a else "0") for a in amounts])


def hundreds(press: Press, plot: Plot, most: float) -> None:
    """Print the numbers of an axis in hundreds; a word beside it tells so."""
    step = step_of(most)
    amounts = [amount for amount, _ in tick_texts(press, step, round(plot.most / step))]
    ticked(press, plot, [(a, f"{a / 100:g}") for a in amounts])
    press.sheet.standing_text(plot.left - 20, plot.bottom - 6, "hundreds of kWh", SIZE)


def two_scales(press: Press, plot: Plot, most: float) -> None:
    """Print a second axis at the right, of a line of temperatures."""
    usual_axis(press, plot, most)
    pitch = (plot.right - plot.left) / 13
    spots = [
        (plot.left + pitch * (at + 0.5), plot.bottom - HEIGHT * (0.25 + 0.5 * ((at * 5) % 13) / 13)) for at in range(13)
    ]
    for (x1, y1), (x2, y2) in itertools.pairwise(spots):
        press.sheet.rule(x1, y1, x2, y2, weight=1.0, colour=0xD35400)
    for at in range(6):
        y = plot.bottom - HEIGHT * at / 5
        press.sheet.text(plot.right + 3, y + SIZE * 0.35, str(at * 5), SIZE, colour=0xD35400)
    press.sheet.text(plot.right - 30, plot.top - 6, press.words.title("temperature"), SIZE, colour=0xD35400)


BLOCKS: dict[str, Block] = {
    "chart.one_tick": upright(axis=one_tick),
    "chart.inside_ticks": upright(axis=inside_ticks),
    "chart.newest_told": upright(axis=newest_told, names=Names("letters")),
    "chart.mean_told": upright(axis=mean_told),
    "chart.two_years_on": upright(names=Names("letters"), count=25),
    "chart.strokes": upright(strokes, axis=thousands),
    "chart.bricks": upright(bricks),
    "chart.lollipops": upright(lollipop),
    "chart.parts": upright(parts, axis=inside_ticks),
    "chart.tracked": upright(tracked),
    "chart.banded": upright(banded, names=Names("letters")),
    "chart.shadowed": upright(shadowed),
    "chart.hundreds": upright(axis=hundreds),
    "chart.two_scales": upright(axis=two_scales, width=0.8),
    "chart.read_days": upright(names=Names("read_days")),
    "chart.thirds": upright(names=Names(every=3)),
    "chart.first_and_last": upright(names=Names("ends")),
    "chart.nameless": upright(names=Names("none")),
}
