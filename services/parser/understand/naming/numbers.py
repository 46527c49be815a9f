"""Numbers: the account's, the bill's and other things' numbers, each decided from all the places that name it."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment, overlap
from services.parser.understand.lexicon import WEAK_WEIGHT
from services.parser.understand.naming.beside import beside
from services.parser.understand.naming.identifiers import IDENTIFIER_DIGITS_MIN, PHONE, Identifier, read_identifier
from services.parser.understand.naming.titles import is_title, titles
from services.parser.understand.sight import Sight

ACCOUNT_DIGITS_MIN, CODE_LETTERS_MIN = 4, 8
"""An account has so many digits, or is a code of so many letters and digits (``TANW-U07-BRA2``)."""
INVOICE_SCORE_MIN = 0.6
CUSTOMER_SHARE, WIRES_SHARE, BANK_SHARE = 0.85, 0.6, 0.4
UNIVERSAL_SHARE = 0.7
_UNIVERSAL = re.compile(r"^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$", re.IGNORECASE)
"""A universally unique number (RFC 9562), as the tax office of Mexico gives one to each document."""
SURE_MIN = 0.4
"""A weaker guess names nothing."""
ACCOUNTS_MIN = 3
"""A bill that names so many accounts collects them under the one of its first page."""
REPEATED_DIGITS_MIN, SCAN_DIGITS_MIN = 6, 18
UNKNOWN_WORDS_MAX, UNKNOWN_DIGITS_MIN = 3, 7
"""Behind words that nothing is known of, fewer digits may be a postal code or a post box."""
_REACHED = re.compile(r"^\d{5}-\d{4}$|^0\d{2,4}(?: \d{2,4})+$")
"""A postal code with its route, a telephone number with its zero: addresses are printed again and again, too."""
TITLE_WORDS_MAX, TITLE_SHARE, TITLE_ROWS, TITLE_HEIGHTS = 6, 0.3, 3, 1.5
"""A bill's title has so few words, stands in this top share of page one, and its number so near under it."""
TITLE_DIGITS_MIN, TITLE_SCORE = 5, 0.95
"""The bare word for bill is the label of a number only where that is long enough for one."""


def account(sight: Sight) -> Identifier | None:
    """Return the account number; a customer's number stands for it where the bill prints no account."""
    listed: Identifier | None = None
    for concept in ("account", "customer"):
        found = [one for one in named(sight, concept) if _long_enough(one)]
        if found and found[0].score >= SURE_MIN:
            best = (concept == "account" and _suppliers_own(sight, found)) or _collecting(sight, found) or found[0]
            if not _in_list(sight, best):
                return best
            listed = listed or best
    if listed is not None:
        return listed
    others = (*named(sight, "meter_number"), *named(sight, "service_point"), *invoices(sight))
    return repeated(sight, frozenset(one.squeezed for one in others))


def _long_enough(one: Identifier) -> bool:
    """Tell whether an identifier may be an account's: by its digits, or by all that stands right beside its label."""
    digits = sum(c.isdigit() for c in one.text)
    coded = digits >= IDENTIFIER_DIGITS_MIN and len(one.squeezed) >= CODE_LETTERS_MIN
    return digits >= ACCOUNT_DIGITS_MIN or (coded and one.place in ("after", "right"))


def _in_list(sight: Sight, one: Identifier) -> bool:
    """Tell whether a number under its head is the first of a list: the next lines begin with others of its form there."""
    form = _form(one.text)
    row = sight.row(one.segment.page, one.segment.row + 1) if one.place == "below" else None
    under = [s for s in row.segments if abs(s.box.left - one.segment.box.left) < s.height] if row else []
    third = sight.row(one.segment.page, one.segment.row + 2) if under else None
    below = [s for s in third.segments if abs(s.box.left - one.segment.box.left) < s.height] if third else []
    if under and below and _form(under[0].text) == _form(below[0].text) == form:
        return True  # one code over and over
    return any(_form(segment.text) == form and segment.text != one.text for segment in under)


def _form(text: str) -> str:
    """Return a number's form: its digits all alike."""
    return re.sub(r"\d", "0", text.strip())


def _collecting(sight: Sight, found: list[Identifier]) -> Identifier | None:
    """Return the account that a collective bill is sent to, where it names several: as such, or alone on its first page."""
    sure = [one for one in found if one.score >= SURE_MIN]
    if len(sure) < 2:
        return None
    first = sight.sheets[0].page.number
    heads = [one for one in sure if one.segment.page == first and one.place in ("after", "right")]
    for one in heads:
        row = sight.row(one.segment.page, one.segment.row)
        words = [s.text for s in row.segments if s.box.left <= one.segment.box.left] if row else []
        if any(sight.lexicon.means(text, "collects") for text in words):
            return one
    return heads[0] if len(heads) == 1 and len(sure) >= ACCOUNTS_MIN else None


def _suppliers_own(sight: Sight, found: list[Identifier]) -> Identifier | None:
    """Return the customer's number where all accounts that a supplier collects are those of the company of the wires."""
    sure = {one.squeezed for one in found if one.score >= SURE_MIN}
    if len(sure) < 2:
        return None
    wires = {
        one.squeezed
        for label in sight.labels.of("account")
        if sight.lexicon.means(label.segment.text[: label.end], "of_the_wires")
        for one in beside(sight, label, ACCOUNT_DIGITS_MIN)
    }
    if not sure <= wires:
        return None
    return next((one for one in named(sight, "customer") if one.score >= INVOICE_SCORE_MIN and _long_enough(one)), None)


def named(sight: Sight, concept: str, *, digits_min: int = IDENTIFIER_DIGITS_MIN) -> list[Identifier]:
    """Return the identifiers that the labels of a concept name, best first; equal ones strengthen each other."""
    found: dict[str, list[Identifier]] = {}
    records: set[str] = set()
    first = sight.sheets[0].page.number
    for label in sight.labels.of(concept):
        if label.weight < 0.5 and not _announces(label):
            continue
        if concept in ("account", "customer") and _of_another(sight, label):
            continue
        shared = concept == "account" and any(
            one.concept == "customer" and one.start == label.start for one in sight.labels.within(label.segment)
        )
        for identifier in beside(sight, label, digits_min):
            if shared:
                # Where a bill prints both, the contract's number is the account, not the customer's.
                identifier = replace(identifier, score=identifier.score * CUSTOMER_SHARE)
            named_for = label.segment.text[: label.end] if concept == "account" else ""
            if sight.lexicon.means(named_for, "of_the_wires"):
                # A supplier prints the number that the company of the wires or pipes has for the place beside its own.
                identifier = replace(identifier, score=identifier.score * WIRES_SHARE)
            if sight.lexicon.means(f"{_begun(sight, label)} {named_for}", "of_a_bank"):
                identifier = replace(identifier, score=identifier.score * BANK_SHARE)
            key = identifier.squeezed.lstrip("0")
            if sight.lexicon.means(label.text, "record_number"):
                records.add(key)
            if concept == "invoice" and _UNIVERSAL.match(identifier.text):
                # What a tax office gives each document is told beside the issuer's own number of it.
                identifier = replace(identifier, score=identifier.score * UNIVERSAL_SHARE)
            if concept == "invoice" and label.segment.page != first:
                # Later pages number their parts: services, suppliers, contracts.
                identifier = replace(identifier, score=identifier.score * 0.85)
            found.setdefault(key, []).append(identifier)
    for key in list(found):
        # A number that runs over two lines is read to the end of its first; elsewhere it stands whole.
        # Zeros before it make another of it: the form of a payment machine, with more behind the number.
        begun, longer = found[key][0].squeezed, (other for other in found if other != key and other.startswith(key))
        whole = next((other for other in longer if found[other][0].squeezed.startswith(begun)), None)
        if whole is None:
            continue
        found[whole].extend(replace(one, text=found[whole][0].text) for one in found.pop(key))
    merged = []
    for key, listed in found.items():
        best = max(listed, key=lambda one: one.score)
        doubt = 1.0
        for one in listed[:4]:
            doubt *= 1 - 0.85 * one.score
        # What a program numbers its records by (``Bill ID``) is told again in its titles, beside the issuer's number.
        sure = (1 - doubt) * (UNIVERSAL_SHARE if key in records else 1.0)
        merged.append(Identifier(best.text, best.segment, best.box, sure, best.place))
    return sorted(merged, key=lambda one: (-one.score, one.segment.page, one.segment.row))


def _begun(sight: Sight, label: Label) -> str:
    """Return the line over a label that goes on with it in small letters (``sort code 20-69-34,`` | ``account 44``)."""
    above = sight.row(label.segment.page, label.segment.row - 1)
    if above is None or label.start or not label.segment.text[:1].islower():
        return ""
    edge = label.segment.box.left
    return next((s.text for s in above.segments if abs(s.box.left - edge) < label.segment.height), "")


def _of_another(sight: Sight, label: Label) -> bool:
    """Tell whether the words that end as a label does name somebody else's number: the grid's contract, a tax office's."""
    return any(
        one.concept == "identifier_other" and one.start <= label.start and one.end >= label.end
        for one in sight.labels.within(label.segment)
    )


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
        start = _behind_unknown_words(sight, segment)
        read = read_identifier(segment, start, UNKNOWN_DIGITS_MIN if start else REPEATED_DIGITS_MIN)
        if (
            read is None
            or len(read[0]) < len(segment.text[start:].strip(" :")) - 2
            or (start and (PHONE.match(read[0]) or _REACHED.match(read[0])))
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


def _behind_unknown_words(sight: Sight, segment: Segment) -> int:
    """Return where a number begins behind a few words of which none is known to name anything, 0 where other words stand."""
    words = itertools.takewhile(lambda word: not any(map(str.isdigit, word.text)), segment.words)
    count = len(list(words))
    if not 1 <= count <= UNKNOWN_WORDS_MAX or count == len(segment.words) or is_prose(segment):
        return 0
    return 0 if any(one.weight > WEAK_WEIGHT for one in sight.labels.within(segment)) else segment.starts[count]


def _dated(sight: Sight, segment: Segment) -> bool:
    return any(token.when is not None or (token.number and token.number.unit) for token in sight.tokens.within(segment))


_ORDINAL = re.compile(r"^(?:n[°ºo]|nr|no|num|number|#|№)\s?[.:]?\s?(?=[A-Z]{0,4}[\d-]*\d)", re.IGNORECASE)


def invoices(sight: Sight) -> list[Identifier]:
    """Return the invoice numbers, best first: by labels, else in titles or by the word for bill."""
    found = named(sight, "invoice")
    if found and found[0].score >= INVOICE_SCORE_MIN:
        return found
    found.extend(_in_titles(sight))
    found.extend(_signed(sight))
    found.extend(_under_titles(sight))
    if not found:
        found.extend(_bare(sight))
    return sorted(found, key=lambda one: -one.score)


def _signed(sight: Sight) -> Iterator[Identifier]:
    """Yield the numbers with a number sign after or under the word for bill and its date."""
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
                    yield Identifier(read[0], other, read[1], 0.75, "sign")
                    break


def _under_titles(sight: Sight) -> Iterator[Identifier]:
    """Yield the numbers behind a number sign right under a line that is all title, at one of its edges or its middle.

    ``FACTURE DE GAZ NATUREL`` over ``N° F2606-041877352``; a box of red lines over ``BOLETA ELECTRONICA`` | ``N° 318842077``.
    """
    for row in sight.sheets[0].rows:
        for segment in row.segments if row.box.top < TITLE_SHARE * sight.sheets[0].page.height else ():
            if len(segment.words) > TITLE_WORDS_MAX or not is_title(sight, segment):
                continue
            rows = (sight.row(row.page, row.index + step) for step in range(1, TITLE_ROWS + 1))
            for other in (one for under in rows if under is not None for one in under.segments):
                left, right = segment.box.left - other.box.left, segment.box.right - other.box.right
                aligned = min(abs(left), abs(right), abs(left + right) / 2) < segment.height
                close = other.box.top - segment.box.bottom < TITLE_HEIGHTS * segment.height
                sign = _ORDINAL.match(other.text) if close and aligned else None
                read = read_identifier(other, sign.end(), TITLE_DIGITS_MIN) if sign else None
                if read is not None:
                    yield Identifier(read[0], other, read[1], 0.75, "sign")


def _bare(sight: Sight) -> Iterator[Identifier]:
    """Yield the long numbers that nothing but the word for bill names, on the first page (``Rechnung 4711 0815``)."""
    first = sight.sheets[0]
    for row in first.rows:
        for segment in row.segments:
            word = segment.words[0].text
            end = len(word)
            named_else = any(one.start == 0 for one in sight.labels.within(segment))
            if named_else or is_prose(segment) or not sight.lexicon.means(word, "title"):
                continue
            alone = len(segment.words) == 1
            others = any(one.segment is not segment for one in sight.labels.on(row.page, row.index))
            label = Label("invoice", TITLE_SCORE, segment, 0, end, segment.box_of(0, end), end)
            for one in beside(sight, label, TITLE_DIGITS_MIN):
                if one.place in ("after", "right") or (alone and others):
                    yield replace(one, score=one.score * TITLE_SCORE)


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
