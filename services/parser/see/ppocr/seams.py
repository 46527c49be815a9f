"""Parts words that were read as one, and mends what the networks confuse, where only one reading is possible.

Spaces are narrow and go first when print is blurred; the form of what stands on either side tells where one was.
"""

import re
from collections.abc import Iterator

_DAY = r"(?:\d{4}-\d\d-\d\d|\d\d?/\d\d?/(?:20)?\d\d|\d\d?-[A-Z][a-z]{2}-20\d\d|[0-3]?\d\.[01]?\d\.(?:20)?\d\d)(?!\d)"
_UNIT = r"(?:[kM]Wh?|kVAr?h?|kvarh?|m[³3]|(?i:ccf|hcf|mcf|therms?|gal)|[GM]J|EUR|CHF|USD|€)(?![^\W_]|[/³])"
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)"

SEAMS = (
    # Dates of neighbouring columns, or around a dash.
    re.compile(rf"/20\d\d(?=\d{{1,2}}/\d{{1,2}}/\d\d)|\d(?=-{_DAY})|[-/]\d\d(?:\d\d)?(?=-(?!\S))"),
    re.compile(rf"(?:\d-|(?<!\S)-)(?={_DAY})"),
    # A month and its year or day; the day and the year of a date in words.
    re.compile(rf"\b{_MONTH}(?=\d\d(?!\S))|\b{_MONTH}[a-z]*\.? ?[0-3]?\d,(?=20\d\d\b)"),
    # A label and its number, a bracket and what follows it.
    re.compile(r"[^\W\d]{2}[:#](?=\d)|[^\W\d]\.(?=\d{5})|(?:\d|[^\W\d])\)(?=\d)|(?i:\bno)\.(?=\d)|\b[Nn][°º]:?(?=\w)"),
    # A number and its unit, a currency and its amount.
    re.compile(rf"\d(?={_UNIT})|(?<!\S)(?:Rs\.|CHF|EUR|USD)(?=-?\d)"),
    # Signs between factors; dots and bars between columns; leaders.
    re.compile(r"[\w%³](?=[×*](?![^\W\d]))|(?<!\S)[×*@x](?=[\d$£€])|[m³hFH%](?=x(?:\d|(?!\S)))|×(?=[\d$£€])"),
    re.compile(r"[m³hFH%]x(?=\d)"),
    re.compile(r"\w(?=[·•|](?!\S))|(?<!\S)[·•|](?=\w)|\w(?=\.{3}|…)|(?<!\S)-(?=[A-Z][a-z])"),
)
"""Two words that stand close meet at the end of each match in a line."""

_MENDS = (
    (re.compile(r"^S(?=-?[\dO][\d,]*\.\d\d$)|(?<=^-)S(?=\d[\d,]*\.\d\d$)"), "$"),
    (re.compile(r"(?<=^\$)O(?=\.\d\d$)"), "0"),
    # A small raised currency sign, which is no quotation mark.
    (re.compile(r"^['’‘`´\"“”°*](?=\d[\d,]*\.\d\d$)"), ""),
    # The sign for a number: n°.
    (re.compile(r"(?<=^[Nn])[®©*\"'’](?=[:.]?$)|(?<=^N)(?=:$)"), "°"),
    # A thin last letter.
    (re.compile(r"(?<=^[Bb]il)$"), "l"),
    (re.compile(r"(?<=^Ju)$"), "l"),
    (re.compile(r"(?<=\d[/.-]JU)(?=[/.-]\d)"), "L"),
    # Thousands of Switzerland.
    (re.compile(r"(?<=\d)[°º˚*\"‘’`´](?=\d{3}(?:\D|$))"), "'"),
    # A capital I that is taken for a small l: between capitals, and before what follows no l.
    (re.compile(r"(?<=[A-Z][A-Z])l(?=[A-Z/]|$)|(?<=[A-Z])l(?=[A-Z])"), "I"),
    (re.compile(r"^l(?=[nm][a-z]|[nsf]$)"), "I"),
)


def seams_in(text: str) -> list[int]:
    """Give the places of a line where a word begins that stands close to the one before it."""
    return sorted({place for place in _places(text) if 0 < place < len(text)})


def _places(text: str) -> Iterator[int]:
    for seam in SEAMS:
        for match in seam.finditer(text):
            yield match.end()


def mended(word: str) -> str:
    """Undo what the networks confuse where only one reading is possible: ``S12.36`` and ``lnvoice`` are no words."""
    for wrong, right in _MENDS:
        word = wrong.sub(right, word)
    return word
