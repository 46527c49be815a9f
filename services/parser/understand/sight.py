"""Sight: one document made ready for questions: rows, tokens, labels, language, place, conventions."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from domain.evidence import Evidence, Method
from services.parser.page import Document
from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.guessed import with_guessed
from services.parser.understand.layout.labels import Labels, read_labels, with_stacked
from services.parser.understand.layout.lanes import with_lanes
from services.parser.understand.layout.paragraphs import with_paragraphs
from services.parser.understand.layout.rows import Row, Segment, Sheet, sheets
from services.parser.understand.layout.stacked import stacked_labels, with_wrapped
from services.parser.understand.layout.tokens import MONEY_DECIMALS, Convention, Tokens, read_tokens
from services.parser.understand.lexicon import Lexicon, detect, load
from services.parser.understand.place import Seen, find_country, find_currency, month_first, whole_money
from services.parser.understand.values.dates import Order, date_order
from services.parser.understand.values.numbers import Mark, decimal_mark
from services.parser.understand.values.units import MILLS

COMMA_LANGUAGES = frozenset({"fr", "de", "es", "pt", "it"})
SPACED_MIN = 2
SIGNED_MIN, SIGNED_SHARE = 5, 0.6
"""So many amounts bear a sign, and so large a share of what has two places; the rest are rates, reads and quantities."""
DECIMAL_SIGNS_MIN = 2
"""So many amounts with a sign of money tell how all of them are printed."""
_SPACED_MONEY = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+[.,]\d\d(?!\d)")
"""Amounts grouped by blanks, as South African bills print them too; one alone may be two numbers."""
_SPACED_READ = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+,\d(?!\d)")
"""Reads and quantities grouped so, where commas mark decimals, whatever the language."""


@dataclass(frozen=True)
class Sight:
    """Everything the questions to a document are asked of."""

    document: Document
    sheets: tuple[Sheet, ...]
    lexicon: Lexicon
    convention: Convention
    tokens: Tokens
    labels: Labels
    language: str
    language_share: float
    country: str
    country_seen: Seen | None
    currency: str
    currency_seen: Seen | None
    text: str

    def row(self, page: int, index: int) -> Row | None:
        """Return a row by page (from 1) and index, None past the ends."""
        for sheet in self.sheets:
            if sheet.page.number == page and 0 <= index < len(sheet.rows):
                return sheet.rows[index]
        return None

    def sheet(self, page: int) -> Sheet:
        """Return the sheet of a page number.

        Raises:
            KeyError: the document has no such page.
        """
        for sheet in self.sheets:
            if sheet.page.number == page:
                return sheet
        raise KeyError(page)

    @cached_property
    def signs_money(self) -> bool:
        """Whether amounts bear the sign of their currency here, so that a number of two places without one is none."""
        exact = [
            t.number
            for t in self.tokens.all()
            if t.number and t.number.decimals == MONEY_DECIMALS and not t.number.unit
        ]
        signed = sum(bool(number.currency) for number in exact)
        return signed >= SIGNED_MIN and signed >= SIGNED_SHARE * len(exact)

    @cached_property
    def has_decimals(self) -> bool:
        """Whether this document prints money with two places."""
        money = [token.number for token in self.tokens.all() if token.number is not None and is_money(token)]
        if whole_money(self.currency):
            # A letter of a formula may look like the sign of another currency (``+ R 57,46``).
            signed = [number.decimals for number in money if number.currency in ("$", self.currency)]
            if len(signed) >= DECIMAL_SIGNS_MIN and not any(signed):
                return False  # what has two places and no sign is the price of a unit
            exact = sum(number.decimals == MONEY_DECIMALS for number in money)
            return len(money) >= 2 and exact >= len(money) / 2
        return len(money) >= 2

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Every segment in reading order."""
        return tuple(segment for sheet in self.sheets for row in sheet.rows for segment in row.segments)

    @cached_property
    def meanings(self) -> frozenset[str]:
        """All that the segments name, each by itself: what is not among it need not be looked for in one after the other."""
        return frozenset().union(*(self.lexicon.meanings(segment.text) for segment in self.segments))


def _in_lanes(sheet: Sheet) -> tuple[Row, ...]:
    """Return a page's rows, columns one after the other; the edges that OCR sees waver, so bars and months would be cut apart."""
    return sheet.rows if sheet.page.method is Method.OCR else with_lanes(with_wrapped(sheet.rows))


def look(document: Document) -> Sight:
    """Return the document made ready for questions."""
    laid = tuple(replace(sheet, rows=with_paragraphs(_in_lanes(sheet))) for sheet in sheets(document))
    segments = [segment for sheet in laid for row in sheet.rows for segment in row.segments]
    text = "\n".join(segment.text for segment in segments)
    language, share = detect([word.text for segment in segments for word in segment.words])
    country, country_seen = find_country(segments, language)
    currency, currency_seen = find_currency(segments, country, country_seen, language)
    mark: Mark = decimal_mark(text, "," if language in COMMA_LANGUAGES and country != "MX" else ".")
    order: Order = date_order(text, "mdy" if month_first(country, currency, language) else "dmy")
    lexicon = load(language)
    grouped = len(_SPACED_MONEY.findall(text)) + (len(_SPACED_READ.findall(text)) if mark == "," else 0)
    spaced = (language in COMMA_LANGUAGES and mark == ",") or grouped >= SPACED_MIN
    convention = Convention(mark, order, spaced, currency if currency in MILLS else "")
    return Sight(
        document=document,
        sheets=laid,
        lexicon=lexicon,
        convention=convention,
        tokens=read_tokens(laid, lexicon, convention),
        labels=with_guessed(
            with_stacked(
                read_labels(laid, lexicon), (label for sheet in laid for label in stacked_labels(sheet.rows, lexicon))
            ),
            laid,
            lexicon,
        ),
        language=language,
        language_share=share,
        country=country,
        country_seen=country_seen,
        currency=currency,
        currency_seen=currency_seen,
        text=text,
    )


def seen_evidence(seen: tuple[Segment, str] | None, confidence: float) -> Evidence | None:
    """Return evidence of a text that was seen in a segment, as the ground of a derived value."""
    if seen is None:
        return None
    segment, text = seen
    start = max(segment.text.find(text), 0)
    box = segment.box_of(start, start + len(text))
    return Evidence(text=text, page=segment.page, box=box, confidence=confidence, method=Method.DERIVED)
