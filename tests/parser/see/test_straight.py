"""Columns stand plumb and lines level on what a scanner tilted or a camera saw at an angle."""

import numpy
import pytest
from PIL import Image

from tests.parser.see.papers import bill_picture, encoded

LEFT = ("Northfield", "Statement", "Service", "Previous", "Energy", "Delivery", "Taxes", "Please")


def lean_of(page):
    """How far the left margin runs aside, and lines fall, over the page [points]."""
    first = {word.text: word for word in page.words}
    margin = [first[text].box for text in LEFT if text in first]
    down = numpy.array([(box.top + box.bottom) / 2 for box in margin])
    aside = numpy.polyfit(down, [box.left for box in margin], 1)[0] * page.height
    pairs = (("Delivery", "113.85"), ("Previous", "42,019"), ("Taxes", "187.42"))
    falls = [
        (first[right].box.bottom - first[left].box.bottom) / (first[right].box.left - first[left].box.left)
        for left, right in pairs
        if left in first and right in first
    ]
    return abs(aside), abs(float(numpy.median(falls))) * page.width


@pytest.mark.parametrize("degrees", [-1.5, 2.0, 4.0])
def test_margin_stands_plumb_when_the_picture_is_tilted(seen, degrees):
    tilted = bill_picture().rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    aside, fall = lean_of(seen(encoded(tilted, "PNG")).pages[0])
    assert aside < 4
    assert fall < 3


def test_margin_stands_plumb_when_a_camera_saw_the_sheet_at_an_angle(seen):
    flat = bill_picture(200)
    width, height = flat.size
    corners = (-0.02 * width, -0.01 * height, 0, height * 1.02, width * 1.01, height, width * 1.03, -0.02 * height)
    bent = flat.transform(flat.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=90)
    aside, fall = lean_of(seen(encoded(bent, "JPEG")).pages[0])
    assert aside < 6
    assert fall < 4


def test_straight_page_is_left_as_it_is(seen):
    page = seen(encoded(bill_picture(), "PNG")).pages[0]
    assert page.raster is not None
    assert numpy.array_equal(page.raster, numpy.asarray(bill_picture()))
