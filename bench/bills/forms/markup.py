"""The markup of forms: areas that stand where they are put on the page, and the lines in them.

::

    @ 40 60 250 size=9 box fill=E6EEF5 gap=1.4 cols=60,40r      an area: left, top, width [points]; its looks
    *^14 Account summary                                       bold, type size 14
    Previous balance -> {previous_balance}                     the rest at the right edge
    Current charges ..> {new_charges}                          dots between the two
    *Service | {usage} | *{tariff}                             the area's columns, each cell bold or not
    > text    <> text    ~ a long text                         right, centred, wrapped to the width
    ---                                                        a rule
    %charges delivery: {text} {basis} -> {amount}              a line a charge of a section (a meter, a register, a past month)
    %block chart.bars                                          a block of the layouts, as wide as the area

The top of an area may be ``+8``, so far under the area before it, ``++8``, so far under everything yet on the page, or ``=``,
level with the area before it. ``//`` in a loop parts two lines. A line whose value this bill does not have is left out.

An area's looks: ``box`` and ``fill=COLOUR`` behind it, ``ink=COLOUR``, ``type=TYPEFACE``, ``head=COLOUR`` for a coloured strip
under its first line, ``zebra=COLOUR`` under every other line, ``rows`` for a thin rule under each line, ``grid`` for rules around
each cell, ``stand`` for one line that reads up the page from the area's left and top.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r"(?P<bold>\*)?(?:\^(?P<size>[\d.]+)\s)?(?P<place><>|>|~)?\s?(?P<text>.*)", re.DOTALL)
_BLOCK = re.compile(r"%block (?P<name>[\w.]+)")
_LOOP = re.compile(r"%(?P<what>\w+)\s?(?P<which>[^:]*):\s?(?P<lines>.*)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text with places for values, how it is set."""

    text: str
    bold: bool = False
    size: float | None = None
    place: str = ""

    @property
    def rule(self) -> bool:
        """Whether a rule is drawn instead of a text."""
        return self.text == "---"


@dataclass(frozen=True, slots=True)
class Loop:
    """Lines that are set once for each charge, meter or month; ``which`` chooses among them."""

    what: str
    which: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Inset:
    """A block of the layouts among the lines of an area."""

    block: str


@dataclass(slots=True)
class Area:
    """A part of the page [points]; ``columns`` are shares of the width with the alignment of each."""

    left: float
    top: str
    width: float
    size: float | None = None
    gap: float = 1.35
    box: bool = False
    fill: int | None = None
    ink: int = 0
    typeface: str = ""
    head: int | None = None
    zebra: int | None = None
    rows: bool = False
    grid: bool = False
    stand: bool = False
    columns: tuple[tuple[float, str], ...] = ()
    lines: list[Line | Loop | Inset] = field(default_factory=list)


def areas_of(text: str) -> Iterator[Area]:
    """Yield the areas of a form.

    Raises:
        ValueError: the form begins without an area, or an area says what is not understood.
    """
    area: Area | None = None
    for raw in text.strip("\n").splitlines():
        if raw.startswith("@ "):
            if area is not None:
                yield area
            area = _area(raw)
        elif area is None:
            raise ValueError(f"a form begins with an area, not with {raw!r}")
        else:
            area.lines.append(_inset(raw) or _loop(raw) or _line(raw))
    if area is not None:
        yield area


def _area(raw: str) -> Area:
    _, left, top, width, *looks = raw.split()
    area = Area(float(left), top, float(width))
    for look in looks:
        name, _, value = look.partition("=")
        match name:
            case "size":
                area.size = float(value)
            case "gap":
                area.gap = float(value)
            case "box" | "rows" | "grid" | "stand":
                setattr(area, name, True)
            case "fill" | "ink" | "head" | "zebra":
                setattr(area, name, int(value, 16))
            case "type":
                area.typeface = value
            case "cols":
                area.columns = tuple(map(_column, value.split(",")))
            case _:
                raise ValueError(f"no such look of an area: {look}")
    return area


def _column(text: str) -> tuple[float, str]:
    return (float(text[:-1]) / 100, text[-1]) if text[-1] in "rlc" else (float(text) / 100, "l")


def _inset(raw: str) -> Inset | None:
    found = _BLOCK.fullmatch(raw.strip())
    return Inset(found["name"]) if found else None


def _loop(raw: str) -> Loop | None:
    found = _LOOP.fullmatch(raw)
    if found is None:
        return None
    return Loop(
        found["what"], found["which"].strip(), tuple(_line(one.strip()) for one in found["lines"].split(" // "))
    )


def _line(raw: str) -> Line:
    found = _LINE.fullmatch(raw)
    assert found is not None
    size = float(found["size"]) if found["size"] else None
    return Line(found["text"], bool(found["bold"]), size, found["place"] or "")
