"""Paragraphs: running text over several lines, whose words name nothing beside them."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from services.parser.understand.layout.rows import Row, Segment

WORDS_MIN = 12
LINES_MIN = 2
FULL_SHARE = 0.72
"""All lines of a paragraph but the last are about as wide as its widest."""
LOWER_SHARE = 0.5
"""At least so many of a text's words begin small; labels and names begin with capitals."""
LINE_GAP_HEIGHTS = 0.95
EDGE_HEIGHTS = 0.25
VALUE_LETTERS_MAX = 5
KEYED_WORDS_MAX = 5
"""Longer texts after a colon explain a word (``Rider: an amount set by ...``), they are no value of a label."""
KEYED_SHARE, GOES_ON_SHARE = 0.4, 0.34


def with_paragraphs(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows with every segment that is a line of a paragraph marked as such."""
    marked: set[int] = set()
    runs: list[list[Segment]] = []
    for row in rows:
        longer: list[list[Segment]] = []
        for at, segment in enumerate(row.segments):
            if at + 1 < len(row.segments) and _valued(row.segments[at + 1]):
                continue
            run = next((run for run in runs if _follows(run[-1], segment)), None)
            longer.append([*run, segment] if run else [segment])
        ended = [run for run in runs if not any(new[0] is run[0] for new in longer)]
        for run in ended:
            _mark(run, marked)
        still = [run for run in ended if row.box.top - run[-1].box.bottom < 0]
        runs = longer + still
    for run in runs:
        _mark(run, marked)
    if not marked:
        return tuple(rows)
    return tuple(
        replace(row, segments=tuple(replace(s, prose=True) if id(s) in marked else s for s in row.segments))
        if any(id(s) in marked for s in row.segments)
        else row
        for row in rows
    )


def _valued(right: Segment) -> bool:
    """Tell whether what stands right of a line is its value: a number and hardly a word."""
    return any(c.isdigit() for c in right.text) and sum(c.isalpha() for c in right.text) <= VALUE_LETTERS_MAX


def _runs_on(lines: list[Segment]) -> bool:
    """Tell whether sentences run over the ends of the lines, or end within one: a list of labels does neither."""
    goes_on = sum(not line.text[:1].isupper() for line in lines[1:])
    return goes_on >= GOES_ON_SHARE * (len(lines) - 1) or any(". " in line.text or "? " in line.text for line in lines)


def _follows(above: Segment, below: Segment) -> bool:
    """Tell whether a segment is the next line of a text: same edge, same type, right below."""
    size = min(above.height, below.height)
    return (
        abs(above.box.left - below.box.left) < EDGE_HEIGHTS * size
        and max(above.height, below.height) < 1.1 * size
        and -0.3 * size < below.box.top - above.box.bottom < LINE_GAP_HEIGHTS * size
    )


def _mark(run: list[Segment], marked: set[int]) -> None:
    """Mark the lines of a run that are running text, paragraph by paragraph: a short line with a full stop ends one."""
    widest = max(line.box.right - line.box.left for line in run)
    paragraph: list[Segment] = []
    for line in run:
        paragraph.append(line)
        if line.text.endswith((".", "!", "?")) and line.box.right - line.box.left < FULL_SHARE * widest:
            _mark_paragraph(paragraph, marked)
            paragraph = []
    _mark_paragraph(paragraph, marked)
    _mark_paragraph(run, marked)


def _keyed(line: Segment) -> bool:
    """Tell whether a line is a label and its value rather than a word and its explanation."""
    _, colon, rest = line.text.partition(":")
    spoken = [word for word in rest.split() if any(c.isalpha() for c in word)]
    return bool(colon) and len(spoken) <= KEYED_WORDS_MAX


def _mark_paragraph(run: list[Segment], marked: set[int]) -> None:
    """Mark the lines of a paragraph: full lines, most words small."""
    for first in range(len(run)):
        # Headings and labels over a text end where its full lines begin.
        lines = run[first:]
        if len(lines) < LINES_MIN:
            return
        words = [word.text for line in lines for word in line.words if any(c.isalpha() for c in word.text)]
        if len(words) < WORDS_MIN:
            return
        widths = [line.box.right - line.box.left for line in lines]
        widest = max(widths)
        if sum(map(_keyed, lines)) > KEYED_SHARE * len(lines) or not _runs_on(lines):
            return
        full = all(width >= FULL_SHARE * widest for width in widths[:-1])
        small = sum(word[:1].islower() for word in words) >= LOWER_SHARE * len(words)
        if full and small and median(len(line.words) for line in lines) >= 4:
            marked.update(map(id, lines))
            return
