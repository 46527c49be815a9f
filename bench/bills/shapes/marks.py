"""Marks that machines read: bar codes and squares of dots. They are drawings and hold no text."""

from random import Random

from bench.bills.paper.press import Frame, Press

CELLS = 21
FINDER = 7


def bar_code(press: Press, frame: Frame) -> None:
    """Upright strokes of uneven width."""
    rng = Random(f"{press.bill.account_number}/bar code")
    x, end = frame.x, frame.x + min(frame.width, 190.0)
    while x < end:
        width = rng.choice((0.8, 0.8, 1.6, 2.4))
        press.sheet.box(x, frame.y, width, 26, fill=0, stroke=None)
        x += width + rng.choice((0.8, 1.6, 2.4))
    frame.y += 30


def dot_square(press: Press, frame: Frame) -> None:
    """A square of dots with three finders, as payment codes have."""
    rng = Random(f"{press.bill.account_number}/dots")
    cell = min(frame.width, 62.0) / CELLS
    for row in range(CELLS):
        dots = [inked(row, column, rng) for column in range(CELLS)]
        start = 0
        for column in range(CELLS + 1):
            if column < CELLS and dots[column] == dots[start]:
                continue
            if dots[start]:
                left, top = frame.x + start * cell, frame.y + row * cell
                press.sheet.box(left, top, (column - start) * cell, cell, fill=0, stroke=None)
            start = column
    frame.y += CELLS * cell + 4


def inked(row: int, column: int, rng: Random) -> bool:
    """Return whether a cell is black."""
    corners = ((0, 0), (0, CELLS - FINDER), (CELLS - FINDER, 0))
    for top, left in corners:
        y, x = row - top, column - left
        if -1 <= y <= FINDER and -1 <= x <= FINDER:
            ring = max(abs(y - FINDER // 2), abs(x - FINDER // 2))
            return ring not in (2, FINDER // 2 + 1)
    return rng.random() < 0.5


BLOCKS = {"mark.bars": bar_code, "mark.dots": dot_square}
