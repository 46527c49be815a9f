"""Charts of single days and of daily means: numbers in the unit of the bill that are no month's usage."""

from decimal import Decimal
from random import Random

from bench.bills.layout.charts import axes, bar, chart_months, month_labels
from bench.bills.paper.press import Frame, Press

DAYS_DRAWN = 31
WEEK = 7


def each_day(press: Press, frame: Frame) -> None:
    """Bars of the days of the period; every seventh bears its day's number."""
    sheet, size = press.sheet, max(press.style.size - 3, 5.0)
    rng = Random(f"{press.family}/{press.bill.invoice_number}/days")
    mean = float(press.bill.main.usage) / press.bill.days
    count = min(press.bill.days, DAYS_DRAWN)
    amounts = [mean * rng.uniform(0.5, 1.6) for _ in range(count)]
    plot = axes(press, frame, max(*amounts, 5.0), 60)
    pitch = (plot.right - plot.left) / count
    for index, amount in enumerate(amounts):
        left = plot.left + pitch * (index + 0.2)
        bar(press, plot, left, pitch * 0.6, amount, press.style.bars)
        if index % WEEK == 0:
            sheet.text(left + pitch * 0.3, plot.bottom + size + 2, str(index + 1), size, align="centre")
    frame.y = plot.bottom + size + 10


def daily_means(press: Press, frame: Frame) -> None:
    """Bars of each month's use a day, with the number over the newest and the oldest."""
    sheet, size = press.sheet, max(press.style.size - 2, 5.5)
    months = [month for _, month in chart_months(press)]
    means = [month.quantity / month.days for month in months]
    plot = axes(press, frame, max(float(max(means)), 1.0) * 1.15, 70)
    pitch = (plot.right - plot.left) / len(months)
    for index, mean in enumerate(means):
        left = plot.left + pitch * (index + 0.25)
        newest = index == len(months) - 1
        bar(press, plot, left, pitch * 0.5, float(mean), press.style.accent if newest else 0xB5BDC4)
        if index in (0, len(months) - 1):
            text = press.formats.number(mean.quantize(Decimal("0.1")))
            sheet.text(left + pitch * 0.25, plot.y(float(mean)) - 3, text, size, align="centre")
    frame.y = month_labels(press, plot, months) + 6


BLOCKS = {"decoy.days": each_day, "decoy.daily_means": daily_means}
