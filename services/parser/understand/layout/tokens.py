"""Tokens: every typed value of a document, found once, with its place."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from domain.evidence import Box, Evidence, Method
from services.parser.understand.layout.rows import Row, Segment, Sheet
from services.parser.understand.lexicon import Lexicon, spaced
from services.parser.understand.values.dates import DateSpan, Order, find_dates
from services.parser.understand.values.numbers import Mark, Number, find_numbers, tidy
from services.parser.understand.values.units import unit_of

_READ = re.compile(r"(\d{3,8}|\d{1,3}(?:,\d{3})+)[AEC]$")
_AXIS = re.compile(r"\d{2,3}|\d{1,3}[ ,.]?\d{3}")
AXIS_HEIGHTS = 1.5
"""The numbers of an axis are set to its right edge, so far right of the unit over them at most [heights of type]."""
_YEAR = re.compile(r"(20\d\d)\b(?![.,]\d)")
SENTENCE_WORDS_MIN, EDGE_POINTS = 5, 2.0
"""A line of so many words goes on in the next one, which begins at the same edge."""
_GROUPED = re.compile(r"\d{1,3}(?: \d{3}){1,2}")
_ZERO_LED = re.compile(r"0\d{1,2}(?: \d{3}){1,2}")
"""A register shows noughts before its number, grouped or not (``08 934``); no amount and no two numbers begin so.

A nought alone may be a number of its own, beside another (``0 934``).
"""
READS_MIN = 2
"""So many numbers of one line with a letter behind them are reads, actual, estimated or the customer's; one may be a code."""
MONEY_DECIMALS, MILLS_DECIMALS = 2, 3
"""Money is printed with so many places; a bare number of them on a line of the use is its price."""
DEGREE_SIGNS = frozenset("°º˚")
_CUBED = re.compile(r"(\d[\d.,]*)m[’'‘`´\"“”*°º]{0,2}")
"""A quantity by itself whose small raised figure OCR lost, or took for a raised sign (``139m'``); m² is read as it stands."""
UNIT_LETTERS_MAX = 8
"""Longer texts beside a number are words, not its unit."""


@dataclass(frozen=True, slots=True)
class Token:
    """A date or a number of the page. Exactly one of ``when`` and ``number`` is set."""

    segment: Segment
    start: int
    end: int
    box: Box
    certainty: float
    when: DateSpan | None = None
    number: Number | None = None

    @property
    def page(self) -> int:
        """The page it stands on, from 1."""
        return self.segment.page

    @property
    def row(self) -> int:
        """The row it stands in, from 0."""
        return self.segment.row

    @property
    def text(self) -> str:
        """The printed text."""
        return self.segment.text[self.start : self.end].strip()

    @property
    def value(self) -> Decimal:
        """The number's value.

        Raises:
            ValueError: the token is a date.
        """
        if self.number is None:
            raise ValueError("a date has no amount")
        return self.number.value

    @property
    def degrees(self) -> bool:
        """Whether a sign of degrees follows the number: it is a temperature."""
        return self.segment.text[self.end :].lstrip()[:1] in DEGREE_SIGNS

    @property
    def day(self) -> date | None:
        """The full calendar day, where it is a date that prints one."""
        return self.when.full if self.when else None


@dataclass(frozen=True, slots=True)
class Convention:
    """How this document writes numbers and dates."""

    mark: Mark
    order: Order
    spaced: bool
    mills: str = ""
    """The currency, where its amounts have three decimals."""


def tokens_of(segment: Segment, lexicon: Lexicon, convention: Convention) -> tuple[Token, ...]:
    """Return the tokens of a segment, left to right; the digits of dates are no numbers."""
    text = segment.text
    if not any(c.isdigit() for c in text):
        return ()
    found = [_token(segment, span.start, span.end, when=span) for span in find_dates(text, lexicon, convention.order)]
    cubed = _CUBED.fullmatch(text) if segment.method is Method.OCR else None
    if cubed:
        numbers = find_numbers(f"{cubed[1]}m³", convention.mark, spaced=convention.spaced)
        return tuple(_token(segment, 0, len(text), number=number) for number in numbers)
    masked = text
    for token in found:
        masked = masked[: token.start] + "\x00" * (token.end - token.start) + masked[token.end :]
    numbers = find_numbers(tidy(masked), convention.mark, spaced=convention.spaced)
    found.extend(
        _token(segment, number.start, number.end, number=_credited(number, text, lexicon)) for number in numbers
    )
    return tuple(sorted(found, key=lambda token: token.start))


def _credited(number: Number, text: str, lexicon: Lexicon) -> Number:
    """Return an amount below zero where the words right after it say that the customer has it to good (``61.22 in credit``)."""
    rest = text[number.end :].lstrip()
    # What begins with a sign tells of something else; a number behind the words is the amount that they announce.
    after = spaced(rest) if rest[:1].isalpha() else ""
    if number.decimals != MONEY_DECIMALS or number.value <= 0 or number.unit is not None or not after:
        return number
    said = any(
        after == words or (after.startswith(f"{words} ") and not after[len(words) + 1].isdigit())
        for words in lexicon.words.get("in_credit", ())
    )
    return replace(number, value=-number.value, signed=True) if said else number


def _token(
    segment: Segment, start: int, end: int, *, when: DateSpan | None = None, number: Number | None = None
) -> Token:
    return Token(
        segment, start, end, segment.box_of(start, end), segment.certainty_of(start, end), when=when, number=number
    )


@dataclass(frozen=True)
class Tokens:
    """All tokens of a document by page and row."""

    by_row: dict[tuple[int, int], tuple[Token, ...]]

    def on(self, row: Row | Segment) -> tuple[Token, ...]:
        """Return the tokens on a row, left to right."""
        index = row.row if isinstance(row, Segment) else row.index
        return self.by_row.get((row.page, index), ())

    def within(self, segment: Segment) -> tuple[Token, ...]:
        """Return the tokens of one segment."""
        return self._by_segment.get(id(segment), ())

    def beside(self, segment: Segment) -> str:
        """Return what a segment says beside its tokens, of which each leaves a blank; the units of quantities are theirs."""
        rest = segment.text
        for token in reversed(self.within(segment)):
            rest = rest[: token.start] + " " + rest[token.end :]
        return rest

    def all(self) -> tuple[Token, ...]:
        """Return every token in reading order."""
        return self._all

    @cached_property
    def _all(self) -> tuple[Token, ...]:
        return tuple(token for key in sorted(self.by_row) for token in self.by_row[key])

    @cached_property
    def _by_segment(self) -> dict[int, tuple[Token, ...]]:
        found: dict[int, list[Token]] = {}
        for token in self._all:
            found.setdefault(id(token.segment), []).append(token)
        return {segment: tuple(tokens) for segment, tokens in found.items()}


def read_tokens(sheets: tuple[Sheet, ...], lexicon: Lexicon, convention: Convention) -> Tokens:
    """Return all tokens of the sheets."""
    return Tokens(
        {
            (row.page, row.index): tuple(_on_row(row, below, lexicon, convention))
            for sheet in sheets
            for row, below in itertools.pairwise((*sheet.rows, None))
            if row is not None
        }
    )


def _on_row(row: Row, below: Row | None, lexicon: Lexicon, convention: Convention) -> Iterator[Token]:
    """Yield the tokens of a row; a unit that stands in a column of its own joins the number before it.

    A unit right over a number heads what stands under it, as that of a chart's axis does: it is none of an amount's beside it.
    """
    lettered = {segment.index: read for segment in row.segments if (read := _READ.match(segment.text))}
    for index, segment in enumerate(row.segments):
        tokens = tokens_of(segment, lexicon, convention)
        dated = (
            len(tokens) > 1 and _GROUPED.fullmatch(segment.text) and _closes_dated(row, segment, lexicon, convention)
        )
        if dated or (len(tokens) > 1 and _ZERO_LED.fullmatch(segment.text)):
            tokens = (_joined(segment, tokens[-1]),)
        if len(lettered) >= READS_MIN and segment.index in lettered and not tokens:
            end = lettered[segment.index].end(1)
            whole = replace(segment, text=segment.text[:end])
            tokens = tuple(replace(token, segment=segment) for token in tokens_of(whole, lexicon, convention))
        for token in (_with_year_below(segment, token, below) for token in tokens):
            following = row.segments[index + 1] if index + 1 < len(row.segments) else None
            last = token.end >= len(segment.text.rstrip())
            if (
                last
                and following is not None
                and token.number
                and token.number.unit is None
                and not token.number.currency
            ):
                unit = unit_of(following.text) if len(following.text) <= UNIT_LETTERS_MAX else None
                heads = token.number.decimals == MONEY_DECIMALS and _heads_number(following, below)
                if unit is not None and not token.number.percent and not heads:
                    yield replace(token, number=replace(token.number, unit=unit))
                    continue
            yield _in_mills(token, convention.mills) if convention.mills else token


def _with_year_below(segment: Segment, token: Token, below: Row | None) -> Token:
    """Return a day that ends the line of a text with its year, where that begins the text's next line."""
    when = token.when
    if when is None or when.year is not None or when.day is None or token.end < len(segment.text.rstrip(" ,")):
        return token
    rest = below.segments if below is not None else ()
    first = next((s for s in rest if abs(s.box.left - segment.box.left) <= EDGE_POINTS), None)
    year = _YEAR.match(first.text) if first is not None and len(segment.words) >= SENTENCE_WORDS_MIN else None
    return replace(token, when=replace(when, year=int(year[1]), loose=False)) if year else token


def _in_mills(token: Token, currency: str) -> Token:
    """Return a number of three decimals as an amount, where it has no unit and those of the currency have three."""
    number = token.number
    if number is None or number.decimals != MILLS_DECIMALS or number.unit or number.percent or number.per:
        return token
    return replace(token, number=replace(number, currency=currency))


def _closes_dated(row: Row, segment: Segment, lexicon: Lexicon, convention: Convention) -> bool:
    """Tell whether a segment ends a line that begins with a day and has no other number, as a reading of its day does."""
    before = [t for s in row.segments if s is not segment for t in tokens_of(s, lexicon, convention)]
    first = bool(row.segments[0] is not segment and len(before) == 1 and before[0].segment is row.segments[0])
    return segment is row.segments[-1] and first and before[0].day is not None


def _joined(segment: Segment, last: Token) -> Token:
    """Return the number of a segment whose digits blanks group by three (``6 814``)."""
    value = Decimal(segment.text.replace(" ", ""))
    number = replace(last.number, value=value, grouped=True, start=0) if last.number else None
    return replace(last, start=0, box=segment.box, number=number)


def _heads_number(segment: Segment, below: Row | None) -> bool:
    """Tell whether a bare number stands right under a segment: at its left edge, or on an axis a little further right."""
    under = (
        next((s for s in below.segments if abs(s.box.left - segment.box.left) <= segment.height), None)
        if below
        else None
    )
    if under is not None and under.text.replace(",", "").replace(".", "").isdigit():
        return True
    beside = next((s for s in below.segments if s.box.left >= segment.box.right), None) if below is not None else None
    if beside is None or beside.box.left - segment.box.right > AXIS_HEIGHTS * segment.height:
        return False
    return _AXIS.fullmatch(beside.text) is not None


def evidence(token: Token, confidence: float) -> Evidence:
    """Return the evidence of a token; an OCR token is never surer than the engine was."""
    method = token.segment.method
    ceiling = token.certainty if method is Method.OCR else 1.0
    return Evidence(
        text=token.text, page=token.page, box=token.box, confidence=round(min(confidence, ceiling), 4), method=method
    )
