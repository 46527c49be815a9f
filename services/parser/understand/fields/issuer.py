"""Issuer: who sent the bill, known from its data file or read off the page."""

import re
from collections.abc import Iterator, Sequence

from domain.evidence import Evidence, Fact, Method
from domain.reading import Issuer
from services.parser.understand.fields.guess import confidence_of
from services.parser.understand.fields.known import HEAD_SHARE, Known, known_in
from services.parser.understand.fields.texts import text_after
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import plain, squeeze, table
from services.parser.understand.naming.companies import beside_web, of_small_print, own_part, same_name, with_line_above
from services.parser.understand.naming.mentions import of_mentions
from services.parser.understand.sight import Sight

NAME_WORDS_MAX = 10
NAME_LETTERS_MIN = 3
BESIDE_WEB_SCORE = 0.36
"""A name within a longer line that the web name bears out; it speaks where nothing at the head does."""
MARK_WORDS_MAX, MARK_SIZE_MIN, MARK_LETTERS_MIN = 4, 1.2, 4
"""A mark may be written small all through, so many words in type so many times the usual."""
SENDER_SCORE, SENDER_WORDS_MAX = 0.55, 3
SYLLABLED_MIN, SENDER_ROWS_MAX = 3, 20
NAME_SCORE_MIN, HEIGHT_ALIKE = 0.35, 0.95
FORM_SCORE = 0.28
"""A company at the head whose name holds no word of the trade may be the customer."""
LATER_ROWS, LATER_SHARE = 3, 0.7
"""What heads a later page is its title more often than the issuer's name."""
READ_OVER_KNOWN = 0.6
"""A name that the head of the bill shows so plainly is the issuer's, whatever known company the rest of it mentions."""
_DOMAIN = re.compile(
    r"(?:www\.|@|https?://)?\b([a-z0-9][a-z0-9-]{1,30})\.(?:com|org|net|gov|co|us|ca|fr|de|es|it|pt|br|in|eu|uk|at|ch|mx|cl|pe|ar|be|ie|au|nz|za|energy)\b",
    re.IGNORECASE,
)
_NONE = {kind: frozenset(words) for kind, words in table("no-issuers").items()}
"""What is no issuer's name: ``generic`` words alone, texts with what stands ``elsewhere``, web names of ``hosts``."""

_CODE = re.compile(r"(?=\S*\d)\S*[-/_]\S*")
"""Letters and digits joined by dashes number a meter or a unit (``E-IMG-1``)."""
_BOX = re.compile(r"(?:P\.?\s?O\.?\s+)?Box\s+[A-Z]{0,2}\d", re.IGNORECASE)
_ICON, ICON_SIZE_OFF = re.compile(r"[^\W_] (?=[A-Z]\w+ \S)"), 0.2
"""What OCR makes of a mark that stands before a name (``4 Metro City Power``); as a letter it is of another size."""
_ABBREVIATED = re.compile(r"\s\([A-Z]{2,6}\)$")
_TAGLINE = re.compile(r"(?:an?|une?|una|eine?)\s\w{3}", re.IGNORECASE)
"""Whom the issuer belongs to (``An Oriole Energy Company``) is told under its name."""
_OPEN = re.compile(r"\s\([^)]*$")
"""A bracket that only the next line closes (``Lakeside Electric (City of`` over ``Lakeside)``)."""
_TAIL = re.compile(r"[\s,.:;|•·*\-–]+$")


def slug(name: str) -> str:
    """Return a stable id made of a name."""
    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")[:60]


def find_issuer(sight: Sight, known: tuple[Known, ...]) -> tuple[Issuer | None, Known | None]:
    """Return the issuer and its data, where there is some."""
    match = known_in(sight, known)
    best = None if match is not None and match[4] else _read(sight)
    if match is not None and (best is None or best[2] < READ_OVER_KNOWN):
        data, segment, text, score, _ = match
        seen = _fact(segment, text, score)
        # A page that spells its issuer only by initials (``SMUD``) does not print the whole name.
        own = text in data.names and squeeze(text) not in squeeze(data.name)
        printed = text if own and squeeze(data.name) not in squeeze(sight.text) else data.name
        return Issuer(issuer_id=data.issuer_id, name=Fact(printed, seen.evidence)), data
    if best is None:
        return None, None
    segment, text, score = best
    return Issuer(issuer_id=slug(text), name=_fact(segment, text, score)), None


def _fact(segment: Segment, text: str, score: float) -> Fact[str]:
    start = max(segment.text.find(text), 0)
    return Fact(
        text,
        Evidence(
            text=text, page=segment.page, box=segment.box_of(start, start + len(text)),
            confidence=confidence_of(score, segment.method), method=segment.method,
        ),
    )  # fmt: skip


def _read(sight: Sight) -> tuple[Segment, str, float] | None:
    """Return the name that most signs speak for: payee, web name, words of the trade at the head, size of type."""
    candidates: dict[str, tuple[Segment, str, float]] = {}
    holders = {squeeze(text) for text, _, _ in text_after(sight, "holder")}

    def propose(segment: Segment, text: str, score: float, *, paid: bool = False, mark: bool = False) -> None:
        text = _TAIL.sub("", _OPEN.sub("", text.strip(" :*•·")))
        key = squeeze(text)
        if not _nameable(text, paid=paid, mark=mark) or len(key) < NAME_LETTERS_MIN or key in holders:
            return
        old = candidates.get(key)
        total = score if old is None else 1 - (1 - old[2]) * (1 - 0.6 * score)
        best = (segment, text) if old is None or _plainness(text) < _plainness(old[1]) else old[:2]
        candidates[key] = (*best, min(total, 0.99))

    for text, segment, place in text_after(sight, "payee"):
        propose(
            segment, re.split(r"[,.;]\s|\s(?:and|P\.?O\.?|PO)\s", text)[0], 0.7 if place == "after" else 0.6, paid=True
        )
    for segment, text, score in (*of_small_print(sight), *of_mentions(sight)):
        propose(segment, text, score)
    for segment in _under_sender(sight):
        propose(segment, segment.text, SENDER_SCORE, paid=True)
    webs = _webs(sight)
    sizes = sorted(
        segment.height for segment in sight.sheets[0].rows and [s for r in sight.sheets[0].rows for s in r.segments]
    )
    usual = sizes[len(sizes) // 2] if sizes else 10.0
    for segment, text in beside_web(sight, webs | _marks(sight, usual)):
        propose(segment, text, BESIDE_WEB_SCORE)
    for segment in sight.segments:
        text = own_part(sight, segment) if _heads(sight, segment) else segment.text
        if segment.method is Method.OCR and _ICON.match(text) and _is_icon(sight, segment, text):
            text = text[2:]
        if len(text.split()) > NAME_WORDS_MAX or (text == segment.text and is_prose(segment)):
            continue
        score = _head_score(sight, segment, text, usual)
        key = squeeze(text)
        web_named = any(same_name(key, web) for web in webs)
        score += 0.35 if web_named else 0.0
        if score < 0.3 and _over_post_box(sight, segment):
            score += 0.4 if sight.lexicon.means(text, "issuer") or _marked(sight, segment) else 0.25
        if score >= 0.3:
            mark = (web_named and len(segment.words) == 1) or _small_mark(sight, segment, usual)
            propose(segment, text, min(score, 0.9), mark=mark)
    for web in sorted(webs):
        for segment in sight.segments:
            brand = next(
                (word.text for word in segment.words if squeeze(word.text) == web and "." not in word.text), None
            )
            if brand and not is_prose(segment):
                propose(segment, brand, 0.4)
    best = max(candidates.values(), key=lambda one: (one[2], -one[0].page, -one[0].row), default=None)
    if best is None or best[2] < NAME_SCORE_MIN:
        return _in_largest_type(sight, usual, holders)
    if whole := with_line_above(sight, best[0], best[1]):
        return best[0], whole, best[2]
    return _spelled_out(sight, best) or best


def _plainness(text: str) -> tuple[bool, int]:
    """Return what ranks ways to write one name: a mark in small letters, its words run together, last; else the shorter first."""
    return text.islower(), len(text)


def _is_icon(sight: Sight, segment: Segment, text: str) -> bool:
    """Tell whether the letter or digit before a name is what OCR saw of its mark, not a word of it (``J Smith Gas``)."""
    if text[0].isdigit():
        return True
    at = len(segment.text[: segment.text.index(text)].split())
    heights = [word.box.bottom - word.box.top for word in segment.words[at : at + 2]]
    if max(heights) > (1 + ICON_SIZE_OFF) * min(heights):
        return True
    others = [squeeze(one.text) for one in sight.segments if one is not segment]
    return any(squeeze(text[2:]) in one for one in others) and not any(squeeze(text) in one for one in others)


def _under_sender(sight: Sight) -> Iterator[Segment]:
    """Yield what stands under a word for the sender that heads a block at the head of the bill (``From:``, ``Seller``)."""
    for row in sight.sheets[0].rows[:SENDER_ROWS_MAX]:
        for segment in row.segments:
            if len(segment.words) > SENDER_WORDS_MAX or not _heads(sight, segment):
                continue
            beside = any(label.concept == "holder" for label in sight.labels.on(row.page, row.index))
            below = sight.row(row.page, row.index + 1)
            if below is None or not (beside or segment.text.endswith(":")):
                continue
            if sight.lexicon.pattern(r"(?i:<words>)\s?:?", "sender").fullmatch(segment.text):
                yield from (s for s in below.segments if abs(s.box.left - segment.box.left) < segment.height)


def _in_largest_type(sight: Sight, usual: float, holders: set[str]) -> tuple[Segment, str, float] | None:
    """Return what opens the first page in larger type than anything on it, where nothing else looks like a name."""
    first = [segment for row in sight.sheets[0].rows for segment in row.segments if _heads(sight, segment)]
    largest = max(first, key=lambda segment: segment.height, default=None)
    if largest is None or largest.height < MARK_SIZE_MIN * usual:
        return None
    text = _TAIL.sub("", own_part(sight, largest))
    alone = sum(segment.height > HEIGHT_ALIKE * largest.height for segment in first) == 1
    named = bool(text) and _nameable(text, paid=False) and squeeze(text) not in holders
    if not alone or not named or sight.labels.within(largest) or sight.tokens.within(largest):
        return None
    return largest, text, NAME_SCORE_MIN


def _marks(sight: Sight, usual: float) -> set[str]:
    """Return the single words in large type at the head of the first page that name nothing: whoever is called so may be it."""
    heads = (segment for row in sight.sheets[0].rows for segment in row.segments if _heads(sight, segment))
    return {
        squeeze(segment.text)
        for segment in heads
        if len(segment.words) == 1 and segment.text.isalpha() and len(segment.text) >= MARK_LETTERS_MIN
        and segment.height >= MARK_SIZE_MIN * usual and not sight.labels.within(segment)
    }  # fmt: skip


def _small_mark(sight: Sight, segment: Segment, usual: float) -> bool:
    """Tell whether a segment is a mark in large type and small letters only (``northern shield hydro``)."""
    words = segment.text.split()
    return (
        len(words) <= MARK_WORDS_MAX
        and all(word.isalpha() and word.islower() for word in words)
        and segment.height >= MARK_SIZE_MIN * usual
        and sight.lexicon.means(segment.text, "issuer")
    )


def _over_post_box(sight: Sight, segment: Segment) -> bool:
    """Tell whether the segment heads an address that payments are sent to: a post box stands in the lines under it."""
    for index in (segment.row + 1, segment.row + 2):
        row = sight.row(segment.page, index)
        if row is None:
            return False
        for other in row.segments:
            if abs(other.box.left - segment.box.left) < 2 * segment.height and _BOX.match(other.text):
                return not sight.tokens.within(segment) and not sight.labels.within(segment)
    return False


def _marked(sight: Sight, segment: Segment) -> bool:
    """Tell whether the one word of a segment is the mark at the head of the bill, too (``APS`` over a post box)."""
    marks = (one for row in sight.sheets[0].rows for one in row.segments if one is not segment and _heads(sight, one))
    return len(segment.words) == 1 and any(squeeze(one.text) == squeeze(segment.text) for one in marks)


def _spelled_out(sight: Sight, best: tuple[Segment, str, float]) -> tuple[Segment, str, float] | None:
    """Return the full name where the page prints it beside its initials (``LADWP``)."""
    initials = best[1]
    if not (initials.isalpha() and initials.isupper() and 3 <= len(initials) <= 7):
        return None
    for segment in sight.segments:
        words = [word.text for word in segment.words]
        main = [i for i, word in enumerate(words) if word[:1].isupper()]
        if segment is not best[0] and (whole := _in_syllables(words, initials)):
            return segment, " ".join(whole).strip(",;"), best[2]
        for start in range(len(main) - len(initials) + 1):
            run = main[start : start + len(initials)]
            if "".join(words[i][0] for i in run) == initials and run[-1] - run[0] <= len(initials) + 3:
                return segment, " ".join(words[run[0] : run[-1] + 1]).strip(",.;"), best[2]
    return None


def _in_syllables(words: Sequence[str], initials: str) -> list[str]:
    """Return the words that begin a text and make initials, the last of them by two letters (``NIPSCO``: ... Service Co)."""
    count = len(initials) - 1
    named = words[:count] if len(words) >= count >= SYLLABLED_MIN else []
    spelled = "".join(word[:1] for word in named[:-1]) + "".join(named[-1:])[:2].upper()
    return list(named) if spelled == initials else []


def _nameable(text: str, *, paid: bool, mark: bool = False) -> bool:
    """Tell whether a text may name a company; a payee may have a plain name, a mark as its web name is may begin small."""
    letters = sum(c.isalpha() for c in text)
    if (
        letters < NAME_LETTERS_MIN
        or sum(c.isdigit() for c in text) > 3
        or not 1 <= len(text.split()) <= NAME_WORDS_MAX
        or (text[:1].islower() and not mark)
        or _DOMAIN.fullmatch(text)
        or _CODE.fullmatch(text)
        or _TAGLINE.match(text)
    ):
        return False
    lowered = plain(_ABBREVIATED.sub("", text))
    # A letter by itself tells nothing: OCR sees some where a rule or a mark stands.
    telling = [word.strip("()[]-–—:,.") for word in lowered.replace("&", " ").split() if len(word) > 1]
    if not paid and telling and all(word in _NONE["generic"] for word in telling):
        return False
    return not any(word in lowered for word in _NONE["elsewhere"])


def _webs(sight: Sight) -> set[str]:
    found = {name.lower().replace("-", "") for name in _DOMAIN.findall(sight.text)}
    return {name for name in found if name not in _NONE["hosts"] and len(name) >= 3}


def _heads(sight: Sight, segment: Segment) -> bool:
    """Tell whether a segment stands at the head of the first page, or in the first lines of a later one."""
    if segment.page != sight.sheets[0].page.number and segment.row > LATER_ROWS:
        return False
    return segment.box.top <= HEAD_SHARE * sight.sheet(segment.page).page.height


def _head_score(sight: Sight, segment: Segment, text: str, usual: float) -> float:
    """Return how much a segment, or the part of it that is a name, looks like the name at the head of a bill."""
    if not text or not _heads(sight, segment):
        return 0.0
    begin = max(segment.text.find(text), 0)
    end = begin + len(text)
    within = [label for label in sight.labels.within(segment) if label.start < end]
    labels = [label for label in within if not (_opens_name(label) or _closes_name(label))]
    covered = sum(label.letters for label in {label.start: label for label in labels}.values())
    letters = sum(c.isalpha() for c in text) or 1
    formed = sight.lexicon.means(text, "legal_form")
    told = any(begin <= one.start < end and not (formed and _bare(one)) for one in sight.tokens.within(segment))
    if told or (labels and covered > 0.55 * letters) or segment.text.rstrip().endswith(":"):
        return 0.0
    traded = sight.lexicon.means(text, "issuer") or any(map(_opens_name, within))
    rest = " ".join(word for word in text.split() if not sight.lexicon.means(word, "legal_form"))
    score = 0.0 if not traded else 0.3 if sight.lexicon.means(rest, "issuer") else FORM_SCORE
    size = segment.height / max(usual, 1.0)
    score += 0.35 if size >= 1.5 else 0.15 if size >= 1.2 else 0.0
    if segment.box.top < 0.08 * sight.sheet(segment.page).page.height:
        score += 0.1
    return score if segment.page == sight.sheets[0].page.number else LATER_SHARE * score


def _bare(token: Token) -> bool:
    """Tell whether a number may be part of a company's name (``Plaza 900 Management LLC``)."""
    number = token.number
    return number is not None and not (number.decimals or number.unit or number.currency or number.percent)


def _closes_name(label: Label) -> bool:
    """Tell whether the word for a supplier is the last of its name (``Gas Meseta Comercializadora``), no label of one."""
    return label.concept == "supplier" and label.start > 0 and label.end == len(label.segment.text)


def _opens_name(label: Label) -> bool:
    """Tell whether the word for a supplier is the first of its name (``Suministradora Luz del Valle``), no label of one."""
    rest = label.segment.text[label.end :]
    return label.concept == "supplier" and not label.start and rest[:1] == " " and rest.strip()[:1].isupper()
