"""Prints a bill by its family's composition.

A page is a list of bands from top to bottom. A band is a line of text: block names from left to right and from top to bottom,
``|`` between columns, a number first in a column for its width in percent, ``(a,b)`` after a block for the fields it shows,
``@bottom`` before a band at the foot of the page. What does not fit goes to a page of its own, as it does on real bills.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.bills.families.catalogue import Family
from bench.bills.forms.blocks import BLOCKS
from bench.bills.forms.setting import form
from bench.bills.layout import identity, letterheads
from bench.bills.model.bill import Bill
from bench.bills.paper.press import PAPERS, Block, Frame, Press, height_of
from bench.bills.paper.sheet import Sheet
from bench.bills.wording.formats import Formats
from bench.bills.wording.words import Words

GUTTER_POINTS = 16.0
BLOCK = re.compile(r"([@\w.]+)(?:\(([\w,]+)\))?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a band: its share of the width and its blocks."""

    share: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished bill: the file, its length, and the texts that were printed for each value of the truth."""

    pdf: bytes
    pages: int
    marks: dict[str, list[str]]
    more: tuple[dict[str, list[str]], ...] = ()
    """The texts of further statements in the file."""


class Overfull(Exception):
    """A block is taller than a page: the family must be declared otherwise."""


def block_named(name: str, fields: str) -> Block:
    """Return a block, bound to the fields it shows where some are given."""
    if name.startswith("form."):
        return functools.partial(form, name=name.removeprefix("form."))
    block: Callable[..., None] = BLOCKS[name]
    return functools.partial(block, fields=tuple(fields.split(","))) if fields else block


def columns_of(band: str) -> list[Column]:
    """Parse a band."""
    made = []
    parts = band.split("|")
    for part in parts:
        number, text = re.fullmatch(r"\s*(\d*)\s*(.*)", part, re.DOTALL).groups()  # type: ignore[union-attr]
        blocks = tuple(block_named(name, fields) for name, fields in BLOCK.findall(text))
        made.append(Column(float(number) / 100 if number else 1 / len(parts), blocks))
    return made


def fields_shown(family: Family) -> frozenset[str]:
    """Return the head's fields that a family prints anywhere."""
    shown: set[str] = set()
    for name, fields in BLOCK.findall(" ".join(band for page in family.pages for band in page)):
        if name.startswith("identity.") or fields:
            shown.update(fields.split(",") if fields else identity.DEFAULT_FIELDS)
    return frozenset(shown)


def print_bill(family: Family, *bills: Bill) -> Printed:
    """Print the statements of a file; twice, because their pages say how many they are."""
    counts = [1] * len(bills)
    while True:
        sheet = Sheet(
            PAPERS[family.paper], family.style.typeface, words_for(family).title("bill"), inking=family.style.inking
        )
        marks: list[dict[str, list[str]]] = []
        found: list[int] = []
        for bill, pages in zip(bills, counts, strict=True):
            if found:
                sheet.turn_page()
                sheet.page = 1
            press = press_for(family, bill, pages, sheet)
            run(press, family.pages)
            marks.append(press.printed)
            found.append(sheet.page)
        if found == counts:
            return Printed(sheet.finish(), sum(counts), marks[0], tuple(marks[1:]))
        counts = found


def words_for(family: Family) -> Words:
    """Return a family's words; those of the test split are taken from the reserved ones, too."""
    return Words(family.language, family.name, reserved=family.split == "test", own=family.words)


def press_for(family: Family, bill: Bill, pages: int, sheet: Sheet) -> Press:
    """Set a press up for one bill of a family."""
    words = words_for(family)
    formats = Formats(family.convention, family.country.symbol, family.country.currency, words)
    return Press(bill, family.name, family.style, words, formats, sheet, fields_shown(family), pages, family.forms)


def run(press: Press, pages: Sequence[Sequence[str]]) -> None:
    """Print the pages in order, each followed by what did not fit on it."""
    for number, page in enumerate(pages):
        if number:
            press.sheet.turn_page()
        left_over = print_page(press, page)
        while left_over:
            press.sheet.turn_page()
            frame = page_frame(press)
            letterheads.short(press, frame)
            before = len(left_over)
            left_over = print_column(press, frame, left_over)
            if len(left_over) == before:
                raise Overfull(f"{press.family}: a block is taller than a page")


def page_frame(press: Press) -> Frame:
    """Return the frame inside the margins."""
    margin = press.style.margin
    return Frame(margin, margin, press.sheet.width - 2 * margin, press.sheet.height - margin * 0.7)


def print_page(press: Press, bands: Sequence[str]) -> list[Block]:
    """Print one page and return the blocks that did not fit."""
    frame = page_frame(press)
    foot = [columns_of(band.removeprefix("@bottom")) for band in bands if band.startswith("@bottom")]
    feet = sum(band_height(press, columns, frame.width) for columns in foot)
    floor = frame.bottom
    frame.bottom -= feet
    left_over: list[Block] = []
    for band in bands:
        if not band.startswith("@bottom"):
            left_over += print_band(press, frame, columns_of(band))
    frame.y, frame.bottom = floor - feet, floor + 1
    for columns in foot:
        left_over += print_band(press, frame, columns)
    return left_over


def band_height(press: Press, columns: Sequence[Column], width: float) -> float:
    """Return how tall a band prints [points]."""
    room = width - GUTTER_POINTS * (len(columns) - 1)
    return max(sum(height_of(press, block, room * column.share) for block in column.blocks) for column in columns)


def print_band(press: Press, frame: Frame, columns: Sequence[Column]) -> list[Block]:
    """Print columns side by side and move the frame below the longest."""
    left_over: list[Block] = []
    room = frame.width - GUTTER_POINTS * (len(columns) - 1)
    x, lowest = frame.x, frame.y
    for column in columns:
        inner = Frame(x, frame.y, room * column.share, frame.bottom)
        left_over += print_column(press, inner, list(column.blocks))
        lowest = max(lowest, inner.y)
        x += room * column.share + GUTTER_POINTS
    frame.y = lowest
    return left_over


def print_column(press: Press, frame: Frame, blocks: list[Block]) -> list[Block]:
    """Print blocks below each other while they fit, and return the others."""
    for index, block in enumerate(blocks):
        if frame.y + height_of(press, block, frame.width) > frame.bottom:
            return blocks[index:]
        block(press, frame)
    return []
