"""Labels that run over two lines (``Statement`` over ``date``) beside or above the value that they name."""

from collections.abc import Iterator

from services.parser.understand.layout.labels import Label, is_prose, squeezed_words
from services.parser.understand.layout.rows import Row, Segment, union
from services.parser.understand.lexicon import Lexicon

STACKED_CONCEPTS = frozenset(
    {
        "amount_due", "new_charges", "previous_balance", "payments", "balance_forward", "late_amount",
        "statement_date", "due_date", "next_read", "account", "customer", "invoice", "service_point",
    }
)  # fmt: skip
"""What a label over two lines may name; heads of columns are stacked by their table."""
LINE_GAP_HEIGHTS = 0.7
WORDS_MAX = 6
STACKED_WEIGHT = 0.95


def stacked_labels(rows: tuple[Row, ...], lexicon: Lexicon) -> Iterator[Label]:
    """Yield the labels that one segment begins and the segment under it ends, once for each of the two lines."""
    for at, over in enumerate(rows):
        # The line of another column may come between the two.
        for under in rows[at + 1 : at + 3]:
            for first in over.segments:
                for second in under.segments:
                    if _follows(first, second):
                        yield from _joined(first, second, lexicon)


def _follows(first: Segment, second: Segment) -> bool:
    """Tell whether the second segment continues the first on the next line: same type, same edge or middle, no digits."""
    size = min(first.height, second.height)
    if max(first.height, second.height) > 1.12 * size or second.box.top - first.box.bottom > LINE_GAP_HEIGHTS * size:
        return False
    if max(len(first.words), len(second.words)) > WORDS_MAX or is_prose(first) or is_prose(second):
        return False
    if any(c.isdigit() for c in first.text) or first.text.rstrip().endswith(":"):
        return False
    middles = abs(first.box.left + first.box.right - second.box.left - second.box.right) / 2
    return min(abs(first.box.left - second.box.left), middles) < 0.5 * size


def _joined(first: Segment, second: Segment, lexicon: Lexicon) -> Iterator[Label]:
    head, _, _ = squeezed_words(first, lexicon)
    tail, offsets, starts = squeezed_words(second, lexicon)
    ends = {*starts, len(tail)}
    length = 0
    # The second line may begin a longer label of its own, whose first word only seems to end the one above.
    own = max((len(p.squeezed) for p in lexicon.phrases_at(tail, 0) if len(p.squeezed) in ends), default=0)
    for phrase in lexicon.phrases_at(head + tail, 0):
        end = len(phrase.squeezed) - len(head)
        if length and len(phrase.squeezed) < length:
            return
        if end <= 0 or end not in ends or own > end:
            continue
        length = len(phrase.squeezed)
        if phrase.concept not in STACKED_CONCEPTS:
            continue
        last = offsets[end - 1] + 1
        box = union((first.box, second.box_of(0, last)))
        weight = phrase.weight * STACKED_WEIGHT
        yield Label(phrase.concept, weight, second, 0, last, box, length)
        yield Label(phrase.concept, weight, first, 0, len(first.text), box, length)
