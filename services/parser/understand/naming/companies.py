"""Companies: names of issuers that stand in small print, in sentences beside their web name, and over two lines."""

import re
from collections.abc import Iterable, Iterator

from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.lexicon import squeeze
from services.parser.understand.sight import Sight

FOOT_SHARE = 0.85
"""A company that begins a line in this lowest part of a page is of the small print."""
FOOT_SCORE, REGISTERED_SCORE = 0.36, 0.45
"""Small print speaks where nothing above it does; who tells its register or seat speaks for itself."""
NAME_WORDS_MAX = 8
NAME_LETTERS_MIN, NAME_ALIKE_MIN = 3, 6
LINE_GAP_MAX, HEIGHTS_APART_MAX = 0.9, 0.25
"""Two lines of one letterhead stand this near, and differ this little in their type, in heights of a line."""
FORE_WORDS_MAX = 4
_FORM = (
    r"(?:plc|PLC|Ltd|Limited|Pty Ltd|Inc|LLC|Corp|Corporation|Company|Berhad|GmbH|AG|SE|KG|eG|Ltda|S/A|"
    r"S\.?\s?A|S\.?p\.?A|S\.?r\.?l|S\.?L\.?U?|Cooperative)"
)
_COMPANY = re.compile(
    r"(?:©\s*(?:\d{4}\s*)?)?((?:[A-ZÀ-Þ][\w&'’.-]*,?\s|&\s|(?:de|da|do|des|del|di|du|of|and|und|e|y)\s){1,6}"
    + _FORM
    + r")\b"
)
_NUMBERED = re.compile(r"\D{0,6}\d")
"""The number of a register stands right behind its label."""
_BEHIND_NAME = r"[\s,(]+<words>(?!\w)"
_ADDRESSED = re.compile(r"([A-ZÀ-Þ][^\d,]{4,}),\s(?:\d{1,5}[A-Z]?\s[A-Z]|P\.?\s?O\.? Box)")
"""A name with its street or post box behind it on one line (``Solstice Energy Partners, 88 Bay Road``)."""
_DASH = re.compile(r"\s[-–—]\s")
_SHARE_CAPITAL = re.compile(r"(?:SAS?|S\.A\.?S?\.?|SARL|Capital|capital|au capital|RCS|Sede|Sitz)\b")
_CAPITALISED = re.compile(r"[A-ZÀ-Þ][\w&'’-]*|&|of|and|de|du|des|del|da|do|di|und|et|y|e")


def of_small_print(sight: Sight) -> Iterator[tuple[Segment, str, float]]:
    """Yield (segment, company, score) where a company begins a line: at the foot of a page, or telling where it is registered."""
    for sheet in sight.sheets:
        for row, segment in ((line, one) for line in sheet.rows for one in line.segments):
            found = _COMPANY.match(segment.text)
            if found is None:
                continue
            rest = [segment.text[found.end() :], *(one.text for one in row.segments[segment.index + 1 :])]
            if any(sight.lexicon.means(text, "registered") for text in rest):
                yield segment, found.group(1), REGISTERED_SCORE
            elif segment.box.top > FOOT_SHARE * sheet.page.height and (
                sight.lexicon.means(found.group(1), "issuer") or len(segment.words) > NAME_WORDS_MAX
            ):
                yield segment, found.group(1), FOOT_SCORE


def beside_web(sight: Sight, webs: Iterable[str]) -> Iterator[tuple[Segment, str]]:
    """Yield the names of two words and more, within longer lines, that begin as a web name of the page does."""
    names = sorted(webs)
    for segment in sight.segments if names else ():
        words = [word.text for word in segment.words]
        if len(words) <= 2 or not sight.lexicon.means(segment.text, "issuer"):
            continue
        for web in names:
            if name := _run_like(words, web):
                yield segment, name


def _run_like(words: list[str], web: str) -> str:
    """Return the longest run of capitalised words that is called as a web name is, empty where there is none."""
    best: list[str] = []
    for start, first in enumerate(words):
        if not first[:1].isupper() or not web.startswith(squeeze(first)):
            continue
        for end in range(start + 1, min(len(words), start + NAME_WORDS_MAX) + 1):
            last = words[end - 1]
            if not _CAPITALISED.fullmatch(last.rstrip(".,;:")):
                break
            run = words[start:end]
            if last[:1].isupper() and len(run) > max(len(best), 1) and same_name(squeeze(" ".join(run)), web):
                best = run
            if last[-1:] in ".,;:":
                break
    return " ".join(best).rstrip(".,;:")


def same_name(key: str, web: str) -> bool:
    """Tell whether a name and a web name begin alike far enough to be one (``pelicancoastge``)."""
    if len(key) < NAME_LETTERS_MIN:
        return False
    if key.startswith(web) or web.startswith(key):
        return min(len(key), len(web)) >= 0.5 * max(len(key), len(web))
    alike = next((i for i, (a, b) in enumerate(zip(key, web, strict=False)) if a != b), 0)
    return alike >= max(NAME_ALIKE_MIN, 0.65 * len(web))


def own_part(sight: Sight, segment: Segment) -> str:
    """Return a line without what stands behind the name in it: its register or address, whom it belongs to, what the page is.

    ``Murra Water ABN 44 118``, ``Bluestem Energy, a division of Flats Co.``, ``Great Plains LLC d/b/a Verdant Power``,
    ``Otter Lake Power - Monthly Statement``, ``Voltalis - SA au capital de``.
    """
    lexicon, text = sight.lexicon, segment.text
    registered = [
        one.start
        for one in sight.labels.within(segment)
        if one.concept == "identifier_other" and one.start and _NUMBERED.match(text[one.end :])
    ]
    text = text[: min(registered, default=len(text))]
    if lexicon.means(text, "trades_as") and (trades := lexicon.pattern(_BEHIND_NAME, "trades_as").search(text)):
        text = text[trades.end() :]
    if lexicon.means(text, "belongs_to") and (belongs := lexicon.pattern(_BEHIND_NAME, "belongs_to").search(text)):
        text = text[: belongs.start()]
    if (addressed := _ADDRESSED.match(text)) is not None:
        text = addressed[1]
    parts = _DASH.split(text, maxsplit=1)
    if len(parts) > 1 and (lexicon.means(parts[1], "title") or _SHARE_CAPITAL.match(parts[1])):
        text = parts[0]
    return text.strip(" ,;:|-–—(") if text != segment.text else text


def with_line_above(sight: Sight, segment: Segment, text: str) -> str:
    """Return a name of words of the trade only (``Rural Electric Cooperative``) with the line over it that says whose it is."""
    if not all(sight.lexicon.means(word.strip(",.&"), "issuer") or word in ("&", "and") for word in text.split()):
        return ""
    above = sight.row(segment.page, segment.row - 1)
    for one in above.segments if above is not None else ():
        near = segment.box.top - one.box.bottom <= LINE_GAP_MAX * segment.height
        alike = abs(one.height - segment.height) <= HEIGHTS_APART_MAX * segment.height
        plain = not (sight.labels.within(one) or sight.tokens.within(one) or is_prose(one))
        named = len(one.words) <= FORE_WORDS_MAX and all(_CAPITALISED.fullmatch(word.text) for word in one.words)
        if near and alike and plain and named and abs(one.box.left - segment.box.left) < segment.height:
            return f"{one.text} {text}"
    return ""
