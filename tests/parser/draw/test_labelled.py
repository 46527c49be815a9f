"""The picture of a reading: marks where the values are, in the colour of their confidence, on the page as it was seen."""

import io
import itertools
from dataclasses import replace
from importlib.resources import files

import numpy
import pytest
from PIL import Image

from domain.evidence import Box
from domain.outcome import Failure, FailureReason, Success
from services.parser.draw.labelled import (
    GAP_PIXELS,
    LEGEND_PIXELS,
    PAGE_LONG_SIDE_PIXELS,
    PAPER,
    PIXELS_MAX,
    Sureness,
    band_of,
    pixels_a_point,
)
from services.parser.draw.marks import LABEL_CHARACTERS_MAX, Mark, from_bytes, inert, marks_of, to_bytes
from services.parser.pool import Limits, ReaderPool
from services.parser.read import picture, read
from services.parser.see import see
from tests.parser.see.papers import (
    bill_pdf,
    bill_picture,
    content_bomb_pdf,
    encoded,
    huge_page_pdf,
    letter_pdf,
    many_pages_pdf,
    one_page,
    stream,
)

SAMPLE = (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()
FINENESS = PAGE_LONG_SIDE_PIXELS / 792
MIDDLE = Box(300.0, 500.0, 340.0, 512.0)
"""A place on letter paper where nothing is printed."""


def silent(_done: int, _total: int) -> None:
    pass


def drawn(data: bytes, *marks: Mark) -> Image.Image:
    made = picture(data, marks, progress=silent)
    assert isinstance(made, bytes)
    return Image.open(io.BytesIO(made)).convert("RGB")


def on_page(shown: Image.Image, width: float = 612.0, page: int = 1) -> tuple[int, int]:
    """Give the top-left corner of a page of letter size in the picture [pixels]."""
    left = (shown.width - round(width * FINENESS)) // 2
    return left, LEGEND_PIXELS + (page - 1) * (PAGE_LONG_SIDE_PIXELS + GAP_PIXELS)


def colours_around(shown: Image.Image, box: Box, corner: tuple[int, int]) -> dict[tuple[int, int, int], int]:
    """Count the colours on the upper edge of a box."""
    x0, x1 = (round(corner[0] + side * FINENESS) for side in (box.left, box.right))
    y = round(corner[1] + box.top * FINENESS) - 2
    seen = [shown.getpixel((x, y)) for x in range(x0, x1)]
    return {colour: seen.count(colour) for colour in seen}  # type: ignore[misc]


@pytest.mark.parametrize("confidence", [1.0, 0.99, 0.95, 0.9, 0.89, 0.0])
def test_box_is_drawn_where_the_value_is_in_the_colour_of_its_confidence(confidence):
    shown = drawn(bill_pdf(), Mark(1, MIDDLE, "amount due", confidence))
    assert shown.size == (round(612 * FINENESS) + 2 * GAP_PIXELS, LEGEND_PIXELS + PAGE_LONG_SIDE_PIXELS + GAP_PIXELS)
    colours = colours_around(shown, MIDDLE, on_page(shown))
    band = band_of(confidence)
    assert colours[band.colour] >= 20
    assert set(colours) <= {band.colour, PAPER}


def test_line_tells_the_confidence_to_who_sees_no_colour():
    shares = []
    for confidence in (1.0, 0.95, 0.5):
        shown = drawn(bill_pdf(), Mark(1, MIDDLE, "", confidence))
        colours = colours_around(shown, MIDDLE, on_page(shown))
        shares.append(colours[band_of(confidence).colour] / sum(colours.values()))
    solid, dashed, dotted = shares
    assert solid == 1.0
    assert solid > dashed + 0.2 > dotted + 0.4


def test_bands_meet_without_a_gap():
    bands: list[Sureness] = [band_of(confidence) for confidence in (1.0, 0.99, 0.9899, 0.9, 0.8999, 0.0)]
    assert [one is other for one, other in itertools.pairwise(bands)] == [True, False, True, False, True]


def test_label_is_written_beside_its_box_and_not_over_it():
    without, with_label = (drawn(bill_pdf(), Mark(1, MIDDLE, label, 1.0)) for label in ("", "amount due"))
    colour = band_of(1.0).colour
    corner = on_page(without)
    left, right = (round(corner[0] + side * FINENESS) for side in (MIDDLE.left, MIDDLE.right))
    top, bottom = (round(corner[1] + side * FINENESS) for side in (MIDDLE.top, MIDDLE.bottom))
    inside = (left, top, right, bottom)
    assert without.crop(inside).tobytes() == with_label.crop(inside).tobytes()
    count = [int((numpy.asarray(one) == colour).all(axis=2).sum()) for one in (without, with_label)]
    assert count[1] > count[0] + 300


def test_pages_stand_below_each_other_and_keep_their_own_marks():
    data = letter_pdf(lambda canvas, page: canvas.drawString(72, 700, f"Page {page} of the bill"), pages=3)
    shown = drawn(data, Mark(2, MIDDLE, "amount due", 1.0))
    assert shown.height == LEGEND_PIXELS + 3 * (PAGE_LONG_SIDE_PIXELS + GAP_PIXELS)
    found = [band_of(1.0).colour in colours_around(shown, MIDDLE, on_page(shown, page=page)) for page in (1, 2, 3)]
    assert found == [False, True, False]


def test_many_pages_are_drawn_smaller_within_the_bound():
    shown = drawn(many_pages_pdf(60))
    assert shown.width * shown.height < 1.5 * PIXELS_MAX
    assert pixels_a_point(612, 792, 60) < pixels_a_point(612, 792, 2)


@pytest.mark.parametrize("quarter_turns", [0, 1, 3])
def test_marks_of_a_turned_photo_lie_on_its_print_as_it_was_turned_back(quarter_turns):
    photo = bill_picture().rotate(90 * quarter_turns, expand=True)
    data = encoded(photo, "PNG")
    (page,) = see(data, silent).pages
    word = next(word for word in page.words if word.text.endswith("187.42"))
    assert word.box.left > 0.5 * page.width

    shown = drawn(data, Mark(1, word.box, "amount due", 0.95))

    corner = on_page(shown, page.width)
    assert shown.size == (round(page.width * FINENESS) + 2 * GAP_PIXELS, LEGEND_PIXELS + 1584 + GAP_PIXELS)
    assert band_of(0.95).colour in colours_around(shown, word.box, corner)
    left, top, right, bottom = (
        side * FINENESS for side in (word.box.left, word.box.top, word.box.right, word.box.bottom)
    )
    printed = shown.crop(
        (round(corner[0] + left), round(corner[1] + top), round(corner[0] + right), round(corner[1] + bottom))
    )
    assert numpy.asarray(printed.convert("L")).min() < 90


def test_page_that_its_file_turns_is_shown_upright_with_its_marks():
    turned = bill_pdf().replace(b"/Rotate 0", b"/Rotate 90")
    assert turned != bill_pdf()
    (page,) = see(turned, silent).pages
    word = next(word for word in page.words if word.text == "$187.42")
    shown = drawn(turned, Mark(1, word.box, "amount due", 1.0))
    assert band_of(1.0).colour in colours_around(shown, word.box, on_page(shown, page.width))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("amount due", "amount due"),
        ("\u202eeud tnuoma\u202c", "eud tnuoma"),
        ("a\u200bb\x00c\x1b[31md\ue000", "abc[31md"),
        ("two\nlines\u2028three\tfour", "two lines three four"),
        ("x" * 500, "x" * LABEL_CHARACTERS_MAX),
    ],
)
def test_label_is_inert(written, shown):
    assert inert(written) == shown
    (arrived,) = from_bytes(to_bytes([Mark(1, MIDDLE, written, 1.0)]))
    assert arrived == Mark(1, MIDDLE, shown, 1.0)


def test_every_value_with_a_place_has_a_mark():
    outcome = read(SAMPLE, progress=silent)
    assert isinstance(outcome, Success)
    (reading,) = outcome.readings
    labels = {mark.label for mark in marks_of(outcome.readings)}
    assert {"issuer", "amount due", "account number", "due date", "usage", "charge 1", "meter 1 number"} <= labels
    assert sum(label.startswith("history ") for label in labels) == len(reading.history)
    again = {mark.label for mark in marks_of([reading, reading])}
    assert {f"#{number} {label}" for number in (1, 2) for label in labels} == again

    assert reading.amount_due is not None
    nowhere = replace(reading.amount_due.evidence, box=None)
    placeless = replace(reading, amount_due=replace(reading.amount_due, evidence=nowhere))
    assert labels - {mark.label for mark in marks_of([placeless])} == {"amount due"}


async def test_pool_draws_within_its_limits_and_stays_alive():
    limits = Limits(wall_seconds=20, cpu_seconds=2)
    async with ReaderPool(1, limits) as pool:
        shown = await pool.picture(bill_pdf(), [Mark(1, MIDDLE, "amount due", 1.0)])
        assert isinstance(shown, bytes)
        assert Image.open(io.BytesIO(shown)).format == "PNG"

        spent = await pool.picture(content_bomb_pdf(1000), [])
        assert isinstance(spent, Failure)
        assert spent.reason is FailureReason.TIMED_OUT

        refused = await pool.picture(b"%PDF-1.7\n", [])
        assert isinstance(refused, Failure)
        assert refused.reason is FailureReason.CORRUPT

        outcome = await pool.read(many_pages_pdf(61), silent)
        assert isinstance(outcome, Failure)
        assert outcome.reason is FailureReason.TOO_MANY_PAGES


@pytest.mark.parametrize(
    "data",
    [
        huge_page_pdf(2_000_000),
        one_page(stream(b""), media=b"[0 0 0 0]"),
        one_page(stream(b""), media=b"[0 0 3 14400]"),
        encoded(Image.new("L", (20_000, 16), 255), "PNG"),
    ],
    ids=["huge", "without size", "thin", "strip"],
)
def test_page_of_odd_size_is_drawn_small_wherever_its_marks_are(data):
    stray = Mark(1, Box(-1e9, 5.0, 1e9, 1e6), "stray", 0.5)
    shown = drawn(data, stray)
    assert shown.width * shown.height < PIXELS_MAX / 4


def test_same_bytes_and_marks_give_the_same_picture():
    marks = [Mark(1, MIDDLE, "amount due", 1.0), Mark(1, MIDDLE, "new charges", 0.95)]
    assert picture(bill_pdf(), marks, progress=silent) == picture(bill_pdf(), marks, progress=silent)
