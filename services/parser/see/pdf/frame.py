"""Where things stand on a page once it is upright: from a PDF page's own space to points from the top-left corner."""

from dataclasses import dataclass

from domain.evidence import Box

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """A page's visible rectangle in its own space [points, y upwards] and how far it is turned to stand upright.

    ``quarter_turns`` counts clockwise quarter turns, as a PDF's /Rotate does in degrees.
    """

    left: float
    bottom: float
    right: float
    top: float
    quarter_turns: int = 0

    @property
    def width(self) -> float:
        """Width of the upright page [points]."""
        return self.top - self.bottom if self.quarter_turns % 2 else self.right - self.left

    @property
    def height(self) -> float:
        """Height of the upright page [points]."""
        return self.right - self.left if self.quarter_turns % 2 else self.top - self.bottom

    def turned(self, quarter_turns: int) -> "Frame":
        """Give the same rectangle turned clockwise by some more quarters."""
        return Frame(self.left, self.bottom, self.right, self.top, (self.quarter_turns + quarter_turns) % QUARTERS)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Move one point from the page's own space onto the upright page [points]."""
        match self.quarter_turns % QUARTERS:
            case 0:
                return x - self.left, self.top - y
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case _:
                return self.top - y, self.right - x

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Move one rectangle from the page's own space onto the upright page [points]."""
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
