"""Sets a form on the page."""

from dataclasses import replace
from itertools import accumulate
from typing import assert_never

from bench.bills.forms.blocks import BLOCKS
from bench.bills.forms.markup import Area, Inset, Line, Loop, areas_of
from bench.bills.forms.values import Absent, Values, each, filled
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import TYPEFACES, WHITE, Align, Face, rgb

INSET_POINTS = 6.0
DARK = 1.5
"""Below this sum of its three shares a strip bears white type."""
PALE_RULE = 0xB0B7BD
ALIGNS: dict[str, Align] = {"l": "left", "r": "right", "c": "centre"}


def form(press: Press, frame: Frame, *, name: str) -> None:
    """Set every area of the family's form; areas stand where they say, whatever else is on the page."""
    lowest, above, top = 0.0, 0.0, 0.0
    for area in areas_of(press.forms[name]):
        top = top_of(area, above, lowest, top)
        foot = area_set(press, area, top)
        if not area.stand:
            above, lowest = foot, max(lowest, foot)


def top_of(area: Area, above: float, lowest: float, top: float) -> float:
    """Return where an area begins [points]."""
    if area.top.startswith("++"):
        return lowest + float(area.top[2:])
    if area.top.startswith("+"):
        return above + float(area.top[1:])
    return top if area.top == "=" else float(area.top)


def area_set(press: Press, area: Area, top: float) -> float:
    """Set one area and return how far down it reaches [points]."""
    usual = press.sheet.typeface
    press.sheet.typeface = TYPEFACES[area.typeface] if area.typeface else usual
    try:
        if area.box or area.fill is not None:
            scratch = press.scratch()
            scratch.sheet.typeface = press.sheet.typeface
            bottom = _lines_set(scratch, area, top)
            stroke = press.style.accent if area.box else None
            press.sheet.box(
                area.left - INSET_POINTS, top - 2, area.width + 2 * INSET_POINTS, bottom - top + INSET_POINTS + 2,
                fill=area.fill, stroke=stroke,
            )  # fmt: skip
        return _lines_set(press, area, top)
    finally:
        press.sheet.typeface = usual


def _lines_set(press: Press, area: Area, top: float) -> float:
    y, number = top, 0
    for line in area.lines:
        match line:
            case Inset(block):
                y = _block_set(press, area, block, y)
            case Line():
                y, number = _row_set(press, area, line, None, y, number)
            case Loop(lines=lines):
                for values in each(press, line):
                    for one in lines:
                        y, number = _row_set(press, area, one, values, y, number)
            case _:
                assert_never(line)
    return y


def _block_set(press: Press, area: Area, name: str, y: float) -> float:
    """Set a block of the layouts, as wide as the area and in its type size."""
    style = replace(press.style, size=area.size or press.style.size)
    frame = Frame(area.left, y + style.size * 0.8, area.width, press.sheet.height)
    BLOCKS[name](replace(press, style=style), frame)
    return frame.y


def _row_set(press: Press, area: Area, line: Line, own: Values | None, y: float, number: int) -> tuple[float, int]:
    """Set one line on its strip and in its rules; return where the next begins and its number."""
    size = line.size or area.size or press.style.size
    if line.rule:
        press.sheet.rule(area.left, y + size * 0.4, area.left + area.width, y + size * 0.4, weight=0.6)
        return y + size * 0.8, number
    if not line.text.strip():
        return y + size * 0.7, number
    try:
        text = press.cased(filled(press, line.text, own))
    except Absent:
        return y, number
    top, height = y + size * (area.gap - 1.0), size * area.gap
    strip = area.head if number == 0 and area.head is not None else area.zebra if number % 2 else None
    if strip is not None:
        press.sheet.box(area.left - 3, top, area.width + 6, height, fill=strip, stroke=None)
    ink = WHITE if number == 0 and area.head is not None and sum(rgb(area.head)) < DARK else area.ink
    end = _line_set(press, area, line, text, y, size, ink)
    if area.rows:
        press.sheet.rule(
            area.left - 3, top + height, area.left + area.width + 3, top + height, weight=0.3, colour=PALE_RULE
        )
    if area.grid:
        _cells_ruled(press, area, top, height)
    return end, number + 1


def _cells_ruled(press: Press, area: Area, top: float, height: float) -> None:
    left, right = area.left - 3, area.left + area.width + 3
    for y in (top, top + height):
        press.sheet.rule(left, y, right, y, weight=0.5)
    edges = list(accumulate((share * area.width for share, _ in area.columns[:-1]), initial=0.0))
    for x in (*(left + edge for edge in edges), right):
        press.sheet.rule(x, top, x, top + height, weight=0.5)


def _line_set(press: Press, area: Area, line: Line, text: str, y: float, size: float, ink: int) -> float:
    """Set the text of one line and return where the next begins."""
    face: Face = "bold" if line.bold else "regular"
    if area.stand:
        press.sheet.standing_text(area.left, y, text, size, face=face, colour=ink)
        return y
    if line.place == "~":
        for part in press.sheet.wrapped(text, size, area.width, face):
            y += size * area.gap
            press.sheet.text(area.left, y, part, size, face=face, colour=ink)
        return y
    y += size * area.gap
    for x, part, align in _parts(press, area, line, text, size, face):
        strong = part.startswith("*")
        press.sheet.text(x, y, part.lstrip("*"), size, face="bold" if strong else face, align=align, colour=ink)
    return y


def _parts(press: Press, area: Area, line: Line, text: str, size: float, face: Face) -> list[tuple[float, str, Align]]:
    right = area.left + area.width
    if area.columns and "|" in text:
        made: list[tuple[float, str, Align]] = []
        x = area.left
        for (share, align), cell in zip(area.columns, text.split("|"), strict=False):
            width = share * area.width
            anchor = {"l": x, "r": x + width - 3, "c": x + width / 2}[align]
            if cell.strip():
                made.append((anchor, cell.strip(), ALIGNS[align]))
            x += width
        return made
    for mark in (" ..> ", " -> "):
        if mark in text:
            label, value = (part.strip() for part in text.split(mark, 1))
            ends: list[tuple[float, str, Align]] = [(area.left, label, "left"), (right, value, "right")]
            if "." in mark:
                gap = right - area.left - press.sheet.length(label, size, face) - press.sheet.length(value, size, face)
                count = int((gap - 8) / press.sheet.length(".", size, face))
                ends[0] = (area.left, f"{label} {'.' * max(count - 2, 0)}", "left")
            return ends
    match line.place:
        case ">":
            return [(right, text, "right")]
        case "<>":
            return [(area.left + area.width / 2, text, "centre")]
        case _:
            return [(area.left, text, "left")]
