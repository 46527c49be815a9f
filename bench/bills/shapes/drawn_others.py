"""More charts of past use than one row of bars: areas, several years, quarters, lying bars, pictures, two services."""

from collections.abc import Sequence
from dataclasses import replace

from bench.bills.layout.charts import Plot, step_of
from bench.bills.layout.histories import titled
from bench.bills.paper.press import Block, Frame, Press
from bench.bills.paper.sheet import WHITE, Sheet
from bench.bills.paper.tables import heading
from bench.bills.rendering import pages_of
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
    usual_axis,
)

PICTURE_DPI = 110
PANEL = 0x1F3D5A


def area(press: Press, frame: Frame) -> None:
    """A filled area whose corners stand over the months."""
    heading(press, frame, titled(press))
    unit_over(press, frame)
    months = months_of(press)
    most = max(float(month.quantity) for _, month in months)
    plot = plotted(press, frame, most)
    pitch = (plot.right - plot.left) / len(months)
    corners = [(plot.left + pitch * (at + 0.5), plot.y(float(month.quantity))) for at, (_, month) in enumerate(months)]
    press.sheet.polygon([(corners[0][0], plot.bottom), *corners, (corners[-1][0], plot.bottom)], fill=press.style.bars)
    usual_axis(press, plot, most)
    for index, _ in months:
        press.mark(f"chart.{index}", "")
    frame.y = plot.bottom + named(press, plot, months, Names()) + 8


def three_years(press: Press, frame: Frame) -> None:
    """January to December with a bar for each of three years, told by a legend."""
    heading(press, frame, titled(press))
    colours = (0xD5DBE0, 0x8FB4D6, press.style.bars)
    everything = months_of(press, 36)
    years = sorted({month.month.year for _, month in everything})[-3:]
    x = frame.x + 30
    for year, colour in zip(years, colours, strict=True):
        press.sheet.box(x, frame.y, 6, 6, fill=colour, stroke=None)
        x += 24 + press.sheet.text(x + 9, frame.y + 5.5, str(year), SIZE)
    frame.y += 12
    unit_over(press, frame)
    shown = [(index, month) for index, month in everything if month.month.year in years]
    most = max(float(month.quantity) for _, month in shown)
    plot = plotted(press, frame, most)
    usual_axis(press, plot, most)
    pitch = (plot.right - plot.left) / 12
    for index, month in shown:
        year = years.index(month.month.year)
        left = plot.left + pitch * (month.month.month - 1 + 0.14 + 0.24 * year)
        top = plot.y(float(month.quantity))
        press.sheet.box(left, top, pitch * 0.24, plot.bottom - top, fill=colours[year], stroke=None)
        press.mark(f"chart.{index}", "")
    by_month = sorted(shown[-12:], key=lambda one: one[1].month.month)
    frame.y = plot.bottom + named(press, plot, by_month, Names()) + 8


def apart(press: Press, frame: Frame) -> None:
    """The same month of last year by itself, then the twelve months to this bill."""
    months = months_of(press)
    plot = opened(press, frame, months)
    slots = places(plot, 14)
    for (index, month), (left, wide) in zip(months, [slots[0], *slots[2:]], strict=True):
        flat(press, plot, left, wide, float(month.quantity))
        press.mark(f"chart.{index}", "")
        name = press.words.months("short")[month.month.month - 1]
        press.sheet.text(left + wide / 2, plot.bottom + SIZE + 2, name, SIZE, align="centre")
        if index in (months[0][0], months[1][0]) or month.month.month == 1:
            press.sheet.text(left + wide / 2, plot.bottom + 2 * SIZE + 3, str(month.month.year), SIZE, align="centre")
    frame.y = plot.bottom + 2 * SIZE + 12


def quarters(press: Press, frame: Frame) -> None:
    """A bar for each of the last quarterly bills, named after its month and year."""
    months = months_of(press, 9)
    plot = opened(press, frame, months)
    for (index, month), (left, wide) in zip(months, places(plot, len(months), 0.4), strict=True):
        flat(press, plot, left, wide, float(month.quantity))
        press.mark(f"chart.{index}", "")
        name = press.words.months("short")[month.month.month - 1]
        press.sheet.text(left + wide / 2, plot.bottom + SIZE + 2, f"{name} {month.month:%y}", SIZE, align="centre")
    frame.y = plot.bottom + SIZE + 12


def lying(press: Press, frame: Frame) -> None:
    """Lying bars on striped lines, the newest first, their axis on top."""
    heading(press, frame, titled(press))
    _lines(press, frame)
    frame.y += 8


def _lines(press: Press, frame: Frame) -> None:
    months = list(months_of(press))[::-1]
    names = [press.formats.month(month.month) for _, month in months]
    sheet, pitch = press.sheet, SIZE * 1.6
    unit_over(press, frame)
    left = frame.x + max(sheet.length(name, SIZE) for name in names) + 8
    most = max(float(month.quantity) for _, month in months)
    step = step_of(most)
    steps = int(-(-most // step))
    span = (frame.right - 14 - left) / (step * steps)
    for amount, text in tick_texts(press, step, steps):
        sheet.text(left + amount * span, frame.y + SIZE, text, SIZE, align="centre")
    top = frame.y + SIZE + 4
    for at, ((index, month), name) in enumerate(zip(months, names, strict=True)):
        y = top + pitch * at
        if at % 2:
            sheet.box(frame.x, y, frame.width, pitch, fill=0xEDF1F4, stroke=None)
        sheet.text(left - 5, y + pitch / 2 + SIZE * 0.35, name, SIZE, align="right")
        sheet.box(left, y + 2, float(month.quantity) * span, pitch - 4, fill=press.style.bars, stroke=None)
        press.mark(f"chart.{index}", "")
    frame.y = top + pitch * len(months)


def pictured(press: Press, frame: Frame) -> None:
    """Lying bars that come as a coarse picture."""
    heading(press, frame, titled(press))
    top = frame.y
    aside = Sheet((press.sheet.width, press.sheet.height), press.style.typeface, "")
    _lines(replace(press, sheet=aside), frame)
    scale = PICTURE_DPI / 72
    corners = (frame.x - 4, top, frame.right + 4, frame.y + 4)
    left, upper, right, lower = (round(side * scale) for side in corners)
    crop = pages_of(aside.finish(), PICTURE_DPI)[0].crop((left, upper, right, lower))
    press.sheet.picture(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1], crop)
    frame.y += 8


def per_day(press: Press, frame: Frame) -> None:
    """Bars of the mean use a day: no use of a month is told by them."""
    months = months_of(press)
    unit = press.formats.unit(press.bill.main.unit)
    heading(press, frame, f"{press.words.label('daily_average')} ({unit}/day)")
    means = [float(month.quantity) / month.days for _, month in months]
    plot = plotted(press, frame, max(means))
    usual_axis(press, plot, max(means))
    for mean, (left, wide) in zip(means, places(plot, len(months)), strict=True):
        flat(press, plot, left, wide, mean)
    frame.y = plot.bottom + named(press, plot, months, Names()) + 8


def reversed_panel(press: Press, frame: Frame) -> None:
    """White bars and names on a dark panel."""
    heading(press, frame, titled(press))
    months = months_of(press)
    most = max(float(month.quantity) for _, month in months)
    press.sheet.box(frame.x, frame.y, frame.width, HEIGHT + 40, fill=PANEL, stroke=None)
    frame.y += 8
    step = step_of(most)
    plot = Plot(frame.x + 34, frame.right - 8, frame.y + SIZE, frame.y + SIZE + HEIGHT, step * int(-(-most // step)))
    unit = press.formats.unit(press.bill.main.unit)
    press.sheet.text(frame.x + 4, frame.y + 2, unit, SIZE, colour=WHITE)
    for amount, text in tick_texts(press, step, round(plot.most / step)):
        y = plot.y(amount)
        press.sheet.rule(plot.left, y, plot.right, y, weight=0.4, colour=0x5A7A99)
        press.sheet.text(plot.left - 4, y + SIZE * 0.35, text, SIZE, align="right", colour=WHITE)
    for (index, month), (left, wide) in zip(months, places(plot, len(months)), strict=True):
        top = plot.y(float(month.quantity))
        press.sheet.box(left, top, wide, plot.bottom - top, fill=WHITE, stroke=None)
        press.mark(f"chart.{index}", "")
    frame.y = plot.bottom + named(press, plot, months, Names(), colour=WHITE) + 24


def side_by_side(press: Press, frame: Frame) -> None:
    """The first service's bars at the left, another's of invented use at the right, each with title, axis and months."""
    months = months_of(press)
    top, half = frame.y, frame.width / 2 - 8
    first = [float(month.quantity) for _, month in months]
    second = [float(20 + 9 * ((at * 7) % 13)) for at in range(len(months))]
    services = press.bill.services
    for place, (service, amounts) in enumerate(zip(services, (first, second), strict=False)):
        inner = Frame(frame.x + place * (half + 16), top, half, frame.bottom)
        unit = press.formats.unit(service.unit)
        press.sheet.text(inner.x, inner.y + 8, f"{press.words.label(service.commodity)} ({unit})", 8, face="bold")
        inner.y += 14
        plot = plotted(press, inner, max(amounts))
        step = step_of(max(amounts))
        ticked(press, plot, tick_texts(press, step, round(plot.most / step)))
        for amount, (left, wide) in zip(amounts, places(plot, len(months)), strict=True):
            flat(press, plot, left, wide, amount)
        lowest = plot.bottom + named(press, plot, months, Names("letters")) + 8
    for index, _ in months:
        press.mark(f"chart.{index}", "")
    frame.y = lowest


def stair(press: Press, frame: Frame) -> None:
    """One outline that steps from month to month, without gaps, its numbers at the right."""
    heading(press, frame, titled(press))
    unit_over(press, frame)
    months = months_of(press, 12)
    most = max(float(month.quantity) for _, month in months)
    plot = plotted(press, frame, most, gutter=4)
    plot = replace(plot, right=plot.right - 30)
    corners: list[tuple[float, float]] = [(plot.left, plot.bottom)]
    for (index, month), (left, wide) in zip(months, places(plot, len(months), 1.0), strict=True):
        corners += [(left, plot.y(float(month.quantity))), (left + wide, plot.y(float(month.quantity)))]
        press.mark(f"chart.{index}", "")
    press.sheet.polygon([*corners, (plot.right, plot.bottom)], fill=PALE, stroke=press.style.bars)
    _right_axis(press, plot, tick_texts(press, step_of(most), round(plot.most / step_of(most))))
    frame.y = plot.bottom + named(press, plot, months, Names()) + 8


def _right_axis(press: Press, plot: Plot, texts: Sequence[tuple[float, str]]) -> None:
    for amount, text in texts:
        y = plot.y(amount)
        press.sheet.rule(plot.left, y, plot.right, y, weight=0.3, colour=GRID, dashed=True)
        press.sheet.text(plot.right + 4, y + SIZE * 0.35, text, SIZE)


BLOCKS: dict[str, Block] = {
    "chart.area": area,
    "chart.three_years": three_years,
    "chart.apart": apart,
    "chart.quarters": quarters,
    "chart.lines_on_top": lying,
    "chart.lines_pictured": pictured,
    "chart.per_day": per_day,
    "chart.reversed": reversed_panel,
    "chart.side_by_side": side_by_side,
    "chart.stair": stair,
}
