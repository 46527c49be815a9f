"""What is drawn on a PDF page besides its text: filled rectangles, straight strokes, and how much of it pictures cover.

Bars, axes and rulings are read from these. Everything is bounded, since a page of 2 kB can ask for 10^8 objects.
"""

import ctypes
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from domain.evidence import Box
from services.parser.page import Shape, Slope
from services.parser.see.pdf.frame import Frame

SHAPES_MAX = 20_000
SLOPES_MAX = 4_000
FIGURES_MAX = 20_000
SLOPE_POINTS_MIN = 1.5
"""Pieces that go less far to the side are parts of letters and marks."""
SLOPE_FALL_MIN = 0.04
OBJECTS_MAX = 50_000
SEGMENTS_MAX = 100_000
FORM_DEPTH_MAX = 4
OPACITY_MIN = 8
"""Fainter paint [of 255] cannot be seen."""

KNOTS_MIN = 5
"""A drawn curve through so many points may be a chart's smooth line; letters and marks go through fewer."""
BEZIER_POINTS = 3
"""A cubic curve has two points that steer it and the one it goes to."""

STRAIGHT_POINTS = 0.6
"""A line is level or plumb when its ends differ by less."""

BROAD_POINTS = 1.8
"""A line drawn with a broader pen is looked at as a filled rectangle: bars are drawn so too."""

RECTANGLE_SHARE = 0.85
"""A filled outline that covers this share of its box passes for a rectangle (bars have rounded tops)."""

OPTIONAL_CONTENT = "OC\0".encode("utf-16-le")

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A filled figure that is no rectangle, as letters drawn as outlines are; it has so many points."""

    box: Box
    corners: int


@dataclass(slots=True)
class Drawing:
    """What a page draws: its shapes, other filled figures, the boxes of its pictures, and how many outlines there are."""

    shapes: list[Shape] = field(default_factory=list)
    slopes: list[Slope] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    picture_pixels_per_point: float = 0.0
    """Finest resolution among the pictures that cover a good part of the page."""
    outlines: int = 0
    layered: bool = False
    """Some object belongs to an optional content group, which a viewer may not show."""
    objects_left: int = OBJECTS_MAX
    segments_left: int = SEGMENTS_MAX

    @property
    def filled(self) -> Iterator[Box]:
        """Boxes of all that is filled."""
        yield from (shape.box for shape in self.shapes if not shape.stroke)
        yield from (figure.box for figure in self.figures)


def drawing_of(page: Any, frame: Frame) -> Drawing:
    """Walk the objects of an open page, nested forms included, within bounds."""
    drawing = Drawing()
    count = pdfium.FPDFPage_CountObjects(page.raw)
    objects = (pdfium.FPDFPage_GetObject(page.raw, index) for index in range(count))
    _walk(objects, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0, frame, drawing)
    return drawing


def _walk(objects: Iterator[Any], outer: Matrix, depth: int, frame: Frame, drawing: Drawing) -> None:
    for item in objects:
        drawing.objects_left -= 1
        if drawing.objects_left < 0:
            return
        match pdfium.FPDFPageObj_GetType(item):
            case pdfium.FPDF_PAGEOBJ_PATH:
                drawing.outlines += 1
                if len(drawing.shapes) < SHAPES_MAX and drawing.segments_left > 0:
                    _trace(item, outer, frame, drawing)
            case pdfium.FPDF_PAGEOBJ_IMAGE:
                _note_picture(item, outer, frame, drawing)
            case pdfium.FPDF_PAGEOBJ_FORM if depth < FORM_DEPTH_MAX:
                count = pdfium.FPDFFormObj_CountObjects(item)
                inner = (pdfium.FPDFFormObj_GetObject(item, index) for index in range(max(0, count)))
                _walk(inner, _product(_matrix_of(item), outer), depth + 1, frame, drawing)
        if not drawing.layered and pdfium.FPDFPageObj_CountMarks(item) > 0:
            drawing.layered = _is_layered(item)


def _matrix_of(item: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _moved(matrix: Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _note_picture(item: Any, outer: Matrix, frame: Frame, drawing: Drawing) -> None:
    matrix = _product(_matrix_of(item), outer)
    corners = [_moved(matrix, x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
    box = _box_around([frame.point(*corner) for corner in corners])
    drawing.pictures.append(box)
    width, height = ctypes.c_uint(), ctypes.c_uint()
    area = (box.right - box.left) * (box.bottom - box.top)
    if area > 0.25 * frame.width * frame.height and pdfium.FPDFImageObj_GetImagePixelSize(item, width, height):
        fineness = (width.value * height.value / area) ** 0.5
        drawing.picture_pixels_per_point = max(drawing.picture_pixels_per_point, fineness)


def _is_layered(item: Any) -> bool:
    name, used = (ctypes.c_ushort * 16)(), ctypes.c_ulong()
    for index in range(min(8, pdfium.FPDFPageObj_CountMarks(item))):
        mark = pdfium.FPDFPageObj_GetMark(item, index)
        known = pdfium.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), used)
        if known and bytes(name).startswith(OPTIONAL_CONTENT) and used.value == len(OPTIONAL_CONTENT):
            return True
    return False


def _trace(item: Any, outer: Matrix, frame: Frame, drawing: Drawing) -> None:
    fill_mode, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, fill_mode, stroke)
    fill_colour = _colour(item, pdfium.FPDFPageObj_GetFillColor) if fill_mode.value else None
    stroke_colour = _colour(item, pdfium.FPDFPageObj_GetStrokeColor) if stroke.value else None
    if fill_colour is None and stroke_colour is None:
        return
    matrix = _product(_matrix_of(item), outer)
    pen = ctypes.c_float()
    pdfium.FPDFPageObj_GetStrokeWidth(item, pen)
    scale = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
    pen_points = max(0.1, pen.value * scale)
    for outline, curved, knots in _outlines(item, matrix, frame, drawing):
        if fill_colour is not None:
            _note_figure(outline, fill_colour, drawing)
        if stroke_colour is not None and not curved:
            for start, end in itertools.pairwise(outline):
                line = _stroke_box(start, end, pen_points)
                if line is not None:
                    drawing.shapes.append(Shape(line, stroke_colour, stroke=pen_points < BROAD_POINTS))
        colour = stroke_colour if stroke_colour is not None else fill_colour
        smooth = curved and fill_colour is None and len(knots) >= KNOTS_MIN
        if colour is not None and (smooth or not curved) and len(drawing.slopes) < SLOPES_MAX:
            drawing.slopes.extend(_slopes(knots, colour))
        if len(drawing.shapes) >= SHAPES_MAX:
            return


def _note_figure(outline: list[Point], colour: int, drawing: Drawing) -> None:
    box = _box_around(outline)
    if _fills_its_box(outline, box):
        drawing.shapes.append(Shape(box, colour, stroke=False))
    elif len(drawing.figures) < FIGURES_MAX:
        drawing.figures.append(Figure(box, len(outline)))


def _slopes(outline: list[Point], colour: int) -> Iterator[Slope]:
    for (x0, y0), (x1, y1) in itertools.pairwise(outline):
        if abs(x1 - x0) > SLOPE_POINTS_MIN and abs(y1 - y0) > SLOPE_FALL_MIN:
            yield Slope((round(x0, 2), round(y0, 2)), (round(x1, 2), round(y1, 2)), colour)


def _colour(item: Any, ask: Any) -> int | None:
    red, green, blue, opacity = (ctypes.c_uint() for _ in range(4))
    if not ask(item, red, green, blue, opacity) or opacity.value < OPACITY_MIN:
        return None
    return red.value << 16 | green.value << 8 | blue.value


def _outlines(
    item: Any, matrix: Matrix, frame: Frame, drawing: Drawing
) -> Iterator[tuple[list[Point], bool, list[Point]]]:
    """Give each run of the path as points on the upright page, whether it holds curves, and the points it goes through."""
    points: list[Point] = []
    knots: list[Point] = []
    curved, steering = False, 0
    a, b, c, d, e, f = matrix
    count = min(pdfium.FPDFPath_CountSegments(item), drawing.segments_left)
    drawing.segments_left -= max(1, count)
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        across, up = x.value, y.value
        point = frame.point(a * across + c * up + e, b * across + d * up + f)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, curved, knots
            points, knots, curved, steering = [point], [point], False, 0
        else:
            points.append(point)
            bent = kind == pdfium.FPDF_SEGMENT_BEZIERTO
            curved, steering = curved or bent, steering + bent
            if not bent or steering % BEZIER_POINTS == 0:  # the others steer a curve, which does not go through them
                knots.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment) and points and points[-1] != points[0]:
            points.append(points[0])
            knots.append(points[0])
    if len(points) > 1:
        yield points, curved, knots


def _box_around(points: list[Point]) -> Box:
    across, down = [x for x, _ in points], [y for _, y in points]
    return Box(round(min(across), 2), round(min(down), 2), round(max(across), 2), round(max(down), 2))


def around(one: Box, other: Box) -> Box:
    """Return the least box that holds two."""
    return _box_around(
        [(one.left, one.top), (one.right, one.bottom), (other.left, other.top), (other.right, other.bottom)]
    )


def _fills_its_box(outline: list[Point], box: Box) -> bool:
    if len(outline) < 4:
        return False
    twice = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True))
    area = (box.right - box.left) * (box.bottom - box.top)
    return area > 0 and abs(twice) / 2 >= RECTANGLE_SHARE * area


def _stroke_box(start: Point, end: Point, pen_points: float) -> Box | None:
    (x0, y0), (x1, y1) = start, end
    level, plumb = abs(y0 - y1) < STRAIGHT_POINTS, abs(x0 - x1) < STRAIGHT_POINTS
    if level == plumb:
        return None
    grow_x, grow_y = (0.0, pen_points / 2) if level else (pen_points / 2, 0.0)
    return Box(
        round(min(x0, x1) - grow_x, 2),
        round(min(y0, y1) - grow_y, 2),
        round(max(x0, x1) + grow_x, 2),
        round(max(y0, y1) + grow_y, 2),
    )
