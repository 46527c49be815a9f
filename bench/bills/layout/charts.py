"""Past months as bars against an axis, and the decoys beside them: temperature, cost, neighbours, energy mix."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from bench.bills.layout.histories import titled, value
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import heading

PALE_RULE = 0xC4C9CE


@dataclass(frozen=True, slots=True)
class Plot:
    """The area that bars stand in, and the number at its top."""

    left: float
    right: float
    top: float
    bottom: float
    most: float

    def y(self, amount: float) -> float:
        """Return how high an amount reaches [points from the top of the page]."""
        return self.bottom - (self.bottom - self.top) * amount / self.most


def step_of(most: float) -> float:
    """Return a round step with three to six of them up to ``most``."""
    step = 1.0
    while True:
        for factor in (1, 2, 2.5, 5):
            if most / (step * factor) <= 5 and (step * factor).is_integer():
                return step * factor
        step *= 10


def axes(press: Press, frame: Frame, most: float, height: float, *, prefix: str = "") -> Plot:
    """Draw axis, grid lines and their numbers, and return the plot."""
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    step = step_of(most)
    steps = int(-(-most // step))
    if steps * step == most and press.pick("axis headroom", (True, False)):
        steps += 1
    label = lambda index: prefix + press.formats.quantity(Decimal(int(index * step)))  # noqa: E731
    gutter = max(sheet.length(label(index), size) for index in range(steps + 1)) + 6
    on_right = press.pick("axis side", ("left", "left", "left", "right")) == "right"
    left = frame.x + (4 if on_right else gutter)
    plot = Plot(left, frame.right - (gutter if on_right else 4), frame.y + 6, frame.y + 6 + height, steps * step)
    lined = press.pick("grid lines", ("solid", "dashed", "ticks"))
    for index in range(steps + 1):
        y = plot.y(index * step)
        if lined == "ticks":
            edge = plot.right if on_right else plot.left
            sheet.rule(edge - 2, y, edge + 2, y, weight=0.5)
        else:
            sheet.rule(plot.left, y, plot.right, y, weight=0.4, colour=PALE_RULE, dashed=lined == "dashed")
        x = plot.right + 4 if on_right else plot.left - 4
        sheet.text(x, y + size * 0.35, label(index), size, align="left" if on_right else "right")
    if press.pick("axis line", (True, False)):
        sheet.rule(plot.left, plot.top, plot.left, plot.bottom, weight=0.7)
    sheet.rule(plot.left, plot.bottom, plot.right, plot.bottom, weight=0.7)
    return plot


def month_labels(press: Press, plot: Plot, months: list[HistoryMonth]) -> float:
    """Print the months under a plot and return where the labels end [points]."""
    sheet, size = press.sheet, max(press.style.size - 2.5, 5.0)
    pitch = (plot.right - plot.left) / len(months)
    form = press.pick("bar months", ("short", "letters", "short_yy"))
    if form != "letters" and max(sheet.length(name, size) for name in press.words.months("short")) > pitch:
        form = "letters"
    names = press.words.months("letters" if form == "letters" else "short")
    for index, month in enumerate(months):
        x = plot.left + pitch * (index + 0.5)
        sheet.text(x, plot.bottom + size + 2, names[month.month.month - 1], size, align="centre")
        if form == "short_yy" or index in (0, len(months) - 1) or month.month.month == 1:
            sheet.text(x, plot.bottom + 2 * size + 4, f"{month.month:%y}", size, align="centre")
    return plot.bottom + 2 * size + 8


def bar(press: Press, plot: Plot, left: float, width: float, amount: float, colour: int) -> None:
    """Draw one bar."""
    outline = press.pick("bar outline", (None, None, 0x333333))
    top = plot.y(amount)
    press.sheet.box(left, top, width, plot.bottom - top, fill=colour, stroke=outline, weight=0.4)


def chart_months(press: Press) -> list[tuple[int, HistoryMonth]]:
    """Return the months of a chart with one series, oldest first."""
    return list(enumerate(press.bill.history))[-13:]


def bars(press: Press, frame: Frame) -> None:
    """Bars against an axis, without numbers on them."""
    months = chart_months(press)
    heading(press, frame, titled(press))
    unit_note(press, frame)
    most = max(float(month.quantity) for _, month in months)
    plot = axes(press, frame, most, press.pick("chart height", (70.0, 90.0, 120.0)))
    pitch = (plot.right - plot.left) / len(months)
    share = press.pick("bar width", (0.45, 0.6, 0.75))
    marks_estimates = press.pick("estimates", (True, False))
    for position, (index, month) in enumerate(months):
        colour = 0xB9C4CC if marks_estimates and month.estimated else press.style.bars
        if position == len(months) - 1 and press.pick("newest bar", (True, False)):
            colour = press.style.accent
        bar(press, plot, plot.left + pitch * (position + (1 - share) / 2), pitch * share, float(month.quantity), colour)
        press.mark(f"chart.{index}", "")
    frame.y = month_labels(press, plot, [month for _, month in months]) + 8


def labelled(press: Press, frame: Frame) -> None:
    """Bars with their numbers above them, standing where they would not fit lying."""
    months = chart_months(press)
    heading(press, frame, titled(press))
    unit_note(press, frame)
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    most = max(float(month.quantity) for _, month in months)
    widest = max(sheet.length(press.formats.quantity(month.quantity), size) for _, month in months)
    height = press.pick("chart height", (70.0, 90.0, 120.0))
    plot = Plot(frame.x + 4, frame.right - 4, frame.y + widest + 6, frame.y + widest + 6 + height, most)
    pitch = (plot.right - plot.left) / len(months)
    lying = widest < pitch - 1
    for position, (index, month) in enumerate(months):
        amount, middle = float(month.quantity), plot.left + pitch * (position + 0.5)
        bar(press, plot, middle - pitch * 0.3, pitch * 0.6, amount, press.style.bars)
        text = value(press, index, month)
        if lying:
            sheet.text(middle, plot.y(amount) - 3, text, size, align="centre")
        else:
            sheet.standing_text(middle + size * 0.35, plot.y(amount) - 3, text, size)
    sheet.rule(plot.left, plot.bottom, plot.right, plot.bottom, weight=0.7)
    frame.y = month_labels(press, plot, [month for _, month in months]) + 8


def two_years(press: Press, frame: Frame) -> None:
    """Twelve months of this year beside those of last year, two bars a month and a legend."""
    history = list(enumerate(press.bill.history))
    this, last = history[-12:], history[-24:-12]
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    colours = (0xB5BDC4, press.style.bars)
    x = frame.x + 4
    for colour, key in zip(colours, ("last_year", "this_year"), strict=True):
        sheet.box(x, frame.y, 7, 7, fill=colour, stroke=None)
        x += 12 + sheet.text(x + 10, frame.y + 6.5, press.words.label(key), size) + 16
    frame.y += 14
    most = max(float(month.quantity) for _, month in (*this, *last))
    plot = axes(press, frame, most, press.pick("chart height", (80.0, 100.0)))
    pitch = (plot.right - plot.left) / 12
    for position in range(12):
        left = plot.left + pitch * position
        for series, (months, colour) in enumerate(((last, colours[0]), (this, colours[1]))):
            if position < len(months):
                index, month = months[position]
                bar(press, plot, left + pitch * (0.12 + 0.38 * series), pitch * 0.36, float(month.quantity), colour)
                press.mark(f"chart.{index}", "")
    frame.y = month_labels(press, plot, [month for _, month in this]) + 8


def unit_note(press: Press, frame: Frame) -> None:
    """Print the unit above a chart."""
    size = press.style.size - 1.5
    press.sheet.text(frame.x, frame.y + size, press.formats.unit(press.bill.main.unit), size)
    frame.y += size + 4


def temperature(press: Press, frame: Frame) -> None:
    """A decoy: mean temperatures by month, as a line with dots and numbers."""
    heading(press, frame, press.titled("temperature"))
    rng = Random(f"{press.family}/{press.bill.invoice_number}/temperature")
    months = [month for _, month in chart_months(press)]
    warm = press.bill.country == "US"
    values = [rng.randrange(30, 85) if warm else rng.randrange(-2, 28) for _ in months]
    plot = axes(press, frame, 100.0 if warm else 30.0, 50)
    pitch = (plot.right - plot.left) / len(months)
    spots = [(plot.left + pitch * (i + 0.5), plot.y(max(v, 0))) for i, v in enumerate(values)]
    for (x1, y1), (x2, y2) in itertools.pairwise(spots):
        press.sheet.rule(x1, y1, x2, y2, weight=1.1, colour=0xC0392B)
    for x, y in spots:
        press.sheet.disc(x, y, 1.8, fill=0xC0392B)
    frame.y = month_labels(press, plot, months) + 8


def cost(press: Press, frame: Frame) -> None:
    """A decoy: what was paid each month, as bars in money."""
    heading(press, frame, press.titled("cost_chart"))
    months = [month for _, month in chart_months(press)]
    plot = axes(press, frame, max(float(month.cost) for month in months), 60, prefix=press.formats.symbol)
    pitch = (plot.right - plot.left) / len(months)
    for index, month in enumerate(months):
        bar(press, plot, plot.left + pitch * (index + 0.2), pitch * 0.6, float(month.cost), 0x7FA66B)
    frame.y = month_labels(press, plot, months) + 8


def neighbours(press: Press, frame: Frame) -> None:
    """A decoy: lying bars that compare this home with others, with numbers in the unit of the bill."""
    heading(press, frame, press.titled("neighbours"))
    sheet, size = press.sheet, press.style.size - 1
    usage = press.bill.main.usage
    for index, factor in enumerate(("1", "1.17", "0.83")):
        amount = (usage * Decimal(factor)).quantize(Decimal(1))
        length = frame.width * 0.6 * float(factor) / 1.2
        sheet.box(frame.x, frame.y, length, 11, fill=(press.style.bars, 0xB5BDC4, 0x7FA66B)[index], stroke=None)
        sheet.text(frame.x + length + 5, frame.y + 9, press.formats.with_unit(amount, press.bill.main.unit), size)
        frame.y += 16
    frame.y += 8


def mix(press: Press, frame: Frame) -> None:
    """A decoy: a pie of energy sources in percent."""
    heading(press, frame, press.titled("mix"))
    sheet, size = press.sheet, press.style.size - 1
    start = 90.0
    for index, (percent, colour) in enumerate(((38, 0x2E86AB), (27, 0xF2A541), (21, 0x7FA66B), (14, 0x8D6A9F))):
        sheet.wedge(frame.x + 34, frame.y + 34, 30, start, percent * 3.6, colour)
        start += percent * 3.6
        sheet.box(frame.x + 78, frame.y + 8 + 14 * index, 7, 7, fill=colour, stroke=None)
        sheet.text(frame.x + 90, frame.y + 15 + 14 * index, f"{percent} %", size)
    frame.y += 78


BLOCKS = {
    "chart.bars": bars,
    "chart.labelled": labelled,
    "chart.two_years": two_years,
    "decoy.temperature": temperature,
    "decoy.cost": cost,
    "decoy.neighbours": neighbours,
    "decoy.mix": mix,
}
