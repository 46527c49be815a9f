"""Texts: the names and addresses that labels announce."""

from collections.abc import Iterator

from domain.evidence import Evidence, Fact
from services.parser.understand.fields.guess import confidence_of
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Segment, union
from services.parser.understand.sight import Sight

FAR_HEIGHTS = 8.0
"""What stands so many type sizes right of a label is no name of its, where another stands under it."""


def block_under(sight: Sight, concept: str, lines_max: int = 4) -> Fact[str] | None:
    """Return the lines of text under or right of a label: a name or an address."""
    for label in sight.labels.of(concept):
        if label.weight < 0.5 or label.start > 2:
            continue
        anchor = label.segment
        if concept == "holder" and sight.lexicon.means(anchor.text, "service"):
            continue  # "Customer Charge" names a charge
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
        under = _lines_under(sight, segment, 2)[:1]
        far = right is not None and right.box.left - segment.box.right > FAR_HEIGHTS * segment.height
        if right is not None and not (far and under) and not any(one.start == 0 for one in sight.labels.within(right)):
            yield right.text, right, "right"
        for line in under:
            yield line.text, line, "below"
