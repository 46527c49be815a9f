"""Neighbours: the values that a label names: after it, right of it, or below it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from domain.evidence import Box
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

AFTER, RIGHT, BELOW = 1.0, 0.95, 0.9
OVER, LEFT, LEFT_HEIGHTS, CAPTIONED = 0.93, 0.75, 4.0, 0.7
"""A caption names the larger figure over it rather than what follows it below."""
LARGER, OVER_HEIGHTS, CAPTION_LETTERS_MORE = 1.25, 0.9, 4
LARGER_ALIGNED, EDGE_POINTS = 1.1, 1.5
"""At one left edge with its caption a figure is told by so little more of size."""
STEP = 0.06
"""What each thing between a label and its value costs."""
DAY_LETTERS_MAX = 5
"""Words for a day of so few letters (``as of``) say only when."""
LEVEL_SHARE = 0.5
"""A value in larger type shares so much of its label's height where the two stand on one line to the eye."""
BELOW_HEIGHTS = 3.2
"""A value stands at most this many type sizes under its label."""
WRAPPING = frozenset({"payments", "previous_balance"})
"""Labels long enough to run over two lines; a short one over another line is a heading."""
ROWS_BELOW_MAX = 6
SCALE_ROWS, SCALE_POINTS = 24, 3.0
"""The numbers of a chart's axis share their right edge so far; other lines of the page may stand between them."""
Want = Callable[[Token], bool]
_IN_BRACKETS = re.compile(r"\s?\([^()]*\)$")
"""What brackets add behind a label says more of its value and names no other (``Total bill amount (rounded)``)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a label may name; ``score`` in [0, 1] grows with nearness and with the label's weight."""

    token: Token
    label: Label
    score: float
    place: str


def values_for(sight: Sight, label: Label, want: Want) -> list[Found]:
    """Return the values that the label may name, best first; at most one a direction."""
    found = [*_along(sight, label, want), *_beneath(sight, label, want)]
    if any(one.place == "right" for one in found) and any(_over(sight, label, lambda token: True)):
        # Beside a caption stands the value over the next one, not its own.
        found = [one for one in found if one.place != "right" or not _has_caption(sight, one.token)]
    if not found:
        found.extend(_level(sight, label, want))
    if label.concept in WRAPPING and not any(one.place in ("after", "right") for one in found):
        found.extend(_wrapped(sight, label, want))
    if not any(one.place in ("after", "right") for one in found):
        room = min((one.token.box.top - label.segment.box.bottom for one in found), default=label.segment.height * 9)
        found.extend(one for one in _over(sight, label, want) if label.segment.box.top - one.token.box.bottom < room)
    if not found:
        found.extend(_left(sight, label, want) or _captioned(sight, label, want))
    return sorted(found, key=lambda one: -one.score)


def on_scale(sight: Sight, token: Token) -> bool:
    """Tell whether a number begins a column of numbers that fall by equal steps to nought, as the axis of a chart does."""
    steps = [token.value]
    for index in range(token.row + 1, token.row + 1 + SCALE_ROWS):
        row = sight.row(token.page, index)
        below = [t for t in sight.tokens.on(row) if abs(t.box.right - token.box.right) < SCALE_POINTS] if row else []
        steps.extend(t.value for t in below if t.number)
        if steps[-1] == 0:
            break
    falls = {round(one - other, 6) for one, other in pairwise(steps)}
    return len(steps) > 2 and steps[-1] == 0 and len(falls) == 1


def _level(sight: Sight, label: Label, want: Want) -> Iterator[Found]:
    """Yield the value right of a label whose larger type stands a little lower or higher and makes a row of its own."""
    anchor = label.segment
    own = sight.row(anchor.page, anchor.row)
    if own is None or is_prose(anchor) or own.segments[-1] is not anchor:
        return
    for index in (anchor.row + 1, anchor.row - 1):
        row = sight.row(anchor.page, index)
        shared = min(row.box.bottom, anchor.box.bottom) - max(row.box.top, anchor.box.top) if row else 0.0
        if row is None or shared < LEVEL_SHARE * anchor.height or row.segments[0].box.left < anchor.box.right:
            continue
        token = next((t for t in sight.tokens.on(row) if want(t)), None)
        if token is not None and not any(o.weight > 0.5 for o in sight.labels.within(row.segments[0])):
            yield Found(token, label, max(label.weight * (RIGHT - STEP), 0.01), "right")
            return


def _captioned(sight: Sight, label: Label, want: Want) -> Iterator[Found]:
    """Yield the value right over a label of the same type, at its edge, that no label above it names."""
    caption = label.segment
    value = _right_over(sight, caption)
    if label.start or label.weight <= 0.5 or len(caption.text) > label.end + CAPTION_LETTERS_MORE or value is None:
        return
    token = next((t for t in sight.tokens.within(value) if want(t)), None)
    if token is None or len(value.text) > len(token.text) + 2:
        return
    namer = _right_over(sight, value)
    named = namer is not None and any(one.weight > 0.5 for one in sight.labels.within(namer))
    if named and namer is not None and not _figure(sight, _right_over(sight, namer)):
        return
    yield Found(token, label, label.weight * CAPTIONED, "over")


def _right_over(sight: Sight, segment: Segment) -> Segment | None:
    """Return what stands right over a segment, at its left edge or its middle."""
    row = sight.row(segment.page, segment.row - 1)
    if row is None or segment.box.top - row.box.bottom > OVER_HEIGHTS * segment.height:
        return None
    for other in row.segments:
        middles = abs(other.box.left + other.box.right - segment.box.left - segment.box.right) / 2
        if min(abs(other.box.left - segment.box.left), middles) < 0.5 * segment.height:
            return other
    return None


def _figure(sight: Sight, segment: Segment | None) -> bool:
    """Tell whether a segment is nothing but one value."""
    tokens = sight.tokens.within(segment) if segment is not None else ()
    return len(tokens) == 1 and segment is not None and len(segment.text) <= len(tokens[0].text) + 2


def _left(sight: Sight, label: Label, want: Want) -> list[Found]:
    """Return the value that ends right before a label, where values stand left of what names them."""
    anchor = label.segment
    row = sight.row(anchor.page, anchor.row)
    if row is None or not anchor.index or label.start or label.weight <= 0.5 or is_prose(anchor):
        return []
    before = row.segments[anchor.index - 1]
    tokens = sight.tokens.within(before)
    alone = len(tokens) == 1 and len(before.text) <= len(tokens[0].text) + 2 and want(tokens[0])
    if not alone or anchor.box.left - before.box.right > LEFT_HEIGHTS * anchor.height:
        return []
    if any(one.weight > 0.5 for segment in row.segments[: anchor.index - 1] for one in sight.labels.within(segment)):
        return []
    return [Found(tokens[0], label, label.weight * LEFT, "left")]


def _has_caption(sight: Sight, token: Token) -> bool:
    """Tell whether a value is alone in its place and words in smaller type right under it name it."""
    segment = token.segment
    below = sight.row(segment.page, segment.row + 1)
    if (
        below is None
        or not _figure(sight, segment)
        or below.box.top - segment.box.bottom > OVER_HEIGHTS * segment.height
    ):
        return False
    return any(
        abs(s.box.left - segment.box.left) < EDGE_POINTS
        and segment.height >= LARGER_ALIGNED * s.height
        and any(one.start == 0 and one.weight > 0.5 for one in sight.labels.within(s))
        for s in below.segments
    )


def is_larger(figure: Segment, caption: Box, height: float) -> bool:
    """Tell whether a figure is set so much larger than words of a height that they may be its caption."""
    aligned = abs(figure.box.left - caption.left) < EDGE_POINTS
    return figure.height >= (LARGER_ALIGNED if aligned else LARGER) * height


def _over(sight: Sight, label: Label, want: Want) -> Iterator[Found]:
    """Yield the value in larger type right over a label that is its caption."""
    caption = label.segment
    if label.start or label.weight <= 0.5 or len(_IN_BRACKETS.sub("", caption.text)) > label.end + CAPTION_LETTERS_MORE:
        return
    for index in range(caption.row - 1, caption.row - 3, -1):
        row = sight.row(caption.page, index)
        if row is None or caption.box.top - row.box.bottom > OVER_HEIGHTS * row.height:
            return
        for segment in row.segments:
            level = overlap(segment.box, caption.box) > 0 and is_larger(segment, caption.box, caption.height)
            token = next((t for t in sight.tokens.within(segment) if want(t)), None) if level else None
            if token is not None and len(segment.text) <= len(token.text) + 2:
                yield Found(token, label, max(label.weight * OVER, 0.01), "over")
                return


def _along(sight: Sight, label: Label, want: Want) -> Iterator[Found]:
    """Yield the first wanted token after the label on its row."""
    tokens = sight.tokens.on(label.segment)
    cost = 0.0
    for token in tokens:
        if token.segment is label.segment and token.start >= label.end:
            if _within_brackets(token) and any(t.box.left > label.segment.box.right and want(t) for t in tokens):
                continue  # how the amount that ends the line was made (``Advance payments (12 x 88.00)``)
            if want(token):
                yield Found(token, label, max(label.weight * (AFTER - cost), 0.01), "after")
                return
            cost += STEP / 2
    if is_prose(label.segment):
        return
    row = sight.row(label.segment.page, label.segment.row)
    following = row.segments[label.segment.index + 1 :] if row else ()
    for segment in following:
        inside = sight.tokens.within(segment)
        signed = any(token.start == 0 for token in inside)
        named = [o for o in sight.labels.within(segment) if o.start == 0 and o.weight > 0.5 and not signed]
        if named and _dates(named, inside):
            cost += STEP / 2
            continue
        if named and not _continues(named, label, inside):
            return
        for token in inside:
            if want(token):
                yield Found(token, label, max(label.weight * (RIGHT - cost), 0.01), "right")
                return
        if is_prose(segment):
            return
        cost += STEP / 2 if inside else STEP


def _within_brackets(token: Token) -> bool:
    """Tell whether a bracket that opened before something else in a text is still open at a number."""
    before = token.segment.text[: token.start]
    return before.count("(") > before.count(")")


def _wrapped(sight: Sight, label: Label, want: Want) -> Iterator[Found]:
    """Yield the value at the end of the next line, where the words of a label run over two lines."""
    anchor = label.segment
    below = sight.row(anchor.page, anchor.row + 1)
    if below is None or is_prose(anchor) or below.box.top - anchor.box.bottom > 0.8 * anchor.height:
        return
    follow = next((s for s in below.segments if abs(s.box.left - anchor.box.left) < 1.5 * anchor.height), None)
    if follow is None or is_prose(follow) or any(token.start == 0 for token in sight.tokens.within(follow)):
        return
    if any(other.start == 0 and other.letters >= 10 for other in sight.labels.within(follow)):
        return
    for token in sight.tokens.on(below):
        if token.box.left > follow.box.left + anchor.height and want(token):
            yield Found(token, label, max(label.weight * (RIGHT - 3 * STEP), 0.01), "wrapped")
            return


def _continues(named: list[Label], label: Label, inside: tuple[Token, ...]) -> bool:
    """Tell whether a labelled segment right of a label still belongs to it (``Total`` | ``Amount Due $ 5``)."""
    return any(other.concept == label.concept for other in named) and bool(inside)


def _dates(named: list[Label], inside: tuple[Token, ...]) -> bool:
    """Tell whether a segment right of a label only says on which day its value was so (``As of 02/12``)."""
    generic = all(one.concept == "statement_date" and one.letters <= DAY_LETTERS_MAX for one in named)
    return generic and len(inside) == 1 and inside[0].when is not None


def _beneath(sight: Sight, label: Label, want: Want) -> Iterator[Found]:
    """Yield the best-aligned wanted token in the first rows under the label that hold one."""
    if is_prose(label.segment):
        return
    cost = 0.0
    for segment, token in _under(sight, label.segment, label):
        if token is None:
            named = any(other.weight > 0.5 and other.concept != label.concept for other in sight.labels.within(segment))
            cost += 3 * STEP if named else 2 * STEP
            if cost > 5 * STEP:
                return
            continue
        if want(token):
            trailing = label.segment.text[label.end :].strip(" :#.")
            penalty = STEP if len(trailing) > 3 else 0.0
            yield Found(token, label, max(label.weight * (BELOW - cost - penalty), 0.01), "below")
            return
        cost += STEP


def _under(sight: Sight, anchor: Segment, label: Label) -> Iterator[tuple[Segment, Token | None]]:
    """Yield what stands under a label, row by row: its tokens, or the segment with None where it holds no token."""
    reach = max(anchor.height, label.box.bottom - label.box.top)
    bottom = anchor.box.bottom
    for index in range(anchor.row + 1, anchor.row + 1 + ROWS_BELOW_MAX):
        row = sight.row(anchor.page, index)
        if row is None or row.box.top - bottom > BELOW_HEIGHTS * reach:
            return
        lanes = [segment for segment in row.segments if _in_lane(segment, label, anchor)]
        if not lanes:
            continue
        tokens = [token for segment in lanes for token in sight.tokens.within(segment)]
        aligned = sorted(tokens, key=lambda token: -_alignment(token, label))
        if aligned and _alignment(aligned[0], label) > -4 * reach:
            for token in aligned:
                yield token.segment, token
        else:
            yield lanes[0], None


def _in_lane(segment: Segment, label: Label, anchor: Segment) -> bool:
    whole = anchor if len(anchor.text) <= label.end - label.start + 6 else None
    return overlap(segment.box, whole.box if whole else label.box) > -0.4 * anchor.height


def _alignment(token: Token, label: Label) -> float:
    """Return how well a token stands under a label [points]: shared width less the distance of the nearest edges."""
    edges = min(
        abs(token.box.left - label.box.left),
        abs(token.box.right - label.box.right),
        abs((token.box.left + token.box.right) - (label.box.left + label.box.right)) / 2,
    )
    return min(overlap(token.box, label.box), 0.0) - edges / 4


def answered_by_day(sight: Sight, label: Label) -> bool:
    """Tell whether a label is answered by a day right of it, as when the last payment came: what stands below is another's."""
    row = sight.row(label.segment.page, label.segment.row)
    right = next((s for s in row.segments if s.box.left >= label.segment.box.right), None) if row else None
    days = [token for token in sight.tokens.within(right) if token.day and token.text == right.text] if right else []
    return bool(days) and label.end == len(label.segment.text.rstrip(" :"))
