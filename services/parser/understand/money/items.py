"""Items: every amount that stands at the end of a described line, in the columns that amounts stand in."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.evidence import Method
from services.parser.understand.fields.guess import is_money, money_test
from services.parser.understand.layout.guessed import IDLE_CONCEPTS
from services.parser.understand.layout.labels import first_words, is_prose
from services.parser.understand.layout.rows import Row, Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.amounts import clusters_of, quantity_and_rate, shares
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import CURRENCY_PATTERN, unit_of

POINTED_MIN = 3
"""So many amounts with two places make a column in which one without is misread."""
ABREAST_MIN = 2
"""So many lines hold two described amounts where a list runs line by line across the page."""
LINE_WORDS_MAX = 14
"""A line may say so much before its amount (``Amount we received on 3 May from your bank, thank you``)."""
INDENT_POINTS = 40.0
"""A description begins so far right of the edge of its list at most."""
BLOCK_GAP_HEIGHTS = 9.0
"""Lines further apart than this share no description column."""

_SIGN = re.compile(rf"(?:(?-i:RM?|N|P|K|E|L)|{CURRENCY_PATTERN})\.?", re.IGNORECASE)
"""A sign of money that has a column of its own before the amounts, as spreadsheets set it."""

BALANCE_CONCEPTS = frozenset({"previous_balance", "payments", "balance_forward", "late_amount", "amount_paid"})
UNNAMING_CONCEPTS = IDLE_CONCEPTS | {"identifier_other"}
SUMMARY_CONCEPTS = BALANCE_CONCEPTS | {"adjustments", "new_charges", "amount_due"}
CHARGED = frozenset({"new_charges", "amount_due"})
BARE_LETTERS_MAX = 4
"""So short a word for payment within other words is none (``credits that were paid to members``)."""
LANE_HEIGHTS = 3.0
"""What stands so far higher than the amount before it begins another lane."""
NOT_MONEY_CONCEPTS = frozenset(
    {
        "average_cost",
        "average_daily",
        "temperature",
        "current_read",
        "previous_read",
        "meter_number",
        "account",
        "invoice",
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One described amount. ``total`` marks words of a sum, ``balance`` those of an account summary."""

    description: str
    amount: Decimal
    token: Token
    total: bool
    balance: bool
    quantity: Token | None = None
    rate: Token | None = None
    dated: bool = False
    """Whether a period stands on its line in place of words."""
    concept: str = ""
    """What the first label of the line names."""

    @property
    def key(self) -> tuple[int, int, float]:
        """Where it stands: page, row, right edge."""
        return self.token.page, self.token.row, self.token.box.right

    @property
    def priced(self) -> bool:
        """Whether the line prints a quantity and a rate that give its amount."""
        if self.quantity is None or self.rate is None:
            return False
        product = self.quantity.value * self.rate.value
        slack = max(Decimal("0.02"), abs(product) * Decimal("0.002"))
        return abs(product - self.amount) <= slack


@dataclass(frozen=True, slots=True)
class ItemColumn:
    """The items of one column in reading order, over all pages."""

    right: float
    items: tuple[Item, ...]


def find_columns(sight: Sight, decimals: bool) -> list[ItemColumn]:
    """Return the columns of described amounts."""
    want = money_test(decimals)
    tokens = [token for token in sight.tokens.all() if want(token) and not is_prose(token.segment)]
    clusters = clusters_of(tokens)
    columns = []
    mains: dict[int, list[Item]] = {}
    for cluster in clusters:
        ordered = sorted(cluster, key=lambda token: (token.page, token.box.top, token.box.left))
        edges = _description_edges(sight, ordered)
        items = _pointed([item for token in ordered if (item := _item(sight, token, edges))])
        if items:
            columns.append(ItemColumn(sum(i.token.box.right for i in items) / len(items), tuple(items)))
        for page in {item.token.page for item in items}:
            here = [item for item in items if item.token.page == page]
            if _described(here) > _described(mains.get(page, [])):
                mains[page] = here
    columns.extend(ItemColumn(0.0, items) for items in _rightmost(sight, tokens) if items)
    if abreast := _abreast(sight, tokens):
        columns.append(ItemColumn(0.0, abreast))
    if len(mains) > 1:
        # Left and right pages of a bill may set the same column at different places.
        columns.append(ItemColumn(0.0, tuple(item for page in sorted(mains) for item in mains[page])))
    return columns


def _rightmost(sight: Sight, tokens: list[Token]) -> Iterator[tuple[Item, ...]]:
    """Yield the last amount of each line, where sums under a list stand further right than the list's own amounts.

    They come from top to bottom, and lane by lane where a list goes on at the head of the next one.
    """
    last: dict[tuple[int, int], Token] = {}
    for token in tokens:
        other = last.get((token.page, token.row))
        if other is None or token.box.right > other.box.right:
            last[token.page, token.row] = token
    level = sorted(last.values(), key=lambda token: (token.page, token.box.top, token.box.left))
    laned = sorted(last.values(), key=_place)
    for ordered in (level, laned) if laned != level else (level,):
        edges = _description_edges(sight, ordered)
        yield tuple(_pointed([item for token in ordered if (item := _item(sight, token, edges))]))


def _abreast(sight: Sight, tokens: list[Token]) -> tuple[Item, ...]:
    """Return the amounts line by line, where lines hold two of them with words before each (``Fuel 12.10 | Tax 0.98``)."""
    found: list[Item] = []
    twice = 0
    for _, group in itertools.groupby(sorted(tokens, key=_place), key=lambda token: (token.page, token.row)):
        left, row = 0.0, []
        for token in group:
            if token.end < len(token.segment.text.rstrip()):
                continue  # an amount within a sentence
            item = _item(sight, token, {(token.page, token.row): left})
            if item is not None and item.description:
                row.append(item)
            left = token.box.right
        twice += len(row) > 1
        found.extend(row)
    return tuple(found) if twice >= ABREAST_MIN else ()


def _place(token: Token) -> tuple[int, int, float]:
    return token.page, token.row, token.box.left


def _pointed(items: list[Item]) -> list[Item]:
    """Return the items with the decimal points put back that OCR lost in a column of amounts with two places."""
    places = sum(item.token.number is not None and item.token.number.decimals == 2 for item in items)
    return [
        replace(item, amount=item.amount / 100)
        if places >= POINTED_MIN and places >= 0.75 * len(items) and item.token.segment.method is Method.OCR
        and item.token.number is not None and item.token.number.decimals == 0 and abs(item.amount) >= 100
        and not item.token.number.grouped
        else item
        for item in items
    ]  # fmt: skip


def _described(items: list[Item]) -> int:
    return sum(bool(item.description) and item.amount != 0 for item in items)


def _blocks(tokens: list[Token]) -> list[list[Token]]:
    blocks: list[list[Token]] = []
    for token in tokens:
        last = blocks[-1][-1] if blocks else None
        height = token.box.bottom - token.box.top
        apart = token.box.top - last.box.bottom if last is not None else 0.0
        if last is None or last.page != token.page or not -LANE_HEIGHTS * height < apart <= BLOCK_GAP_HEIGHTS * height:
            blocks.append([token])
        else:
            blocks[-1].append(token)
    return blocks


def _description_edges(sight: Sight, tokens: list[Token]) -> dict[tuple[int, int], float]:
    """Return, by page and row, where the descriptions of a block of lines begin: their commonest left edge."""
    edges: dict[tuple[int, int], float] = {}
    for block in _blocks(tokens):
        votes: Counter[int] = Counter()
        for token in block:
            row = sight.row(token.page, token.row)
            for segment in _before(sight, row, token) if row else ():
                votes[round(segment.box.left / 3)] += 1
        if not votes:
            continue
        top = max(votes, key=lambda edge: (votes[edge], edge))
        edge = 3.0 * min(other for other in votes if top - 7 <= other <= top) - 4 if votes[top] > 1 else 0.0
        further = sorted(3.0 * other - 4 for other, count in votes.items() if count > 1 and 3.0 * other - 4 < edge)
        for token in block:
            edges[token.page, token.row] = _own_edge(sight, token, edge, further)
    return edges


def _own_edge(sight: Sight, token: Token, edge: float, further: list[float]) -> float:
    """Return where a line's description begins: words of sums may stand further right than those of the list they close."""
    if not further:
        return edge
    row = sight.row(token.page, token.row)
    _, rate = quantity_and_rate(sight, token, 0.0)
    left = [one for one in sight.tokens.on(token.segment) if one.box.right < token.box.left]
    if row is None or any(is_money(one) and one is not rate for one in left):
        return edge
    lefts = [one.box.left for one in row.segments if one is not token.segment and unit_of(one.text) is None]
    return next((one for one in (edge, *further) if any(one <= left < one + INDENT_POINTS for left in lefts)), edge)


def _before(sight: Sight, row: Row, token: Token) -> list[Segment]:
    """Return the texts left of an amount on its row, back to another table's amount or a sentence."""
    found: list[Segment] = []
    for segment in reversed(row.segments[: token.segment.index]):
        if segment.prose or (is_prose(segment) and (found or len(segment.words) > LINE_WORDS_MAX)):
            break
        if (
            any(c.isalpha() for c in segment.text)
            and not _only_values(sight, segment)
            and unit_of(segment.text) is None
            and not _SIGN.fullmatch(segment.text)
        ):
            found.append(segment)
    return found


def _only_values(sight: Sight, segment: Segment) -> bool:
    """Tell whether a segment holds a quantity, a rate or an amount and no words of its own."""
    if not sight.tokens.within(segment):
        return False
    rest = sight.tokens.beside(segment)
    letters = sum(c.isalpha() for c in rest)
    named = sight.lexicon.means(rest, "tax", "gas")
    return letters <= 3 and not named


def _item(sight: Sight, token: Token, edges: dict[tuple[int, int], float]) -> Item | None:
    row = sight.row(token.page, token.row)
    if row is None:
        return None
    edge = edges.get((token.page, token.row), 0.0)
    before = _before(sight, row, token)
    texts = [segment for segment in before if segment.box.left >= edge]
    if not texts and before and sight.lexicon.means(before[-1].text, "total") and _first_amount(sight, token):
        texts, edge = before[-1:], before[-1].box.left  # a sum may begin further left than the lines that it sums up
    own = token.segment.text[: token.start].strip(" :$€£-–+.")
    words = [segment.text for segment in reversed(texts)]
    if any(c.isalpha() for c in own):
        words.append(own)
    description = re.sub(r"[\s.…_]{4,}", " ", " ".join(words)).strip(" :.-–")
    description = re.sub(r"\s+", " ", description)
    if not description:
        description = _from_above(sight, token, edge)
    concepts = {
        label.concept
        for label in sight.labels.on(token.page, token.row)
        if _in_reach(label.box.left, label.box.right, texts, token, edge)
    }
    if not is_money(token) and any(
        label.concept in NOT_MONEY_CONCEPTS and label.start == 0
        for label in sight.labels.on(token.page, token.row)
        if _in_reach(label.box.left, label.box.right, texts, token, edge)
    ):
        return None
    counted = any(
        one.number and one.number.unit and one.box.right < token.box.left for one in sight.tokens.on(token.segment)
    )
    if not is_money(token) and not counted and (concepts & {"usage", "days", "multiplier", "difference", "demand"}):
        return None  # the number that such a label names; behind a quantity with its unit stands what it costs
    quantity, rate = quantity_and_rate(sight, token, edge)
    leading = _leading(sight, token, texts, edge)
    if leading in BALANCE_CONCEPTS and quantity is not None and quantity.number and quantity.number.unit:
        leading = ""  # what a quantity and a rate make is a charge or a credit, whatever its name ("Solar payment")
    if leading == "payments" and sight.lexicon.means(description, "export"):
        leading = ""  # what the company pays for energy is a credit of the bill ("Clean Export Guarantee payment")
    if leading == "payments" and token.value > 0 and shares(sight, token, edge):
        leading = ""  # what is a share of other lines is a charge ("Lease payment 5.000 pct")
    return Item(
        description=description,
        amount=token.value,
        token=token,
        total=_says_total(sight, description, concepts),
        balance=leading in BALANCE_CONCEPTS and "new_charges" not in concepts,
        quantity=quantity,
        rate=rate,
        dated=not texts and sum(other.day is not None for other in sight.tokens.on(row)) > 1,
        concept=leading,
    )


def _first_amount(sight: Sight, token: Token) -> bool:
    """Tell whether an amount is the first of its line."""
    return not any(is_money(other) and other.box.left < token.box.left for other in sight.tokens.on(token.segment))


def _from_above(sight: Sight, token: Token, edge: float) -> str:
    """Return the words of the line above, where a description runs over two lines and the amount ends the second."""
    above, own = sight.row(token.page, token.row - 1), sight.row(token.page, token.row)
    if above is None or own is None or own.box.top - above.box.bottom > 1.2 * own.height:
        return ""
    for segment in above.segments:
        paid = any(is_money(other) for other in sight.tokens.on(above) if other.box.left > segment.box.left - 1)
        if edge <= segment.box.left < token.box.left - 20 and not is_prose(segment) and not paid:
            values = [s.text for s in own.segments if edge <= s.box.left < token.box.left - 1]
            return " ".join([segment.text, *values]).strip(" :")
    return ""


def _leading(sight: Sight, token: Token, texts: list[Segment], edge: float) -> str:
    """Return the concept of the first label of the line's description; a balance named right before the amount wins."""
    labels = [
        label
        for label in sight.labels.on(token.page, token.row)
        if label.concept not in UNNAMING_CONCEPTS and _in_reach(label.box.left, label.box.right, texts, token, edge)
        and not (label.concept == "payments" and label.start and label.letters <= BARE_LETTERS_MAX)
    ]  # fmt: skip
    nearest = max(
        (text for text in texts if any(c.isalpha() for c in text.text)), key=lambda t: t.box.left, default=None
    )
    own = [one for one in labels if one.segment is nearest and one.start == 0 and one.concept in BALANCE_CONCEPTS]
    if any(one.concept == "previous_balance" for one in labels) and labels[0].concept in ("new_charges", "amount_due"):
        # "Total charges from your last bill", "Amount due on previous bill": the later words say whose.
        return "previous_balance"
    ranked = own or sorted(labels, key=lambda one: (one.box.left, one.concept not in BALANCE_CONCEPTS, -one.weight))
    concept = ranked[0].concept if ranked else ""
    if concept == "due_date" and (charged := first_words(ranked[0], sight.lexicon, CHARGED)):
        return charged
    if any(one.concept in SUMMARY_CONCEPTS for one in labels):
        return concept  # the line names itself; it does not go on with the line above
    return _wrapped(sight, texts) or concept


def _wrapped(sight: Sight, texts: list[Segment]) -> str:
    """Return the balance that the line above names, where a description runs over two lines and the amount ends the second."""
    if not texts:
        return ""
    own = texts[-1]
    above = sight.row(own.page, own.row - 1)
    over = (
        next((s for s in above.segments if abs(s.box.left - own.box.left) < 0.3 * own.height), None) if above else None
    )
    if above is None or over is None or over.prose or own.box.top - over.box.bottom > 0.7 * own.height:
        return ""
    paid = any(is_money(token) for token in sight.tokens.on(above) if token.box.left > over.box.left)
    if paid or over.bold != own.bold or abs(over.height - own.height) > 0.1 * own.height or over.text.endswith(":"):
        return ""
    named = [one for one in sight.labels.within(over) if one.start == 0 and one.concept in BALANCE_CONCEPTS]
    return named[0].concept if named else ""


def _in_reach(left: float, right: float, texts: list[Segment], token: Token, edge: float) -> bool:
    return (
        left >= edge
        and right <= token.box.left + 2
        and (
            any(segment.box.left - 1 <= left <= segment.box.right for segment in texts)
            or token.segment.box.left - 1 <= left
        )
    )


def _says_total(sight: Sight, description: str, concepts: set[str]) -> bool:
    named = concepts & {"amount_due", "new_charges"}
    return bool(named) or sight.lexicon.means(description, "total")
