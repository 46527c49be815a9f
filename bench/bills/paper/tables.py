"""Tables and headings, the parts that most blocks share. How they are ruled is the family's look."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE, Align, Face, Sheet

SMALLEST_SIZE = 5.0
PADDING = 4.0
HEADER_FACES: tuple[Face, ...] = ("bold", "regular", "bold")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and alignment. Exactly one column of a table should ``stretch``; its texts wrap."""

    title: str
    align: Align = "left"
    stretch: bool = False


def heading(press: Press, frame: Frame, text: str) -> None:
    """Print the title of a block in the family's way."""
    sheet, style = press.sheet, press.style
    size = style.size + 2
    match press.pick("heading", ("ruled", "plain", "filled", "over", "centred")):
        case "ruled":
            sheet.text(frame.x, frame.y + size, text, size, face="bold", colour=style.accent)
            sheet.rule(frame.x, frame.y + size + 3, frame.right, frame.y + size + 3, colour=style.accent)
        case "filled":
            sheet.box(frame.x, frame.y, frame.width, size + 5, fill=style.accent, stroke=None)
            sheet.text(frame.x + PADDING, frame.y + size, text, size - 0.5, face="bold", colour=WHITE)
        case "over":
            sheet.rule(frame.x, frame.y + 1, frame.right, frame.y + 1, weight=2)
            sheet.text(frame.x, frame.y + size + 3, text, size, face="bold")
        case "centred":
            sheet.text(frame.x + frame.width / 2, frame.y + size, text, size, face="bold", align="centre")
        case _:
            sheet.text(frame.x, frame.y + size, text, size, face="bold")
    frame.y += size + 9


def paragraph(press: Press, frame: Frame, text: str, size: float | None = None, *, colour: int = 0) -> None:
    """Print a wrapped paragraph."""
    size = size or press.style.size
    for line in press.sheet.wrapped(text, size, frame.width):
        frame.y += size * 1.25
        press.sheet.text(frame.x, frame.y, line, size, colour=colour)
    frame.y += size * 0.5


def widths_of(sheet: Sheet, columns: Sequence[Column], rows: Sequence[Sequence[str]], size: float) -> list[float]:
    """Return the width that each column needs [points]; headings may wrap at spaces."""
    needed = []
    for index, column in enumerate(columns):
        words = max((sheet.length(word, size, "bold") for word in column.title.split()), default=0.0)
        cells = max((sheet.length(row[index], size, "bold") for row in rows), default=0.0)
        needed.append(max(words, cells) + 2 * PADDING)
    return needed


def fitted(
    sheet: Sheet, columns: Sequence[Column], rows: Sequence[Sequence[str]], width: float, size: float
) -> tuple[list[float], float]:
    """Return column widths that fill ``width`` and the type size that they need."""
    stretch = next((index for index, column in enumerate(columns) if column.stretch), 0)
    while True:
        needed = widths_of(sheet, columns, rows, size)
        rest = width - sum(needed) + needed[stretch]
        words = [word for row in rows for word in row[stretch].split()]
        narrowest = max((sheet.length(word, size, "bold") for word in words), default=0.0) + 2 * PADDING
        wanted = max(narrowest, min(needed[stretch], 0.22 * width))
        if rest >= wanted or size <= SMALLEST_SIZE:
            needed[stretch] = max(rest, narrowest)
            return needed, size
        size -= 0.25


def table(
    press: Press,
    frame: Frame,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    strong: Sequence[int] = (),
    look: str | None = None,
    size: float | None = None,
    headed: bool = True,
) -> None:
    """Print a table.

    Args:
        press: what prints.
        frame: where; moved below the table.
        columns: headings and alignments.
        rows: one text a column.
        strong: indices of rows in bold (totals).
        look: how it is ruled; the family's look where it is None.
        size: type size [points]; smaller where the table would not fit.
        headed: whether the headings are printed.
    """
    sheet, style = press.sheet, press.style
    look = look or style.look
    widths, size = fitted(sheet, columns, rows, frame.width, size or style.size)
    lefts = [frame.x + sum(widths[:index]) for index in range(len(widths))]
    leading = size * (1.65 if look == "ruled" else 1.4)
    top = frame.y
    marks = [top]
    if headed:
        print_header(press, frame, columns, lefts, widths, size, look)
        marks.append(frame.y)
    for number, row in enumerate(rows):
        face: Face = "bold" if number in strong else "regular"
        lines = [
            sheet.wrapped(text, size, width - 2 * PADDING + 1, face) or [""] if column.stretch else [text]
            for column, width, text in zip(columns, widths, row, strict=True)
        ]
        height = leading + (max(map(len, lines)) - 1) * size * 1.2
        if look == "zebra" and number % 2:
            sheet.box(frame.x, frame.y, frame.width, height, fill=style.tint, stroke=None)
        for column, left, width, cell in zip(columns, lefts, widths, lines, strict=True):
            x = anchor(column.align, left, width)
            for line_number, line in enumerate(filter(None, cell)):
                y = frame.y + leading - size * 0.42 + line_number * size * 1.2
                sheet.text(x, y, line, size, face=face, align=column.align)
        frame.y += height
        marks.append(frame.y)
        if number in strong and look == "lines":
            sheet.rule(frame.x, frame.y - height + 1, frame.right, frame.y - height + 1, weight=0.5)
    if look == "ruled":
        rule_cells(sheet, marks, [*lefts, frame.x + sum(widths)])
    frame.y += size * 0.6


def anchor(align: Align, left: float, width: float) -> float:
    """Return where in a cell a text of this alignment is anchored [points]."""
    return {"left": left + PADDING, "right": left + width - PADDING, "centre": left + width / 2}[align]


def rule_cells(sheet: Sheet, ys: Sequence[float], xs: Sequence[float]) -> None:
    """Draw the grid of a ruled table."""
    for y in ys:
        sheet.rule(xs[0], y, xs[-1], y, weight=0.5)
    for x in xs:
        sheet.rule(x, ys[0], x, ys[-1], weight=0.5)


def print_header(
    press: Press,
    frame: Frame,
    columns: Sequence[Column],
    lefts: list[float],
    widths: list[float],
    size: float,
    look: str,
) -> None:
    """Print the headings of a table, wrapped at spaces, last lines level."""
    sheet, style = press.sheet, press.style
    face: Face = press.pick("table header", HEADER_FACES)
    titles = [
        sheet.wrapped(press.cased(column.title), size, widths[i] - PADDING, "bold") for i, column in enumerate(columns)
    ]
    most = max(map(len, titles))
    height = size * 1.2 * most + size * 0.5
    if look in ("header", "ruled") and press.pick("header fill", (True, True, False)):
        sheet.box(frame.x, frame.y, sum(widths), height, fill=style.tint, stroke=None)
    for index, lines in enumerate(titles):
        align = columns[index].align
        x = anchor(align, lefts[index], widths[index])
        for number, line in enumerate(lines):
            y = frame.y + size * 1.2 * (number + 1 + most - len(lines))
            sheet.text(x, y, line, size, face=face, align=align)
    frame.y += height
    if look == "lines":
        sheet.rule(frame.x, frame.y - 1, frame.x + sum(widths), frame.y - 1, weight=0.6)
