"""Charts of past use in more shapes: lying, stacked and overlaid bars, lines and areas, with neighbours that mislead."""

import itertools
from decimal import Decimal

from bench.bills.layout.charts import cost, mix, neighbours, step_of, temperature
from bench.bills.layout.histories import titled, value
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE
from bench.bills.paper.tables import heading
from bench.bills.shapes.plots import bar_of, measured, month_names, noted, tick_text, warmth

PARTS = (("off_peak", 0x8FB8DE), ("mid_peak", 0xF2C14E), ("on_peak", 0xB23A48))
HEIGHTS = (55.0, 70.0, 90.0, 120.0)


def months_of(press: Press) -> list[tuple[int, HistoryMonth]]:
    """Return the months of a family's chart, with their places in the truth: 12, 13, or all there are."""
    everything = list(enumerate(press.bill.history))
    return everything[-press.pick("chart months", (12, 13, 13, 25)) :]


def upright(press: Press, frame: Frame) -> None:
    """Upright bars against an axis; a line of temperatures may cross them."""
    months = months_of(press)
    heading(press, frame, titled(press))
    noted(press, frame)
    most = max(float(month.quantity) for _, month in months)
    plot = measured(press, frame, most, press.pick("height", HEIGHTS), foot=2)
    pitch = (plot.right - plot.left) / len(months)
    share = press.pick("bar share", (0.4, 0.6, 0.8, 0.94))
    grey_estimates = press.pick("grey estimates", (True, False))
    for position, (index, month) in enumerate(months):
        colour = 0xB9C4CC if grey_estimates and month.estimated else press.style.bars
        if position == len(months) - 1 and press.pick("newest other", (True, False)):
            colour = press.style.accent
        bar_of(
            press, plot, plot.left + pitch * (position + (1 - share) / 2), pitch * share, float(month.quantity), colour
        )
        press.mark(f"chart.{index}", "")
    if press.pick("temperature over", (False, False, True)):
        warmth(press, plot, len(months))
    frame.y = month_names(press, plot, [month for _, month in months]) + 8


def numbered_bars(press: Press, frame: Frame) -> None:
    """Upright bars whose numbers stand inside them, on them, or run up them; with or without an axis."""
    months = months_of(press)[-13:]
    heading(press, frame, titled(press))
    noted(press, frame)
    sheet, size = press.sheet, max(press.style.size - 2.5, 5.0)
    most = max(float(month.quantity) for _, month in months)
    widest = max(sheet.length(press.formats.quantity(month.quantity), size) for _, month in months)
    frame.y += widest
    plot = measured(press, frame, most * 1.02, press.pick("height", HEIGHTS), foot=2)
    pitch = (plot.right - plot.left) / len(months)
    lying = widest < pitch - 1
    inside = press.pick("number place", ("over", "inside"))
    for position, (index, month) in enumerate(months):
        amount, middle = float(month.quantity), plot.left + pitch * (position + 0.5)
        bar_of(press, plot, middle - pitch * 0.42, pitch * 0.84, amount, press.style.bars)
        text, top = value(press, index, month), plot.y(amount)
        tall = plot.bottom - top > (size * 1.4 if lying else widest + 4)
        within = inside == "inside" and tall
        colour = WHITE if within else 0
        if lying:
            sheet.text(middle, top + (size + 1 if within else -2), text, size, align="centre", colour=colour)
        else:
            sheet.standing_text(middle + size * 0.35, top + (widest + 2 if within else -2), text, size, colour=colour)
    frame.y = month_names(press, plot, [month for _, month in months]) + 8


def lying(press: Press, frame: Frame) -> None:
    """Lying bars, a line a month; their numbers at their ends, or only an axis below or above."""
    months = months_of(press)[-13:]
    if press.pick("lying order", ("oldest", "newest")) == "newest":
        months.reverse()
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 1.5, 5.5)
    names = [press.formats.month(month.month) for _, month in months]
    left = frame.x + max(sheet.length(name, size) for name in names) + 8
    most = max(float(month.quantity) for _, month in months)
    step = step_of(most)
    steps = int(-(-most // step))
    right = frame.right - (34 if press.pick("lying numbers", (True, False, False)) else 14)
    told = right < frame.right - 20
    across = lambda amount: left + (right - left) * amount / (steps * step)  # noqa: E731
    above = press.pick("lying axis", ("below", "above")) == "above"
    if not told:
        noted_unit = press.formats.unit(press.bill.main.unit)
        sheet.text(frame.x, frame.y + size, noted_unit, size)
        frame.y += size + 3
    if above and not told:
        for index in range(steps + 1):
            sheet.text(
                across(index * step), frame.y + size, tick_text(press, Decimal(str(index * step))), size, align="centre"
            )
        frame.y += size + 4
    top = frame.y
    pitch = size * press.pick("lying pitch", (1.4, 1.7, 2.0))
    if not told and press.pick("lying grid", (True, False)):
        for index in range(steps + 1):
            sheet.rule(
                across(index * step), top, across(index * step), top + pitch * len(months), weight=0.4, colour=0xC4C9CE
            )
    for position, ((index, month), name) in enumerate(zip(months, names, strict=True)):
        y = top + pitch * position
        sheet.text(left - 5, y + pitch / 2 + size * 0.35, name, size, align="right")
        length = across(float(month.quantity)) - left
        sheet.box(left, y + pitch * 0.14, length, pitch * 0.72, fill=press.style.bars, stroke=None)
        if told:
            sheet.text(left + length + 4, y + pitch / 2 + size * 0.35, value(press, index, month), size)
        else:
            press.mark(f"chart.{index}", "")
    frame.y = top + pitch * len(months)
    sheet.rule(left, top, left, frame.y, weight=0.7)
    if not told and not above:
        sheet.rule(left, frame.y, right, frame.y, weight=0.5)
        for index in range(steps + 1):
            text = tick_text(press, Decimal(str(index * step)))
            sheet.text(across(index * step), frame.y + size + 2, text, size, align="centre")
        frame.y += size + 4
    frame.y += 8


def overlaid(press: Press, frame: Frame) -> None:
    """This year and last year: pairs of bars, or a narrow bar before a broad pale one."""
    history = list(enumerate(press.bill.history))
    this, last = history[-12:], history[-24:-12]
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    colours = press.pick("two colours", ((0xB5BDC4, press.style.bars), (0xF2C14E, 0x2F4858), (0x8FC1A9, 0x14532D)))
    x, at_foot = frame.x + 4, press.pick("legend place", (False, False, True))
    top = frame.y
    if not at_foot:
        frame.y += 14
    noted(press, frame)
    most = max(float(month.quantity) for _, month in (*this, *last))
    plot = measured(press, frame, most, press.pick("height", HEIGHTS[1:]), foot=2)
    pitch = (plot.right - plot.left) / 12
    behind = press.pick("one before the other", (False, True))
    swap = press.pick("this year first", (False, False, True)) and not behind
    for position in range(12):
        left = plot.left + pitch * position
        for series, (months, colour) in enumerate(((last, colours[0]), (this, colours[1]))):
            if position >= len(months):
                continue
            index, month = months[position]
            place = 1 - series if swap else series
            x1, width = (0.12 + 0.38 * place, 0.38) if not behind else ((0.1, 0.8) if series == 0 else (0.3, 0.4))
            bar_of(press, plot, left + pitch * x1, pitch * width, float(month.quantity), colour)
            press.mark(f"chart.{index}", "")
    frame.y = month_names(press, plot, [month for _, month in this]) + 4
    if at_foot:
        top = frame.y
        frame.y += 14
    key_forms = press.pick("legend words", ("words", "years"))
    years = (f"{last[-1][1].month:%Y}", f"{this[-1][1].month:%Y}") if this[-1][1].month.month == 12 else None
    for colour, key, place in zip(colours, ("last_year", "this_year"), (0, 1), strict=True):
        text = years[place] if years and key_forms == "years" else press.words.label(key)
        sheet.box(x, top, 7, 7, fill=colour, stroke=None)
        x += 12 + sheet.text(x + 10, top + 6.5, text, size) + 16
    frame.y += 6


def stacked(press: Press, frame: Frame) -> None:
    """Bars made of three times of day; the month's use is the whole bar."""
    months = months_of(press)[-13:]
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    x = frame.x + 4
    for key, colour in PARTS:
        sheet.box(x, frame.y, 7, 7, fill=colour, stroke=None)
        x += 12 + sheet.text(x + 10, frame.y + 6.5, press.words.label(key), size) + 12
    frame.y += 13
    noted(press, frame)
    most = max(float(month.quantity) for _, month in months)
    plot = measured(press, frame, most, press.pick("height", HEIGHTS), foot=2)
    pitch = (plot.right - plot.left) / len(months)
    for position, (index, month) in enumerate(months):
        base = 0.0
        for part, (share, (_, colour)) in enumerate(zip((0.5, 0.3, 0.2), PARTS, strict=True)):
            amount = (
                float(month.quantity) * (share + 0.04 * ((index + part) % 3 - 1))
                if part < 2
                else float(month.quantity) - base
            )
            press.sheet.box(
                plot.left + pitch * (position + 0.2), plot.y(base + amount), pitch * 0.6, plot.y(base) - plot.y(base + amount),
                fill=colour, stroke=None,
            )  # fmt: skip
            base += amount
        press.mark(f"chart.{index}", "")
    frame.y = month_names(press, plot, [month for _, month in months]) + 8


def line(press: Press, frame: Frame) -> None:
    """A line with a spot a month, or the area under it."""
    months = months_of(press)[-13:]
    heading(press, frame, titled(press))
    noted(press, frame)
    most = max(float(month.quantity) for _, month in months)
    plot = measured(press, frame, most, press.pick("height", HEIGHTS[1:]), foot=2)
    pitch = (plot.right - plot.left) / len(months)
    spots = [(plot.left + pitch * (i + 0.5), plot.y(float(month.quantity))) for i, (_, month) in enumerate(months)]
    if press.pick("filled line", (False, False, True)):
        press.sheet.polygon([(spots[0][0], plot.bottom), *spots, (spots[-1][0], plot.bottom)], fill=0xBFD7EA)
    for (x1, y1), (x2, y2) in itertools.pairwise(spots):
        press.sheet.rule(x1, y1, x2, y2, weight=1.3, colour=press.style.bars)
    for x, y in spots:
        press.sheet.disc(x, y, 2.0, fill=press.style.bars)
    for index, _ in months:
        press.mark(f"chart.{index}", "")
    frame.y = month_names(press, plot, [month for _, month in months]) + 8


def beside_decoys(press: Press, frame: Frame) -> None:
    """The chart between others that show something else, at one height."""
    half = frame.width / 2 - 8
    left, right = Frame(frame.x, frame.y, half, frame.bottom), Frame(frame.x + half + 16, frame.y, half, frame.bottom)
    if press.pick("decoy first", (True, False)):
        left, right = right, left
    upright(press, left)
    press.pick("decoy", (temperature, cost, neighbours, mix))(press, right)
    frame.y = max(left.y, right.y)


BLOCKS = {
    "chart.upright": upright,
    "chart.numbered": numbered_bars,
    "chart.flat": lying,
    "chart.overlaid": overlaid,
    "chart.stacked": stacked,
    "chart.line": line,
    "chart.company": beside_decoys,
}
