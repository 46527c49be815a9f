"""Tariff: the name of the rate that a meter is billed by."""

import re
from collections.abc import Iterable, Iterator

from services.parser.understand.fields.context import commodity_in
from services.parser.understand.fields.facts import CODE, alone, before_facts, names_in_facts, names_in_headings
from services.parser.understand.layout.columns import READS
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Row, Segment, middle
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import STRONG_WEIGHT, WEAK_WEIGHT
from services.parser.understand.naming.headings import (
    before_days,
    classes_of_services,
    names_beside_services,
    names_over_charges,
)
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.naming.told import told
from services.parser.understand.naming.unlabelled import codes_of_charges, products
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import UNIT_PATTERN

NAME_LETTERS_MAX = 70
LABEL_WORDS_MAX, NAME_WORDS_MAX = 14, 12
BARE_LETTERS_MAX = 8
BESIDE_POINTS, ALONE_POINTS = 220.0, 400.0
"""A name stands so far right of its label at most; further where the two are alone on their line."""
CODE_BONUS, BESIDE_TITLE_SCORE = 0.1, 0.58
"""What stands right of words that end in one for tariff may be the title of a box beside that of the tariff's."""
KIND_SCORE_MAX, WIRES_SHARE = 0.56, 0.7
"""What kind of tariff it is ("Tariff type") and what the wires are billed by ("Distributor tariff") give way to its own name."""
CODED_SCORE = 0.62
"""How surely a code behind its word, or a class of customers, is the tariff's name."""
HEADS_MIN, DIGITS_OF_A_NUMBER, METERS_ABREAST = 3, 4, 2
BELOW_HEIGHTS = (1.6, 5.2)
"""The first and the second line under heads begin so many type sizes below them at most."""
EDGE_POINTS, COLUMNS_MIN, HEAD_HEIGHTS = 3.0, 4, 1.6
"""A line of a meter with more columns filled than the first one's begins at its edge and has so many at least; the lines of one
head stand so many type sizes apart."""
COMPARED_HEIGHTS = 2.0
"""The title of a comparison of tariffs stands so many type sizes over its heads at most."""
OTHERS = frozenset(
    {"account", "customer", "invoice", "meter_number", "service_point", "period", "statement_date", "due_date", "deposit"}
)  # fmt: skip
"""What a heading over several facts may stand over, beside the tariff that its word could mean."""
_ITEMISED = re.compile(r"^(?:[A-Z]|\d{1,2})[.)]\s+")
_NUMBER_CODE = re.compile(r"^\d{1,4}$")
_PHASES = re.compile(
    r"\b(?:mono|bi|tri)f[aá]sic[oa]\b|\b(?:mono|tri)phasé|\b(?:single|three|one)[- ]phase\b", re.IGNORECASE
)
_LONE_CODE = re.compile(r"^\s+(?=\S*\d)[A-Z]{1,4}-?\d{1,3}[A-Z]?$")
_LONE_LETTER = re.compile(r"^\s+[A-Z]{1,2}$")
_ADDS = re.compile(r"[-+]\s?\d+(?:[.,]\d+)?\s?%|\d[.,]\d+\s?%|\d\. [A-Z]")
"""No tariff is what is added to prices by a share (``Rate Rider at -1.5%``), and no sentence that ends with a number."""
_PRICED = re.compile(r"[\d.,]+ ?(?:[^\W\d]|[£$€¢]){1,3}/ ?[^\W\d]|(?:min|minimum|flat|max|n/?a)\.?$", re.IGNORECASE)
_PER_UNIT = re.compile(rf"\d\s?\S{{0,5}}\s?(?:/|\bper)\s?(?:{UNIT_PATTERN}|day)\b", re.IGNORECASE)
_PLACED = re.compile(r"at \d+\b|(?:same )?as above\b", re.IGNORECASE)
"""The price of a unit (``9.8420 p/kWh``), what stands in its place (``MIN``) and an address (``At 14 Example Street``)."""
_LONG_NUMBER = re.compile(r"\d{5}")
_ENDS_IN_CODE = re.compile(r"^\s+(?=[A-Z]*\d)[A-Z\d-]{1,7}$")
"""The code after the word for tariff closes its name (``Small General Service Rate 102``)."""
_QUOTES = "\"'«»“”„"
_NUMERIC = re.compile(r"^[\d.,%$€£/ -]+$")
_DATED = re.compile(r"[\s,(]+\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\)?$")
"""The day from which a tariff holds stands behind some names and is no part of them."""
_NUMBERED, _LED = r"<words>\s+(?:No\.? )?\d{1,3}[A-Z]?", r"<words>:\s*([A-Z]\S*(?:\s\S+){0,4})"
_WITHIN = r"\b<words>\s+([A-Z]{1,5}(?:-?\d{1,3})?[A-Z]?)\b(?![.:])"
"""How codes stand behind their word: ``Schedule 42``, ``Schedule: GS 1``, ``Large General Service - Schedule GL``."""
_REMARK = re.compile(r"^\([^()]{1,14}\)\s*:\s*")
"""What the label says more in brackets (``Tarifa de acceso (ATR): 2.0TD``)."""
_OPEN = re.compile(r"(?:[-–—&/,(]|\b(?:and|or|of|for|with|und|et|y|e))$")
"""A name that ends so goes on in the next line."""
FOLLOWERS = OTHERS | {"identifier_other", "amount", "days", "multiplier"}
"""What the word for tariff may begin a longer label of (``Rate Zone``)."""
UNDER_ROWS, METERS_MAX = 2, 20
METER_HEADS = frozenset({"meter_number", "previous_read", "current_read"})


def tariffs(sight: Sight) -> Iterator[Identifier]:
    """Yield the names of tariffs: after, right of or under a label, in a line of facts, else the customer class of a heading."""
    found = list(_unlike_the_connection(_labelled_names(sight)))
    found += [_identifier(text, segment, score) for text, segment, score in told(sight) if _nameable(sight, text)]
    headed = (*names_in_facts(sight), *names_in_headings(sight), *names_over_charges(sight))
    found += [
        _identifier(text, segment, score + (CODE_BONUS if CODE.search(text) else 0.0))
        for found_text, segment, score in headed
        if _nameable(sight, text := _DATED.sub("", found_text))
    ]
    yield from found or list(_codes(sight)) or _unlabelled(sight) or _headed(sight)


def _unlabelled(sight: Sight) -> list[Identifier]:
    """Return the names that no label and no heading tells: the code of the charges, else the product over the meter."""
    found = list(codes_of_charges(sight)) or list(products(sight))
    return [_identifier(text, segment, score) for text, segment, score in found if _nameable(sight, text)]


def _headed(sight: Sight) -> list[Identifier]:
    """Return the names beside the headings of services, else the class of customers in such a heading."""
    beside = [_identifier(*one) for one in names_beside_services(sight) if _nameable(sight, one[0])]
    return beside or [_identifier(*one) for one in classes_of_services(sight)]


def _codes(sight: Sight) -> Iterator[Identifier]:
    """Yield the codes of tariffs that stand behind their word within a name (``Large General Service - Schedule GL``)."""
    numbered, led_by, within = (sight.lexicon.pattern(one, "tariff_before_code") for one in (_NUMBERED, _LED, _WITHIN))
    for segment in sight.segments:
        if not sight.lexicon.means(segment.text, "tariff_before_code"):
            continue
        if numbered.fullmatch(segment.text) and segment.text[:1].isupper():
            yield _identifier(segment.text, segment, CODED_SCORE)
        led = led_by.fullmatch(segment.text)
        if led and _nameable(sight, led[1]):
            yield _identifier(led[1], segment, CODED_SCORE)
        found = within.search(segment.text)
        if found and len(segment.words) <= NAME_WORDS_MAX and not is_prose(segment):
            yield _identifier(found[1], segment, CODED_SCORE)


def _labelled_names(sight: Sight) -> Iterator[Identifier]:
    for label in sight.labels.of("tariff"):
        if is_prose(label.segment) or len(label.segment.words) > LABEL_WORDS_MAX:
            continue
        announced = label.text.endswith(":") or label.segment.text[label.end :].lstrip()[:1] == ":"
        weak = label.weight < STRONG_WEIGHT and not announced
        if _begins_charge(sight, label) or _ends_value(sight, label) or _begins_label(sight, label):
            continue
        if sight.lexicon.means(label.segment.text[: label.start], "plan_to_pay") or _heads_comparison(sight, label):
            continue  # "Levelized Plan: Not enrolled" tells how it is paid
        kind = sight.lexicon.means(label.text, "tariff_kind")
        wires = sight.lexicon.means(label.segment.text[: label.end], "of_the_wires")
        for found, segment, score in _named(sight, label):
            coded = segment is label.segment and CODE.match(found) is not None
            under = segment.row > label.segment.row
            numbered = max(DIGITS_OF_A_NUMBER, sum(map(str.isalpha, found))) <= sum(map(str.isdigit, found))
            formed = _classed(sight, found) if under else not numbered and _in_form(sight, label)
            if weak and not coded and not formed:
                continue
            found = _whole(sight, segment, _REMARK.sub("", found))
            text = _DATED.sub("", before_facts(sight, segment, before_days(sight, segment, found)))
            if not _nameable(sight, text) and _nameable(sight, found) and not _LONG_NUMBER.search(found):
                text = found  # "Rate 2 - Mtr Class 2 Heating": what follows the dash belongs to the name
            if _names_code(sight, label, text, segment) or (
                _nameable(sight, text) and not _labelled(sight, label, segment)
            ):
                bonus = CODE_BONUS if CODE.search(text) else 0.0
                score = min(score, KIND_SCORE_MAX) if kind else score + bonus
                yield _identifier(text, segment, score * WIRES_SHARE if wires else score)


def _heads_comparison(sight: Sight, label: Label) -> bool:
    """Tell whether a label heads a list of what other tariffs would cost, by the line over it."""
    segment = label.segment
    above = sight.row(segment.page, segment.row - 1)
    return (
        above is not None
        and segment.box.top - above.box.bottom < COMPARED_HEIGHTS * segment.height
        and any(sight.lexicon.means(one.text, "rates_compared") for one in above.segments)
    )


def _in_form(sight: Sight, label: Label) -> bool:
    """Tell whether a label is all of a text among others that begin lines at one edge: a form of labels and values."""
    own = label.segment
    if label.start or own.text[label.end :].strip(" :."):
        return False
    beside = [row for at in (own.row - 1, own.row + 1) if (row := sight.row(own.page, at)) is not None]
    edged = [s for row in beside for s in row.segments[:-1] if abs(s.box.left - own.box.left) < 2]
    return any(one.start == 0 and one.weight > WEAK_WEIGHT for s in edged for one in sight.labels.within(s))


def _classed(sight: Sight, name: str) -> bool:
    """Tell whether a name begins with a class of customers."""
    return sight.lexicon.means(name.split()[0].strip("():,-–"), "customer_class")


def _whole(sight: Sight, segment: Segment, name: str) -> str:
    """Return a name that does not end with its line together with what stands under it at its edge."""
    spoken = any(one.concept == "tariff" and one.end == len(segment.text) for one in sight.labels.within(segment))
    goes_on = _OPEN.search(name) or (spoken and name == segment.text)
    at = segment.text.find(name)
    if not goes_on or at < 0:
        return name
    left = segment.box_of(at, at + len(name)).left
    below = sight.row(segment.page, segment.row + 1)
    for one in below.segments if below is not None and below.box.top - segment.box.bottom < segment.height else ():
        if abs(one.box.left - left) < segment.height and not any(not label.start for label in sight.labels.within(one)):
            return f"{name} {one.text}"
    return name


def _begins_label(sight: Sight, label: Label) -> bool:
    """Tell whether the word for tariff begins the label of something else (``Rate Zone II``)."""
    return any(
        one.concept in FOLLOWERS and label.segment.text[label.end : one.start] == " "
        for one in sight.labels.within(label.segment)
    )


def _ends_value(sight: Sight, label: Label) -> bool:
    """Tell whether the word for tariff closes or begins what stands beside a label of its own (``Tariff type | Fixed rate``)."""
    row, rest = sight.row(label.segment.page, label.segment.row), label.segment.text[label.end :]
    within = not rest.strip(" :") if label.start else rest.lstrip()[:1] not in (":", "")
    if row is None or not label.segment.index or not within:
        return False
    left = row.segments[label.segment.index - 1]
    named = (one for one in sight.labels.within(left) if label.start or one.concept == "tariff")
    return any(one.start == 0 and one.end >= len(left.text.rstrip(" :")) for one in named)


def _begins_charge(sight: Sight, label: Label) -> bool:
    """Tell whether a bare word for tariff only begins the words of a charge (``Rate adjustment`` | ``4.06``)."""
    segment = label.segment
    if label.letters > BARE_LETTERS_MAX or segment.text[label.end :].lstrip()[:1] == ":":
        return False
    return bool(segment.text[label.end :].strip(" .:")) and any(
        token.number and token.number.decimals == 2 and not token.number.unit and token.box.left > segment.box.right
        for token in sight.tokens.on(segment)
    )


def _unlike_the_connection(found: Iterable[Identifier]) -> list[Identifier]:
    """Return the names without those of the connection (``Monofásico``), where others stand on the page."""
    listed = list(found)
    return [one for one in listed if not _PHASES.search(one.text)] or listed


def _names_code(sight: Sight, label: Label, text: str, segment: Segment) -> bool:
    """Tell whether a label leads to a code of digits only: by its colon (``TARIFA: 1``) or its words (``Rate Code``)."""
    led = label.segment.text[label.end :].lstrip()[:1] == ":" and segment is label.segment
    over = segment.row > label.segment.row and any(
        one.concept in METER_HEADS for one in sight.labels.on(label.segment.page, label.segment.row)
    )
    coded = led or over or sight.lexicon.means(label.text, "tariff_code")
    return coded and label.weight >= STRONG_WEIGHT and _NUMBER_CODE.match(text) is not None


def _named(sight: Sight, label: Label) -> Iterator[tuple[str, Segment, float]]:
    segment = label.segment
    before = segment.text[: label.start].strip()
    # A letter before the sign tells an elision (``Box dell'offerta``).
    quoted = before[-1:] in tuple(_QUOTES) and not before[-2:-1].isalnum() and label.start <= 40
    if quoted:
        yield segment.text[label.start - 1 :].strip(), segment, 0.75
        return
    if _ENDS_IN_CODE.match(segment.text[label.end :]) and label.start > 0:
        yield _without_label(sight, segment, label), segment, CODED_SCORE
        return
    rest = segment.text[label.end :]
    if label.start > 12:
        if _LONE_CODE.match(rest):
            yield rest.strip(), segment, 0.66
        elif _LONE_LETTER.match(rest) and segment.text[: label.start].rstrip()[-1:] in ("-", "–", "—", ":", ","):
            yield segment.text[label.start :].strip(), segment, 0.66
        elif not rest.strip(" :") and _classed(sight, segment.text) and alone(sight, segment):
            yield segment.text.strip(" :"), segment, CODED_SCORE
        return
    if rest[:1] in ".!?" and rest[1:2] == " ":
        return
    rest = rest.replace(" is ", ": ", 1) if rest.startswith(" is ") else rest
    headed = _heads_columns(sight, segment, rest)
    rest = "" if headed else rest
    if rest.strip(" :-–.") and not rest[:1].isalpha():
        yield rest.strip(" :-–."), segment, 0.8 if rest.lstrip()[:1] == ":" else 0.65
        return
    row = sight.row(segment.page, segment.row)
    right = row.segments[segment.index + 1] if row and segment.index + 1 < len(row.segments) else None
    if (
        right is not None
        and not headed
        and right.text[-1:] not in ("?", "!")
        and not any(_is_day_or_price(token) for token in sight.tokens.within(right))
        and right.box.left - segment.box.right < (ALONE_POINTS if row and len(row.segments) == 2 else BESIDE_POINTS)
        and not any(one.start == 0 and one.concept != "tariff" for one in sight.labels.within(right))
    ):
        yield right.text, right, BESIDE_TITLE_SCORE if label.start else 0.7
        if row is not None and not label.start and _in_meters_columns(sight, row, segment):
            yield row.segments[-1].text, row.segments[-1], 0.7
        return
    yield from _under(sight, label)


def _without_label(sight: Sight, segment: Segment, tariff: Label) -> str:
    """Return a text without the label of a sum that opens it (``Total energy used, Domestic Service Rate 02``)."""
    before = segment.text[: tariff.start].rpartition(", ")[0]
    opens = any(one.start == 0 and one.end >= len(before) > 0 for one in sight.labels.within(segment))
    return segment.text[len(before) + 2 :].strip() if opens else segment.text.strip()


def _is_day_or_price(token: Token) -> bool:
    """Tell whether a token is a day that is all of its text, or the price of a unit: beside a label neither is a name."""
    if token.number is not None:
        return bool(token.number.per)
    return token.text == token.segment.text


def _in_meters_columns(sight: Sight, row: Row, label: Segment) -> bool:
    """Tell whether two names right of a label stand in the columns of two meters, as the values of the line before do."""
    names, above = row.segments[label.index + 1 :], sight.row(row.page, row.index - 1)
    edges = {round(s.box.left / EDGE_POINTS) for s in above.segments} if above is not None else set()
    return len(names) == METERS_ABREAST and all(round(s.box.left / EDGE_POINTS) in edges for s in (label, *names))


def _under(sight: Sight, label: Label) -> Iterator[tuple[str, Segment, float]]:
    """Yield the name under a label, and those of the next lines where the label heads a column of meters."""
    segment = label.segment
    bottom, lines, edge = segment.box.bottom, 0, 0.0
    heads = _heads_meters(sight, segment)
    for index in range(segment.row + 1, segment.row + 1 + (METERS_MAX if heads else UNDER_ROWS)):
        below = sight.row(segment.page, index)
        if below is None or below.box.top - bottom > 1.6 * segment.height:
            return
        bottom = below.box.bottom  # a second line of heads may stand under other columns
        own = [one for one in below.segments if one.box.left < segment.box.right and one.box.right > segment.box.left]
        wrapped = lines and below.segments[0].box.left > segment.box.right  # the second line of a value further right
        if not own and not wrapped and (lines or index > segment.row + UNDER_ROWS):
            return
        labelled = own and any(not one.start for one in sight.labels.within(own[0]))
        longer = len(below.segments) > lines >= COLUMNS_MIN and abs(below.segments[0].box.left - edge) < EDGE_POINTS
        alike = longer or len(below.segments) == lines
        if own and lines and (labelled or not alike):
            return  # what follows is no line of a meter
        if own:
            yield own[0].text, own[0], 0.68
            lines, edge = len(below.segments), below.segments[0].box.left
        if own and not heads:
            return


def _heads_meters(sight: Sight, segment: Segment) -> bool:
    """Tell whether heads of meters' lines stand beside a label, on its line or on the lines of heads right over and under it."""
    rows = [sight.row(segment.page, segment.row + step) for step in (-1, 0, 1)]
    near = [row for row in rows if row and abs(middle(row.box) - middle(segment.box)) <= HEAD_HEIGHTS * segment.height]
    return any(one.concept in METER_HEADS for row in near for one in sight.labels.on(row.page, row.index))


def _heads_columns(sight: Sight, segment: Segment, rest: str) -> bool:
    """Tell whether a label heads a column: shared with another (``Rate / Meter #``), or among heads over a line of values.

    A word may close the head after the label (``TARIFA ARCONEL``).
    """
    named = {one.concept for one in sight.labels.on(segment.page, segment.row)}
    if rest.lstrip()[:1] == "/" or (named >= READS and not rest.strip(" :")):
        return True  # among the heads of readings a bare word for tariff is one
    row, more = sight.row(segment.page, segment.row), rest.strip()
    if row is None or len(row.segments) < HEADS_MIN or not (more.isalpha() or not more.strip(":")):
        return False
    heads = [one for one in row.segments if one.box.left >= segment.box.left or not any(map(str.isdigit, one.text))]
    if any(c.isdigit() for one in heads for c in one.text):
        return False
    for step, heights in enumerate(BELOW_HEIGHTS, 1):  # a second line of heads may stand between
        below = sight.row(segment.page, segment.row + step)
        if below is None or below.box.top - segment.box.bottom > heights * segment.height:
            return False
        over = [[s for s in below.segments if s.box.left < h.box.right and s.box.right > h.box.left] for h in heads]
        valued = sum(any(c.isdigit() for other in under for c in other.text) for under in over)
        own = over[heads.index(segment)]
        if own:
            return valued >= HEADS_MIN - 1 and not any(one.start == 0 for one in sight.labels.within(own[0]))
    return False


def _labelled(sight: Sight, label: Label, segment: Segment) -> bool:
    """Tell whether a text beside a label begins with the label of something else (``Customer no. 123`` under ``Contract``)."""
    return segment is not label.segment and any(
        other.start == 0
        and (other.concept in OTHERS or (other.concept == "tariff" and other.end >= len(segment.text.rstrip(" :"))))
        and other.weight > 0.5
        for other in sight.labels.within(segment)
    )


def _nameable(sight: Sight, text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    if _PRICED.match(text) or _PLACED.match(text) or _PER_UNIT.search(text):
        return False
    if text[:1] == "(" and text[1:2].islower():
        return False
    if not letters or len(text) > NAME_LETTERS_MAX or _NUMERIC.match(text) or text[:1].islower() or _ADDS.search(text):
        return False
    words = [word for word in _ITEMISED.sub("", text).split() if any(map(str.isalnum, word))]
    if words and all(commodity_in(sight, word) is not None for word in words):
        return False
    return not any(c in text for c in "@?!") and "www." not in text and "$" not in text and "€" not in text


def _identifier(text: str, segment: Segment, score: float) -> Identifier:
    start, cleaned = max(segment.text.find(text), 0), re.sub(r"\s+", " ", text.strip(_QUOTES + " "))
    return Identifier(cleaned, segment, segment.box_of(start, start + len(text)), min(score, 0.95))
