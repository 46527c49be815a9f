"""Charts of past use as issuers draw them: each habit of names, numbers, bars and container is met on printed bills."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from PIL import Image

from bench.bills.layout.charts import Plot, step_of
from bench.bills.layout.histories import titled
from bench.bills.model.bill import HistoryMonth
from bench.bills.paper.press import Block, Frame, Press
from bench.bills.paper.sheet import WHITE, Sheet, rgb
from bench.bills.paper.tables import heading
from bench.bills.rendering import pages_of

PALE = 0xB5BDC4
PICTURE_DPI = 150
HATCH_POINTS = 2.5
DEPTH_POINTS = 4.0
SLANT_DEGREES = 45.0
EXPORTED_SHARES = (0.2, 0.9)
LINE_HEIGHT = 1.25
Months = Sequence[tuple[int, HistoryMonth]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a kind of issuer draws its chart."""

    count: int = 13
    height: float = 80.0
    share: float = 0.6
    """How much of a month's width its bar takes."""
    width: float = 1.0
    """How much of the column the chart takes."""
    finish: str = "flat"
    names: str = "short"
    ticks: str = "left"
    grid: bool = True
    series: str = "one"
    falling: bool = False
    under: str = ""
    held: str = "page"
    size: float = 6.5


def drawn_so(habit: Habit) -> Block:
    """Return the block that draws a chart after a habit."""

    def block(press: Press, frame: Frame) -> None:
        heading(press, frame, titled(press))
        inner = Frame(frame.x, frame.y, frame.width * habit.width, frame.bottom)
        with _held(press, inner, habit) as held:
            _unit(held, inner, habit)
            _chart(held, inner, habit)
        frame.y = inner.y + 8

    return block


@contextmanager
def _held(press: Press, frame: Frame, habit: Habit) -> Iterator[Press]:
    """Give the press to draw with: the page's, one that draws into a form, or one whose drawing comes as a picture."""
    top = frame.y
    if habit.held == "picture":
        aside = Sheet((press.sheet.width, press.sheet.height), press.style.typeface, "")
        yield replace(press, sheet=aside)
        scale = PICTURE_DPI / 72
        corners = (frame.x - 4, top, frame.right + 4, frame.y + 4)
        left, upper, right, lower = (round(side * scale) for side in corners)
        crop = pages_of(aside.finish(), PICTURE_DPI)[0].crop((left, upper, right, lower))
        press.sheet.picture(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1], crop)
    elif habit.held == "form":
        with press.sheet.form(f"chart{press.sheet.page}"):
            yield press
    else:
        yield press


def _unit(press: Press, frame: Frame, habit: Habit) -> None:
    press.sheet.text(frame.x, frame.y + habit.size, press.formats.unit(press.bill.main.unit), habit.size)
    frame.y += habit.size + 5


def _chart(press: Press, frame: Frame, habit: Habit) -> None:
    everything = list(enumerate(press.bill.history))
    this, last = everything[-habit.count :], everything[-2 * habit.count : -habit.count]
    if habit.series == "calendar":
        newest = this[-1][1].month
        this = everything[-newest.month :]
        last = everything[-newest.month - 12 : -newest.month]
    if habit.falling:
        this = this[::-1]
    both = [*this, *last] if habit.series in ("pairs", "calendar", "line") else this
    most = max(float(month.quantity) for _, month in both)
    below = most * 0.6 if habit.series == "up_down" else 0.0
    plot = _axes(press, frame, habit, most, below)
    slots = 12 if habit.series == "calendar" else len(this)
    _bars(press, plot, habit, this, last, slots)
    names = [month for _, month in this]
    if habit.series == "calendar":
        names = [month for _, month in sorted(last, key=lambda one: one[1].month.month)]
    foot = plot.y(-below)
    frame.y = foot + _names(press, plot, habit, names, foot) + _under(press, plot, habit, len(this), foot)
    if habit.series in ("pairs", "calendar", "line"):
        _legend(press, frame, habit, (f"{last[-1][1].month:%Y}", f"{this[-1][1].month:%Y}"))


def _axes(press: Press, frame: Frame, habit: Habit, most: float, below: float) -> Plot:
    sheet, size, step = press.sheet, habit.size, step_of(most)
    steps = int(-(-most // step))
    unit = press.formats.unit(press.bill.main.unit) if habit.ticks == "units" else ""
    texts = {
        at: f"{press.formats.quantity(Decimal(int(at * step)))} {unit}".strip()
        for at in range(-int(below // step), steps + 1)
    }
    gutter = max(sheet.length(text, size) for text in texts.values()) + 6
    right_side = habit.ticks == "right"
    left, right = frame.x + (4 if right_side else gutter), frame.right - (gutter if right_side else 4)
    plot = Plot(left, right, frame.y + size, frame.y + size + habit.height, steps * step)
    for at, text in texts.items():
        y = plot.y(at * step)
        if habit.grid:
            sheet.rule(left, y, right, y, weight=0.4, colour=0xC4C9CE)
        if habit.ticks == "none" or (habit.ticks == "ends" and at not in (0, steps)):
            continue
        x = right + 4 if right_side else left - 4
        sheet.text(x, y + size * 0.35, text, size, align="left" if right_side else "right")
    sheet.rule(left, plot.bottom, right, plot.bottom, weight=0.6)
    return plot


def _bars(press: Press, plot: Plot, habit: Habit, this: Months, last: Months, slots: int) -> None:
    pitch, rng = (plot.right - plot.left) / slots, Random(f"{press.family}/{press.bill.invoice_number}/export")
    pairs = habit.series in ("pairs", "calendar")
    wide = pitch * habit.share / (2 if pairs else 1)
    for months, colour, second in ((last if pairs else (), PALE, 0), (this, press.style.bars, int(pairs))):
        for position, (index, month) in enumerate(months):
            place = month.month.month - 1 if habit.series == "calendar" else position
            left = plot.left + pitch * (place + (1 - habit.share) / 2) + wide * second
            amount = float(month.quantity)
            _bar(press, habit.finish, left, plot.y(amount), wide, plot.bottom, colour)
            press.mark(f"chart.{index}", "")
            if habit.series == "up_down":
                foot = plot.y(-amount * 0.6 * rng.uniform(*EXPORTED_SHARES))
                _bar(press, habit.finish, left, plot.bottom, wide, foot, 0xF2C14E)
    if habit.series == "line":
        spots = [(plot.left + pitch * (i + 0.5), plot.y(float(month.quantity))) for i, (_, month) in enumerate(last)]
        for (x1, y1), (x2, y2) in itertools.pairwise(spots):
            press.sheet.rule(x1, y1, x2, y2, weight=1.1, colour=0xD35400)


def _bar(press: Press, finish: str, left: float, top: float, wide: float, foot: float, colour: int) -> None:
    sheet, tall, right = press.sheet, foot - top, left + wide
    if tall <= 0:
        return
    match finish:
        case "thick":
            sheet.rule(left + wide / 2, foot, left + wide / 2, top, weight=wide, colour=colour)
        case "pill":
            sheet.box(left, top, wide, tall, fill=colour, stroke=None, radius=min(wide, tall) / 2 - 0.01)
        case "hollow":
            sheet.box(left, top, wide, tall, fill=None, stroke=0x222222, weight=0.6)
        case "hatched":
            sheet.box(left, top, wide, tall, fill=None, stroke=colour, weight=0.5)
            for step in range(int(tall / HATCH_POINTS)):
                y = foot - step * HATCH_POINTS
                sheet.rule(left, y, right, max(y - HATCH_POINTS, top), weight=0.4, colour=colour)
        case "shading":
            sheet.shaded_box(left, top, wide, tall, (PALE, colour))
        case "image":
            sheet.picture(left, top, wide, tall, _gradient(colour))
        case "glyph":
            sheet.square_sign(left, top, wide, tall, colour)
        case "solid":
            _solid(sheet, left, top, wide, foot, colour)
        case _:
            sheet.box(left, top, wide, tall, fill=colour, stroke=None)


def _gradient(colour: int) -> Image.Image:
    strip = Image.new("RGB", (1, 32))
    for row in range(32):
        share = 0.55 + 0.45 * row / 31
        strip.putpixel((0, row), tuple(round(255 * (1 - (1 - part) * share)) for part in rgb(colour)))
    return strip


def _solid(sheet: Sheet, left: float, top: float, wide: float, foot: float, colour: int) -> None:
    """Draw a block that shows its right side and its lid."""
    right, shift = left + wide, DEPTH_POINTS
    sheet.box(left, top, wide, foot - top, fill=colour, stroke=None)
    side = [(right, foot), (right + shift, foot - shift), (right + shift, top - shift), (right, top)]
    sheet.polygon(side, fill=colour >> 1 & 0x7F7F7F)
    sheet.polygon([(left, top), (right, top), (right + shift, top - shift), (left + shift, top - shift)], fill=0xA9C3DC)


def _names(press: Press, plot: Plot, habit: Habit, months: Sequence[HistoryMonth], foot: float) -> float:
    """Print the months under a plot; return how much room they take [points]."""
    sheet, size, pitch = press.sheet, habit.size, (plot.right - plot.left) / len(months)
    short, letters = press.words.months("short"), press.words.months("letters")
    room = size * LINE_HEIGHT + 2
    for index, month in enumerate(months):
        x, name = plot.left + pitch * (index + 0.5), short[month.month.month - 1]
        match habit.names:
            case "slanted":
                text = f"{name}-{month.month:%y}"
                reach = sheet.length(text, size) * 0.71
                sheet.standing_text(x - reach + 1, foot + reach + size, text, size, degrees=SLANT_DEGREES)
                room = max(room, reach + size + 3)
            case "standing":
                text = f"{name} {month.month:%y}"
                length = sheet.length(text, size)
                sheet.standing_text(x + size * 0.35, foot + 3 + length, text, size)
                room = max(room, length + 6)
            case "inside":
                sheet.standing_text(x + size * 0.35, foot - 2, name, size, colour=WHITE)
            case "second" if index % 2:
                continue
            case "numeric":
                sheet.text(x, foot + size + 2, f"{month.month:%m/%y}", size, align="centre")
            case "two_lines":
                sheet.text(x, foot + size + 2, name, size, align="centre")
                sheet.text(x, foot + 2 * size + 3, f"{month.month:%Y}", size - 0.5, align="centre")
                room = 2 * size + 6
            case "letters" | "spans":
                sheet.text(x, foot + size + 2, letters[month.month.month - 1], size, align="centre")
            case _:
                sheet.text(x, foot + size + 2, name, size, align="centre")
    if habit.names in ("spans", "second"):
        for year, span in itertools.groupby(enumerate(months), key=lambda one: one[1].month.year):
            places = [index for index, _ in span]
            middle = plot.left + pitch * ((places[0] + places[-1]) / 2 + 0.5)
            sheet.text(middle, foot + 2 * size + 4, str(year), size, align="centre")
        room = 2 * size + 7
    return room


def _under(press: Press, plot: Plot, habit: Habit, slots: int, foot: float) -> float:
    """Print what stands under the months besides: mean temperatures of the months."""
    if habit.under != "degrees":
        return 0.0
    pitch, size = (plot.right - plot.left) / slots, habit.size - 0.5
    rng = Random(f"{press.family}/{press.bill.invoice_number}/degrees")
    y = foot + 2 * habit.size + 8
    press.sheet.text(plot.left, y + size + 2, press.words.title("temperature"), size)
    for index in range(slots):
        text = f"{rng.randrange(38, 84)}\N{DEGREE SIGN}"
        press.sheet.text(plot.left + pitch * (index + 0.5), y, text, size, align="centre")
    return 3 * size + 8


def _legend(press: Press, frame: Frame, habit: Habit, years: tuple[str, str]) -> None:
    """Print a legend of discs or squares under the chart."""
    sheet, x, y = press.sheet, frame.x + 30, frame.y + 3
    words = years if habit.series == "calendar" else tuple(press.words.label(key) for key in ("last_year", "this_year"))
    for text, colour in zip(words, (0xD35400 if habit.series == "line" else PALE, press.style.bars), strict=True):
        if habit.finish == "flat" and habit.series == "pairs":
            sheet.disc(x + 3, y + 3, 3, fill=colour)
        else:
            sheet.box(x, y, 6, 6, fill=colour, stroke=None)
        x += 24 + sheet.text(x + 10, y + 5.5, text, habit.size)
    frame.y += 12


HABITS = {
    "sliver": Habit(height=36, share=0.4, width=0.45, size=5.0, names="letters", under="degrees"),
    "calendar": Habit(series="calendar", share=0.8),
    "spans": Habit(names="spans", ticks="right", grid=False),
    "discs": Habit(count=12, series="pairs", names="letters", share=0.75, width=0.6),
    "ends": Habit(count=12, ticks="ends", names="standing", grid=False, height=60),
    "slanted": Habit(names="slanted", share=0.45, width=0.7),
    "thick": Habit(finish="thick", names="two_lines"),
    "pill": Habit(finish="pill", share=0.5, names="spans", grid=False),
    "hollow": Habit(finish="hollow", names="short", share=0.7),
    "hatched": Habit(finish="hatched", names="two_lines", share=0.7),
    "shading": Habit(finish="shading", names="short"),
    "gradient": Habit(finish="image", names="short", grid=False),
    "glyph": Habit(finish="glyph", names="short", share=0.7),
    "form": Habit(held="form", names="short", finish="pill", share=0.6),
    "picture": Habit(held="picture", names="short", width=0.62, size=7.5),
    "picture_pairs": Habit(held="picture", count=12, series="pairs", names="short", width=0.7, size=7.5, share=0.8),
    "falling": Habit(falling=True, ticks="right", names="two_lines"),
    "solid": Habit(finish="solid", names="short", share=0.5),
    "up_down": Habit(series="up_down", names="short", count=12),
    "mixed": Habit(series="line", count=12, names="short"),
    "inside": Habit(names="inside", share=0.8, count=12, height=90),
    "second": Habit(names="second", grid=False),
    "units": Habit(ticks="units", names="numeric", share=0.5),
    "bare": Habit(ticks="none", names="spans", grid=False, height=50),
}
BLOCKS: dict[str, Block] = {f"chart.as_{name}": drawn_so(habit) for name, habit in HABITS.items()}
