"""Sets a form on the page."""

from bench.bills.forms.markup import Area, Line, areas_of
from bench.bills.forms.values import Absent, Values, each, filled
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import Align, Face

INSET_POINTS = 6.0
ALIGNS: dict[str, Align] = {"l": "left", "r": "right", "c": "centre"}


def form(press: Press, frame: Frame, *, name: str) -> None:
    """Set every area of the family's form; areas stand where they say, whatever else is on the page."""
    lowest, above, top = 0.0, 0.0, 0.0
    for area in areas_of(press.forms[name]):
        top = top_of(area, above, lowest, top)
        above = area_set(press, area, top)
        lowest = max(lowest, above)


def top_of(area: Area, above: float, lowest: float, top: float) -> float:
    """Return where an area begins [points]."""
    if area.top.startswith("++"):
        return lowest + float(area.top[2:])
    if area.top.startswith("+"):
        return above + float(area.top[1:])
    return top if area.top == "=" else float(area.top)


def area_set(press: Press, area: Area, top: float) -> float:
    """Set one area and return how far down it reaches [points]."""
    if area.box or area.fill is not None:
        bottom = _lines_set(press.scratch(), area, top)
        stroke = press.style.accent if area.box else None
        press.sheet.box(
            area.left - INSET_POINTS, top - 2, area.width + 2 * INSET_POINTS, bottom - top + INSET_POINTS + 2,
            fill=area.fill, stroke=stroke,
        )  # fmt: skip
    return _lines_set(press, area, top)


def _lines_set(press: Press, area: Area, top: float) -> float:
    y = top
    for line in area.lines:
        if isinstance(line, Line):
            y = _line_set(press, area, line, None, y)
            continue
        for values in each(press, line):
            for one in line.lines:
                y = _line_set(press, area, one, values, y)
    return y


def _line_set(press: Press, area: Area, line: Line, own: Values | None, y: float) -> float:
    """Set one line and return where the next begins; what the bill does not have leaves no gap."""
    base = area.size or press.style.size
    size = line.size or base
    if line.rule:
        press.sheet.rule(area.left, y + base * 0.4, area.left + area.width, y + base * 0.4, weight=0.6)
        return y + base * 0.8
    if not line.text.strip():
        return y + base * 0.7
    try:
        text = filled(press, line.text, own)
    except Absent:
        return y
    face: Face = "bold" if line.bold else "regular"
    text = press.cased(text)
    if line.place == "~":
        for part in press.sheet.wrapped(text, size, area.width, face):
            y += size * area.gap
            press.sheet.text(area.left, y, part, size, face=face, colour=area.ink)
        return y
    y += size * area.gap
    for x, part, align in _parts(press, area, line, text, size, face):
        strong = part.startswith("*")
        press.sheet.text(x, y, part.lstrip("*"), size, face="bold" if strong else face, align=align, colour=area.ink)
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
