"""Ticks: the numbers along a chart's axis, which measure nothing by themselves."""

import itertools

from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

AXIS_ROWS, AXIS_TICKS_MIN = 6, 4
"""An axis has so many ticks down to nought; other lines of the page may stand between two of them."""


def on_axis(sight: Sight, token: Token) -> bool:
    """Tell whether a bare number is a tick of a chart's axis: alone at its edge, others under or over it, step by step."""
    if token.text != token.segment.text:
        return False
    column = [
        other
        for index in range(token.row - AXIS_ROWS, token.row + AXIS_ROWS + 1)
        if (row := sight.row(token.page, index)) is not None
        for other in sight.tokens.on(row)
        if other.number is not None and other.text == other.segment.text
        and min(abs(other.box.right - token.box.right), abs(other.box.left - token.box.left)) < token.segment.height / 2
    ]  # fmt: skip
    values = [other.value for other in column]
    steps = [one - other for one, other in itertools.pairwise(values)]
    return len(values) >= AXIS_TICKS_MIN and values[-1] == 0 and steps[0] > 0 and len(set(steps)) == 1
