"""Charts and lists of past use that no train or dev family has."""

import itertools
from decimal import Decimal

from bench.bills.layout.charts import axes, chart_months, month_labels
from bench.bills.layout.histories import titled, value
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import heading

YEAR_COLOURS = (0x9AA5AE, 0xE0A030, 0x2C6E9B)


def year_lines(press: Press, frame: Frame) -> None:
    """A line a year over the twelve months, with a legend."""
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    numbered = list(enumerate(press.bill.history))
    years = sorted({month.month.year for _, month in numbered})[-len(YEAR_COLOURS) :]
    x = frame.x
    for year, colour in zip(years, YEAR_COLOURS, strict=False):
        sheet.rule(x, frame.y + 4, x + 12, frame.y + 4, weight=1.6, colour=colour)
        x += 30 + sheet.text(x + 16, frame.y + 6.5, str(year), size)
    frame.y += 12
    plot = axes(press, frame, max(float(month.quantity) for _, month in numbered), 84)
    pitch = (plot.right - plot.left) / 12
    for year, colour in zip(years, YEAR_COLOURS, strict=False):
        mine = [(index, month) for index, month in numbered if month.month.year == year]
        spots = [(plot.left + pitch * (m.month.month - 0.5), plot.y(float(m.quantity))) for _, m in mine]
        for (x1, y1), (x2, y2) in itertools.pairwise(spots):
            sheet.rule(x1, y1, x2, y2, weight=1.4, colour=colour)
        for (x, y), (index, _) in zip(spots, mine, strict=True):
            sheet.disc(x, y, 1.7, fill=colour)
            press.mark(f"chart.{index}", "")
    for number, letter in enumerate(press.words.months("letters")):
        sheet.text(plot.left + pitch * (number + 0.5), plot.bottom + size + 2, letter, size, align="centre")
    frame.y = plot.bottom + 2 * size + 8


def pillars(press: Press, frame: Frame) -> None:
    """Pillars with their number standing white inside them; no axis."""
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    months = chart_months(press)
    most = max(float(month.quantity) for _, month in months)
    pitch, height, foot = frame.width / len(months), 96.0, frame.y + 100
    for position, (index, month) in enumerate(months):
        text = value(press, index, month)
        tall = max(height * float(month.quantity) / most, 1.0)
        left = frame.x + pitch * (position + 0.15)
        sheet.box(left, foot - tall, pitch * 0.7, tall, fill=press.style.bars, stroke=None, radius=min(2.0, tall / 2))
        fits = sheet.length(text, size) < tall - 6
        middle, ink = left + pitch * 0.35 + size * 0.35, 0xFFFFFF if fits else 0
        sheet.standing_text(middle, foot - 4 if fits else foot - tall - 3, text, size, colour=ink)
        name = press.words.months("short")[month.month.month - 1]
        sheet.text(left + pitch * 0.35, foot + size + 2, name, size, align="centre")
        sheet.text(left + pitch * 0.35, foot + 2 * size + 3, f"{month.month:%y}", size, align="centre")
    frame.y = foot + 2 * size + 10


def dots_on_months(press: Press, frame: Frame) -> None:
    """A dot a month on a stalk against an axis, the newest one hollow."""
    heading(press, frame, titled(press))
    months = chart_months(press)
    plot = axes(press, frame, max(float(month.quantity) for _, month in months), 76)
    pitch = (plot.right - plot.left) / len(months)
    for position, (index, month) in enumerate(months):
        x, y = plot.left + pitch * (position + 0.5), plot.y(float(month.quantity))
        press.sheet.rule(x, plot.bottom, x, y, weight=2.2, colour=press.style.bars)
        newest = position == len(months) - 1
        press.sheet.disc(x, y, 3, fill=0xFFFFFF if newest else press.style.bars, stroke=press.style.bars)
        press.mark(f"chart.{index}", "")
    frame.y = month_labels(press, plot, [month for _, month in months]) + 6


def months_by_years(press: Press, frame: Frame) -> None:
    """A row a year, its twelve months across and a mean at the end: up to three years in small type."""
    heading(press, frame, titled(press))
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    found = {(month.month.year, month.month.month): (index, month) for index, month in enumerate(press.bill.history)}
    years = sorted({year for year, _ in found}, reverse=True)
    pitch = (frame.width - 34) / 13
    heads = [*(name.upper() for name in press.words.months("short")), "Ø"]
    for position, name in enumerate(heads):
        sheet.text(frame.x + 34 + pitch * (position + 1) - 2, frame.y + size, name, size, face="bold", align="right")
    frame.y += size + 4
    for year in years:
        sheet.rule(frame.x, frame.y, frame.right, frame.y, weight=0.3)
        frame.y += size * 1.5
        sheet.text(frame.x, frame.y, str(year), size, face="bold")
        mine = [found[year, number] for number in range(1, 13) if (year, number) in found]
        for index, month in mine:
            right = frame.x + 34 + pitch * month.month.month - 2
            sheet.text(right, frame.y, value(press, index, month), size, align="right")
        mean = sum((month.quantity for _, month in mine), Decimal(0)) / len(mine)
        sheet.text(frame.right - 2, frame.y, press.formats.quantity(mean.quantize(Decimal(1))), size, align="right")
        frame.y += 3
    frame.y += 8


BLOCKS = {
    "chart.year_lines": year_lines,
    "chart.pillars": pillars,
    "chart.dots": dots_on_months,
    "history.months_by_years": months_by_years,
}
