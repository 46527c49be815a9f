"""Identity: account, invoice, customer and service point numbers, holder and addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.evidence import Box, Evidence, Fact
from services.parser.understand.fields.guess import confidence_of
from services.parser.understand.fields.titles import titles
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment, overlap, union
from services.parser.understand.sight import Sight

IDENTIFIER_DIGITS_MIN = 3
IDENTIFIER_DIGITS_MAX = 26
REPEATED_DIGITS_MIN, SCAN_DIGITS_MIN = 6, 18
_WORD = re.compile(r"^[#№]?[A-Z0-9][A-Z0-9\-–/.]*$", re.IGNORECASE)
_LEAD = re.compile(
    r"^[\s:#.)\-–]*(?:\([^()\d]{2,32}\)[\s:#.]*)?(?:n(?:[°º]\.?|o\.|\.)\s*[:#]?\s*(?=[A-Z]*\d)|no\.?\s+[:#]?\s*(?=[A-Z]*\d)|is\s+|number\s*:?\s*)?[\s:#.]*",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(r"^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}$|^\d{4}-\d{2}-\d{2}$")
_MONEY_LIKE = re.compile(r"^[\d,]*\d\.\d{2}$|^\d{1,3}(?:\.\d{3})*,\d{2}$")
_MASKED = re.compile(r"\*{2,}|[xX]{3,}|•{2,}|…|\.{3,}$")
_PHONE = re.compile(r"^(?:1-)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}$")


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


def named(sight: Sight, concept: str, *, digits_min: int = IDENTIFIER_DIGITS_MIN) -> list[Identifier]:
    """Return the identifiers that the labels of a concept name, best first; equal ones strengthen each other."""
    found: dict[str, list[Identifier]] = {}
    first = sight.sheets[0].page.number
    for label in sight.labels.of(concept):
        if label.weight < 0.5 and not _announces(label):
            continue
        for identifier in beside(sight, label, digits_min):
            if concept == "invoice" and label.segment.page != first:
                # Later pages number their parts: services, suppliers, contracts.
                identifier = replace(identifier, score=identifier.score * 0.85)
            found.setdefault(identifier.squeezed.lstrip("0"), []).append(identifier)
    for key in [key for key in found if any(other != key and other.startswith(key) for other in found)]:
        # A number that runs over two lines is read to the end of its first; elsewhere it stands whole.
        whole = next(other for other in found if other != key and other.startswith(key))
        found[whole].extend(replace(one, text=found[whole][0].text) for one in found.pop(key))
    merged = []
    for listed in found.values():
        best = max(listed, key=lambda one: one.score)
        doubt = 1.0
        for one in listed[:4]:
            doubt *= 1 - 0.85 * one.score
        merged.append(Identifier(best.text, best.segment, best.box, 1 - doubt, best.place))
    return sorted(merged, key=lambda one: (-one.score, one.segment.page, one.segment.row))


def repeated(sight: Sight, taken: frozenset[str]) -> Identifier | None:
    """Return the number that stands by itself again and again, once more in the line for the payment machine: the account.

    Args:
        sight: the document.
        taken: numbers, squeezed, that name something else.
    """
    seen: dict[str, list[Identifier]] = {}
    long: list[str] = []
    for segment in sight.segments:
        digits = re.sub(r"\D", "", segment.text)
        if len(digits) >= SCAN_DIGITS_MIN and len(digits) > 0.8 * sum(c.isalnum() for c in segment.text):
            long.append(digits)
            continue
        read = read_identifier(segment, 0, REPEATED_DIGITS_MIN)
        if (
            read is None
            or len(read[0]) < len(segment.text) - 2
            or (sight.tokens.within(segment) and _dated(sight, segment))
        ):
            continue
        one = Identifier(read[0], segment, read[1], 0.5, "repeated")
        if one.squeezed not in taken:
            seen.setdefault(one.squeezed, []).append(one)
    ranked = [
        (len(listed) + 2 * any(re.sub(r"\D", "", key) in line for line in long), key) for key, listed in seen.items()
    ]
    if not ranked:
        return None
    count, key = max(ranked)
    if count < 2 or sum(other == count for other, _ in ranked) > 1:
        return None
    return replace(seen[key][0], score=min(0.35 + 0.12 * count, 0.8))


def _dated(sight: Sight, segment: Segment) -> bool:
    return any(token.when is not None or (token.number and token.number.unit) for token in sight.tokens.within(segment))


_ORDINAL = re.compile(r"^(?:n[°ºo]|nr|no|num|number|#|№)\s?[.:]?\s?(?=[A-Z]{0,4}[\d-]*\d)", re.IGNORECASE)


def invoices(sight: Sight) -> list[Identifier]:
    """Return the invoice numbers: named by a label, or a bare number sign after or under the word for bill and its date."""
    found = named(sight, "invoice")
    if found and found[0].score >= 0.6:
        return found
    found.extend(_in_titles(sight))
    for label in sight.labels.of("statement_date"):
        if not sight.lexicon.means(label.text, "bill"):
            continue
        segment = label.segment
        row = sight.row(segment.page, segment.row + 1)
        below = [s for s in row.segments if overlap(s.box, segment.box) > 0] if row else []
        for other, start in [(segment, label.end), *((s, 0) for s in below)]:
            for match in re.finditer(r"\S+", other.text[start:]):
                at = start + match.start()
                sign = _ORDINAL.match(other.text[at:])
                read = read_identifier(other, at + sign.end(), IDENTIFIER_DIGITS_MIN) if sign else None
                if read:
                    found.append(Identifier(read[0], other, read[1], 0.75, "sign"))
                    break
    return sorted(found, key=lambda one: -one.score)


def _in_titles(sight: Sight) -> Iterator[Identifier]:
    """Yield the numbers in the titles of bills, before the day or behind a number sign after it."""
    for title in titles(sight):
        segment = title.day.segment
        read = read_identifier(segment, title.start, IDENTIFIER_DIGITS_MIN)
        if read is None or segment.text.find(read[0], title.start) > title.day.start:
            sign = re.search(
                r"(?:\b(?:n|nr|no|num|numero|number|nummer)\b(?:\.?[°º])?\.?|n[°º]\.?|#)\s*:?\s*",
                segment.text[title.day.end :],
                re.IGNORECASE,
            )
            read = read_identifier(segment, title.day.end + sign.end(), IDENTIFIER_DIGITS_MIN) if sign else None
        if read is not None:
            yield Identifier(read[0], segment, read[1], 0.8, "title")


def _announces(label: Label) -> bool:
    """Tell whether a label in a sentence still introduces its value with a colon or number sign."""
    rest = label.segment.text[label.end :].lstrip()
    return rest[:1] in (":", "#") or rest[:2] in ("n°", "nº")


def beside(sight: Sight, label: Label, digits_min: int) -> Iterator[Identifier]:
    """Yield the identifier that stands after, right of or under one label."""
    segment = label.segment
    generic = 0.7 if label.letters <= 4 else 0.85 if label.letters <= 8 else 1.0
    generic *= 0.8 if 0.5 < label.weight < 0.9 else 1.0
    read = read_identifier(segment, label.end, digits_min)
    if read:
        yield Identifier(read[0], segment, read[1], 0.97 * generic, "after")
        return
    rest = segment.text[label.end :].strip(" :#.-()")
    if any(c.isalpha() for c in rest) and len(rest) > 12:
        return
    row = sight.row(segment.page, segment.row)
    for other in row.segments[segment.index + 1 : segment.index + 3] if row else ():
        if any(one.start == 0 for one in sight.labels.within(other)) or _MASKED.search(other.text):
            break
        read = read_identifier(other, 0, digits_min)
        if read:
            yield Identifier(read[0], other, read[1], 0.93 * generic, "right")
            return
        if len(other.text) > 3:
            break
    below = list(_under(sight, label, digits_min, generic))
    yield from below or _left_of(sight, label, digits_min, generic)


def _left_of(sight: Sight, label: Label, digits_min: int, generic: float) -> Iterator[Identifier]:
    """Yield the number that ends right before a label, where values stand left of what names them."""
    anchor = label.segment
    row = sight.row(anchor.page, anchor.row)
    if row is None or not anchor.index or label.start or is_prose(anchor):
        return
    before = row.segments[anchor.index - 1]
    read = read_identifier(before, 0, digits_min)
    named = any(one.weight > 0.5 for segment in row.segments[: anchor.index] for one in sight.labels.within(segment))
    whole = read is not None and len(read[0]) >= len(before.text) - 2
    if read and whole and not named and anchor.box.left - before.box.right < 4 * anchor.height:
        yield Identifier(read[0], before, read[1], 0.75 * generic, "left")


def _under(sight: Sight, label: Label, digits_min: int, generic: float) -> Iterator[Identifier]:
    anchor = label.segment
    lane = label.box if len(anchor.text) > label.end - label.start + 6 else anchor.box
    for index in range(anchor.row + 1, anchor.row + 4):
        row = sight.row(anchor.page, index)
        if row is None or row.box.top - anchor.box.bottom > 2.6 * anchor.height:
            return
        for other in row.segments:
            if overlap(other.box, lane) <= -0.3 * anchor.height:
                continue
            if _MASKED.search(other.text):
                return
            read = read_identifier(other, 0, digits_min)
            if read and overlap(read[1], lane) > -2 * anchor.height:
                yield Identifier(read[0], other, read[1], (0.9 - 0.06 * (index - anchor.row - 1)) * generic, "below")
                return
            if sight.labels.within(other) or is_prose(other):
                return


def read_identifier(segment: Segment, start: int, digits_min: int) -> tuple[str, Box] | None:
    """Return the identifier that begins at an offset of a segment, and its box."""
    lead = _LEAD.match(segment.text[start:])
    at = start + (lead.end() if lead else 0)
    words: list[tuple[int, str]] = []
    for match in re.finditer(r"\S+", segment.text[at:]):
        word = match.group().rstrip(",;:)").lstrip("(#:")
        offset = at + match.start() + match.group().find(word)
        if not _WORD.match(word) or _DATE_LIKE.match(word):
            break
        if not any(c.isdigit() for c in word) and not (len(word) <= 3 and word.isupper() and not words):
            break
        words.append((offset, word))
        if match.group()[-1:] in ",;":
            break
    text = segment.text[words[0][0] : words[-1][0] + len(words[-1][1])] if words else ""
    digits = sum(c.isdigit() for c in text)
    if not digits_min <= digits <= IDENTIFIER_DIGITS_MAX or _MONEY_LIKE.match(text) or _MASKED.search(text):
        return None
    if _PHONE.match(text) and segment.text[max(start - 20, 0) : start].strip() == "":
        return None
    first = words[0][0]
    return text, segment.box_of(first, first + len(text))


def block_under(sight: Sight, concept: str, lines_max: int = 4) -> Fact[str] | None:
    """Return the lines of text under or right of a label: a name or an address."""
    for label in sight.labels.of(concept):
        if label.weight < 0.5 or label.start > 2:
            continue
        anchor = label.segment
        rest = anchor.text[label.end :].strip(" :")
        if len(rest) > 3:
            return _text_fact(anchor, rest, 0.8)
        row = sight.row(anchor.page, anchor.row)
        right = row.segments[anchor.index + 1] if row and anchor.index + 1 < len(row.segments) else None
        if (
            right is not None
            and not sight.labels.within(right)
            and right.box.left - anchor.box.right < 120
            and _wordy(right.text)
        ):
            return _text_fact(right, right.text, 0.75)
        lines = _lines_under(sight, anchor, lines_max)
        if lines:
            text = ", ".join(line.text for line in lines)
            method = anchor.method
            return Fact(
                text,
                Evidence(
                    text=text,
                    page=anchor.page,
                    box=union(line.box for line in lines),
                    confidence=confidence_of(0.7, method),
                    method=method,
                ),
            )
    return None


def _wordy(text: str) -> bool:
    return sum(c.isalpha() for c in text) >= 3


def _lines_under(sight: Sight, anchor: Segment, lines_max: int) -> list[Segment]:
    lines: list[Segment] = []
    bottom = anchor.box.bottom
    for index in range(anchor.row + 1, anchor.row + 2 + lines_max):
        row = sight.row(anchor.page, index)
        if row is None or row.box.top - bottom > 1.4 * anchor.height:
            break
        lane = [s for s in row.segments if abs(s.box.left - anchor.box.left) < 1.5 * anchor.height]
        if not lane or any(
            label.weight > 0.5 and label.start == 0 and label.letters > 4 for label in sight.labels.within(lane[0])
        ):
            break
        lines.append(lane[0])
        bottom = lane[0].box.bottom
        if len(lines) == lines_max:
            break
    return lines if lines and _wordy(lines[0].text) else []


def _text_fact(segment: Segment, text: str, score: float) -> Fact[str]:
    start = segment.text.find(text)
    box = segment.box_of(start, start + len(text))
    evidence = Evidence(
        text=text, page=segment.page, box=box, confidence=confidence_of(score, segment.method), method=segment.method
    )
    return Fact(text, evidence)


def text_after(sight: Sight, concept: str) -> Iterator[tuple[str, Segment, str]]:
    """Yield short texts that labels of a concept name: after it, right of it, or under it, with the place."""
    for label in sight.labels.of(concept):
        segment = label.segment
        if is_prose(segment) and concept != "payee":
            continue
        rest = segment.text[label.end :].strip(" :-–")
        if rest:
            yield rest, segment, "after"
            continue
        row = sight.row(segment.page, segment.row)
        right = row.segments[segment.index + 1] if row and segment.index + 1 < len(row.segments) else None
        if right is not None and not any(one.start == 0 for one in sight.labels.within(right)):
            yield right.text, right, "right"
        for line in _lines_under(sight, segment, 2)[:1]:
            yield line.text, line, "below"
