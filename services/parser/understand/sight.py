"""Sight: one document made ready for questions: rows, tokens, labels, language, place, conventions."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType

from domain.evidence import Evidence, Method
from services.parser.page import Document
from services.parser.understand.layout.guessed import with_guessed
from services.parser.understand.layout.labels import Labels, read_labels, with_stacked
from services.parser.understand.layout.lanes import with_lanes
from services.parser.understand.layout.paragraphs import with_paragraphs
from services.parser.understand.layout.rows import Row, Segment, Sheet, sheets
from services.parser.understand.layout.stacked import stacked_labels
from services.parser.understand.layout.tokens import Convention, Tokens, read_tokens
from services.parser.understand.lexicon import Lexicon, detect, load
from services.parser.understand.values.dates import Order, date_order
from services.parser.understand.values.numbers import Mark, decimal_mark
from services.parser.understand.values.units import CURRENCY_PATTERN, currency_of

COMMA_LANGUAGES = frozenset({"fr", "de", "es", "pt", "it"})
SPACED_MIN = 2
_SPACED_MONEY = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+[.,]\d\d(?!\d)")
"""Amounts grouped by blanks, as South African bills print them too; one alone may be two numbers."""

_US_STATE = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|IA|ID|IL|IN|KS|KY|LA|MA|MD|ME|MI|MN|MO|MS|MT|NC|ND|NE|NH|NJ|NM|NV|NY|OH|OK|OR|"
    "PA|RI|SC|SD|TN|TX|UT|VA|VT|WA|WI|WV|WY|DC|PR"
)
_COUNTRY_SIGNS: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("US", 3, re.compile(rf"\b(?:{_US_STATE}),?\s+\d{{5}}(?:-\d{{4}})?(?!\d)")),
    ("CA", 3, re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z]\s?\d[A-Z]\d\b")),
    ("CA", 2, re.compile(r"\bH\.?S\.?T\b|\bQ\.?S\.?T\b|\bRT0001\b|\bT\.?V\.?Q\b")),
    ("GB", 3, re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b")),
    ("AU", 2, re.compile(r"\bGST\b.{0,16}\b10(?:\.0+)?\s?%", re.IGNORECASE)),
    ("AU", 3, re.compile(r"\b(?:NSW|VIC|QLD|TAS|ACT|SA|WA|NT)\s+\d{4}\b|\bABN\b|\bNMI\b")),
    (
        "IN",
        3,
        re.compile(
            r"\b(?:GSTIN|Pvt\.?\s+Ltd|Mumbai|Delhi|Bengaluru|Bangalore|Chennai|Kolkata|Hyderabad|Pune)\b|₹",
            re.IGNORECASE,
        ),
    ),
    ("IN", 2, re.compile(r"\b[A-Za-z]{4,}\s?[-–]\s?[1-9]\d{5}\b(?!\d|[-/.,]\d)")),
    ("BR", 3, re.compile(r"\bCNPJ\b|\bCPF\b|R\$|\b\d{5}-\d{3}\b")),
    (
        "DE",
        2,
        re.compile(
            r"\bUSt-?Id|\bGmbH\b|\bZählpunkt|\b\d{5}\s+(?:Berlin|München|Hamburg|Köln|Frankfurt)", re.IGNORECASE
        ),
    ),
    ("FR", 2, re.compile(r"\bSIRET\b|\bR\.?C\.?S\b|\bTVA\b|\bPDL\b|\bCEDEX\b|\bEnedis\b", re.IGNORECASE)),
    ("ES", 2, re.compile(r"\bCUPS\b|\bIVA\b.*\bkWh\b|\bESPAÑA\b|\bNIF\b", re.IGNORECASE)),
    ("IT", 2, re.compile(r"\bPartita IVA\b|\bP\.?\s?IVA\b|\bcodice fiscale\b|\bPOD\b.*\bIT\d", re.IGNORECASE)),
    ("PT", 2, re.compile(r"\bNIF\b.*\bPT|\bPortugal\b|\bCPE\b", re.IGNORECASE)),
    ("MX", 2, re.compile(r"\bRFC\b|\bCFE\b|\bC\.?P\.?\s?\d{5}\b")),
    ("IE", 2, re.compile(r"\bMPRN\b|\bDublin\b|\bIreland\b", re.IGNORECASE)),
    ("NZ", 2, re.compile(r"\bICP\b|\bNew Zealand\b|\bNZ\$")),
    ("ZA", 2, re.compile(r"\bEskom\b|\bSouth Africa\b|(?<![A-Za-z])R\s?\d[\d \u00a0,]*[.,]\d\d\b")),
    ("CL", 2, re.compile(r"\bChile\b|\bR\.?U\.?T\b|\bBoleta electr[oó]nica\b", re.IGNORECASE)),
    ("CO", 2, re.compile(r"\bColombia\b|\bNIT\b|\bEstrato\b", re.IGNORECASE)),
    ("AR", 2, re.compile(r"\bArgentina\b|\bC\.?U\.?I\.?T\b|\bBuenos Aires\b", re.IGNORECASE)),
    ("PE", 2, re.compile(r"\bPer[uú]\b|\bR\.?U\.?C\b|(?<![A-Za-z])S/\.?\s?\d", re.IGNORECASE)),
    ("AT", 3, re.compile(r"\bATU\s?\d{8}\b|\bÖsterreich\b|\bWien\b|\bE-Control\b|\bAT\d{2}\s?\d{4}")),
    ("CH", 2, re.compile(r"\bMWST\b|\bCHF\b|\bCHE-\d{3}|\bRp\.?/kWh\b|\bFr\.\s?\d")),
    ("BE", 2, re.compile(r"\bBelgique\b|\bCREG\b|\bFluvius\b|\bEAN\b.*\b54\d{16}\b")),
)
_COUNTRIES_OF = MappingProxyType(
    {
        "en": frozenset({"US", "CA", "GB", "AU", "IN", "IE", "NZ", "ZA"}),
        "es": frozenset({"ES", "MX", "CL", "CO", "AR", "PE", "US"}), "fr": frozenset({"FR", "CA", "CH", "BE"}),
        "de": frozenset({"DE", "AT", "CH"}), "pt": frozenset({"PT", "BR"}), "it": frozenset({"IT", "CH"}),
    }
)  # fmt: skip
"""Where bills are written in a language: signs of other countries (``NIF``, ``C.P. 06000``) mean something else there."""
_CURRENCY_OF = MappingProxyType(
    {
        "CL": "CLP", "CO": "COP", "AR": "ARS", "PE": "PEN", "AT": "EUR", "CH": "CHF", "BE": "EUR",
        "US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "IN": "INR", "BR": "BRL", "DE": "EUR", "FR": "EUR", "ES": "EUR",
        "IT": "EUR", "PT": "EUR", "MX": "MXN", "IE": "EUR", "NZ": "NZD", "ZA": "ZAR",
    }
)  # fmt: skip
_DOLLAR_COUNTRIES = frozenset({"US", "CA", "AU", "NZ", "CL", "CO", "AR", "MX"})
_LANGUAGE_COUNTRY = MappingProxyType({"fr": "FR", "de": "DE", "it": "IT"})
_DAY_FIRST_ENGLISH = frozenset({"GB", "AU", "IN", "IE", "NZ", "ZA"})
_DAY_FIRST = re.compile(r"\b\d{1,2}\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\s\d{4}\b")
_MONTH_FIRST = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s\d{1,2},?\s\d{4}\b", re.IGNORECASE
)
_SIGN = re.compile(rf"(?<![A-Za-z])({CURRENCY_PATTERN})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
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
    country_seen: tuple[Segment, str] | None
    currency: str
    currency_seen: tuple[Segment, str] | None
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

    @property
    def segments(self) -> list[Segment]:
        """Every segment in reading order."""
        return [segment for sheet in self.sheets for row in sheet.rows for segment in row.segments]


def look(document: Document) -> Sight:
    """Return the document made ready for questions."""
    laid = tuple(replace(sheet, rows=with_paragraphs(with_lanes(sheet.rows))) for sheet in sheets(document))
    segments = [segment for sheet in laid for row in sheet.rows for segment in row.segments]
    text = "\n".join(segment.text for segment in segments)
    language, share = detect([word.text for segment in segments for word in segment.words])
    country, country_seen = _country(segments, language)
    currency, currency_seen = _currency(segments, country, text, language)
    mark: Mark = decimal_mark(text, "," if language in COMMA_LANGUAGES and country != "MX" else ".")
    english = language == "en" and country not in _DAY_FIRST_ENGLISH
    order: Order = date_order(text, "mdy" if english and currency not in ("EUR", "GBP", "INR") else "dmy")
    lexicon = load(language)
    spaced = (language in COMMA_LANGUAGES and mark == ",") or len(_SPACED_MONEY.findall(text)) >= SPACED_MIN
    convention = Convention(mark, order, spaced=spaced)
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


def _country(segments: list[Segment], language: str) -> tuple[str, tuple[Segment, str] | None]:
    votes: Counter[str] = Counter()
    first: dict[str, tuple[Segment, str]] = {}
    signs = [sign for sign in _COUNTRY_SIGNS if sign[0] in _COUNTRIES_OF[language]]
    for segment in segments:
        for country, weight, pattern in signs:
            found = pattern.search(segment.text)
            if found:
                votes[country] += weight
                first.setdefault(country, (segment, found.group()))
    if language in _LANGUAGE_COUNTRY:
        votes[_LANGUAGE_COUNTRY[language]] += 1
    if not votes:
        return "", None
    country = max(votes, key=lambda one: (votes[one], one))
    return country, first.get(country)


def _currency(
    segments: list[Segment], country: str, text: str, language: str
) -> tuple[str, tuple[Segment, str] | None]:
    votes: Counter[str] = Counter()
    first: dict[str, tuple[Segment, str]] = {}
    for segment in segments:
        for found in _SIGN.finditer(segment.text):
            code = currency_of(found.group(1))
            if code:
                votes[code] += 1
                first.setdefault(code, (segment, found.group(1)))
    if not votes:
        return "", None
    code = max(votes, key=lambda one: (votes[one], one))
    seen = first[code]
    if code == "$":
        code = _dollar(country, text, language)
    return code, seen


def _dollar(country: str, text: str, language: str) -> str:
    """Return whose dollar or peso a bare sign means; "" where dates are written as no country of a known dollar does."""
    if country in _DOLLAR_COUNTRIES:
        return _CURRENCY_OF[country]
    if language == "es":
        return ""
    day_first, month_first = len(_DAY_FIRST.findall(text)), len(_MONTH_FIRST.findall(text))
    return "" if day_first > month_first else "USD"


def seen_evidence(seen: tuple[Segment, str] | None, confidence: float) -> Evidence | None:
    """Return evidence of a text that was seen in a segment, as the ground of a derived value."""
    if seen is None:
        return None
    segment, text = seen
    start = max(segment.text.find(text), 0)
    box = segment.box_of(start, start + len(text))
    return Evidence(text=text, page=segment.page, box=box, confidence=confidence, method=Method.DERIVED)
