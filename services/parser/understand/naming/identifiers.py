"""Identifiers: a number that names something, as printed, and how far it runs in a text."""

import re
from dataclasses import dataclass

from domain.evidence import Box, Evidence, Fact, Method
from services.parser.understand.fields.guess import confidence_of
from services.parser.understand.layout.rows import Segment

IDENTIFIER_DIGITS_MIN = 3
IDENTIFIER_DIGITS_MAX = 26
_WORD = re.compile(r"^[#№]?[A-Z0-9][A-Z0-9\-–/._]*$", re.IGNORECASE)
_LEAD = re.compile(
    r"^[\s:#.)\-–]*(?:\([^()\d]{2,32}\)[\s:#.]*)?(?:n(?:[°º]\.?|o\.|\.)\s*[:#]?\s*(?=[A-Z]*\d)|no\.?\s+[:#]?\s*(?=[A-Z]*\d)|is[\s:]+|number\s*:?\s*)?[\s:#.]*",
    re.IGNORECASE,
)
_CHECK_DIGITS = re.compile(r"^\s+(?:[-–]\s+\d{1,8}|/\s+\d{1,3})$")
"""The last digits of a number, set off by a dash or a stroke, end its text (``14 870 223 - 6``, ``0017 / 3``)."""
_CHECK_LETTER = re.compile(r"^\s[A-Z]$")
"""So does the last letter of a number that is printed in groups (``D17LA 204 881 T``)."""
_SERIES = re.compile(r"[A-Z](?:\s\d{3,})+")
"""So does the letter of a series with the groups behind it, up to the end of the text (``0925 R 00418 7731``)."""
RULE_AS_READ = "1"
_NEXT_LABEL = re.compile(r"^\s+[^\W\d_]{4,}")
_DATE_LIKE = re.compile(r"^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}$|^\d{4}-\d{2}-\d{2}$|^\d{1,2}[-/.][A-Za-z]{3,4}[-/.]\d{2,4}$")
_DAY_IN_WORDS = re.compile(r"\d{1,2}[ ./-][A-Za-z]{3,4}[ ./-](?:19|20)\d\d")
"""A day whose month is a word is no number, however it is written (``06 AGO/2026``)."""
_MONEY_LIKE = re.compile(r"^\d{1,4}\.\d$|^[\d,]*\d\.\d{2}$|^\d{1,3}(?:\.\d{3})*,\d{2}$|^0[.,]\d+$")
MASKED = re.compile(r"\*{2,}|[xX]{3,}|•{2,}|…|\.{3,}$")
PHONE = re.compile(r"^(?:1-)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}$")
_GROUPED = re.compile(r"^(?!8(\d)\1 )\d{3} \d{3} \d{4}$")
"""Blanks alone group the digits of an account (``528 417 0096``), save behind a code that calls free of charge (``888``)."""
_IBAN = re.compile(r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")
IBAN_REMAINDER, IBAN_MODULUS = 1, 97
"""ISO 13616: the letters taken as numbers and the head moved to the end, the whole leaves one over."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that names something; ``text`` as printed."""

    text: str
    segment: Segment
    box: Box
    score: float
    place: str = ""

    @property
    def squeezed(self) -> str:
        """Letters and digits only, upper case."""
        return re.sub(r"[^A-Z0-9]", "", self.text.upper())

    def fact(self) -> Fact[str]:
        """Return the identifier as a fact."""
        method = self.segment.method
        start = max(self.segment.text.find(self.text), 0)
        ceiling = self.segment.certainty_of(start, start + len(self.text)) if method.value == "ocr" else 1.0
        confidence = min(confidence_of(self.score, method), max(ceiling, 0.05))
        return Fact(
            self.text,
            Evidence(
                text=self.text, page=self.segment.page, box=self.box, confidence=round(confidence, 4), method=method
            ),
        )


def read_identifier(segment: Segment, start: int, digits_min: int) -> tuple[str, Box] | None:
    """Return the identifier that begins at an offset of a segment, and its box."""
    lead = _LEAD.match(segment.text[start:])
    at = start + (lead.end() if lead else 0)
    words: list[tuple[int, str]] = []
    for match in re.finditer(r"\S+", segment.text[at:]):
        if words and match.group().startswith("("):
            break
        word = match.group().rstrip(",;:.)").lstrip("(#:")
        offset = at + match.start() + match.group().find(word)
        if not _WORD.match(word) or _DATE_LIKE.match(word):
            break
        lettered = len(word) <= 3 and word.isupper() and not words
        if not any(c.isdigit() for c in word) and not lettered and not _SERIES.fullmatch(segment.text[offset:]):
            break
        words.append((offset, word))
        if match.group()[-1:] in ",;":
            break
    end = words[-1][0] + len(words[-1][1]) if words else at
    if len(words) > 1 and words[-1][1] == RULE_AS_READ and _is_rule(segment, end):
        words.pop()
        end = words[-1][0] + len(words[-1][1])
    if words and words[-1][1].isdigit() and _CHECK_DIGITS.match(segment.text[end:]):
        end = len(segment.text)
    if len(words) > 1 and _CHECK_LETTER.match(segment.text[end:]):
        end = len(segment.text)
    text = segment.text[words[0][0] : end] if words else ""
    digits = sum(c.isdigit() for c in text)
    if not digits_min <= digits <= IDENTIFIER_DIGITS_MAX or _MONEY_LIKE.match(text) or MASKED.search(text):
        return None
    alone = segment.text[max(start - 20, 0) : start].strip() == ""
    if alone and PHONE.match(text) and not _GROUPED.match(text):
        return None
    if is_iban(text) or _DAY_IN_WORDS.fullmatch(text):
        return None
    first = words[0][0]
    return text, segment.box_of(first, first + len(text))


def _is_rule(segment: Segment, end: int) -> bool:
    """Tell whether a lone figure that ends at an offset is the rule that parts a number from the next label, read as a one."""
    return segment.method is Method.OCR and bool(_NEXT_LABEL.match(segment.text[end:]))


def is_iban(text: str) -> bool:
    """Tell whether a text is the number of a bank account, its check digits right."""
    squeezed = re.sub(r"\s", "", text)
    if not _IBAN.match(squeezed):
        return False
    turned = squeezed[4:] + squeezed[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % IBAN_MODULUS == IBAN_REMAINDER
