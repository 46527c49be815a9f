"""Pages drawn for people: upright as they are read, kept beside their document, drawn once, never of what gives no pages."""

import io
from importlib.resources import files

import pytest
from PIL import Image

from domain.outcome import Failure, FailureReason, Success
from domain.refusals import NoSuchBill, NoSuchPage
from runtime.objects import derived_prefix, open_store, origin_of
from services.parser.draw.images import PageImages
from services.parser.draw.marks import marks_of
from services.parser.draw.page import HEIGHT_PIXELS_MAX, PageAsked, PageImage, page_image
from services.parser.page import PageMissing
from services.parser.pool import ReaderPool
from services.parser.read import read
from tests.parser.see.papers import bill_picture, encoded, letter_pdf

SAMPLE = (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()
PAGES_MAX = 60


def opened(made):
    return Image.open(io.BytesIO(made.image)).convert("L")


@pytest.fixture
async def objects(tmp_path):
    store = await open_store(f"file://{tmp_path}/objects")
    yield store
    await store.close()


@pytest.fixture
async def images(objects):
    async with ReaderPool(1) as pool:
        yield PageImages(pool, objects, bill_bytes_max=10_000_000, engine="ppocr")


async def kept(objects, data, prefix="t/tenant"):
    async def body():
        yield data

    return (await objects.put_stream(prefix, body())).key


async def keys_below(objects, prefix):
    return [info.key async for info in objects.list_keys(prefix)]


def test_page_has_the_width_asked_for_and_the_size_of_its_paper():
    made = page_image(SAMPLE, 2, 960, (), PAGES_MAX)

    assert opened(made).size == (960, round(960 * 792 / 612))
    assert (made.width_points, made.height_points, made.pages) == (612, 792, 2)


def test_page_shows_its_values_where_the_reading_says_they_are():
    outcome = read(SAMPLE, progress=lambda _done, _total: None)
    assert isinstance(outcome, Success)
    made = page_image(SAMPLE, 1, 1920, (), PAGES_MAX)
    shown = opened(made)
    scale = shown.width / made.width_points

    boxes = [mark.box for mark in marks_of(outcome.readings) if mark.page == 1]
    assert len(boxes) > 10
    for box in boxes:
        place = shown.crop(tuple(round(side * scale) for side in (box.left, box.top, box.right, box.bottom)))
        assert place.getextrema()[0] < 140, "print stands in every box"


def test_turned_photo_is_shown_upright_as_it_was_read():
    upright = bill_picture()
    turned = encoded(upright.rotate(90, expand=True), "PNG")

    made = page_image(turned, 1, 480, (), PAGES_MAX)

    shown = opened(made)
    assert shown.height > shown.width
    wanted = upright.convert("L").resize(shown.size)
    differences = [abs(a - b) for a, b in zip(shown.tobytes(), wanted.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 12


def test_values_are_boxed_where_readings_are_given():
    outcome = read(SAMPLE, progress=lambda _done, _total: None)
    assert isinstance(outcome, Success)

    plain, marked = (page_image(SAMPLE, 1, 960, marks, PAGES_MAX) for marks in ((), marks_of(outcome.readings)))

    assert opened(plain).size == opened(marked).size
    assert opened(plain).tobytes() != opened(marked).tobytes()


def test_strip_of_paper_is_narrower_rather_than_endless():
    made = page_image(letter_pdf(lambda canvas, _page: canvas.drawString(1, 1, "x"), size=(20, 4000)), 1, 1920, (), 5)

    assert opened(made).height <= HEIGHT_PIXELS_MAX


async def test_page_is_drawn_once_and_found_again(images, objects):
    key = await kept(objects, SAMPLE)

    first = await images.image(key, PageAsked(1, 480))
    await objects.delete(key)  # what is there need not be drawn
    second = await images.image(key, PageAsked(1, 480))

    assert first == second
    assert (first.width_points, first.height_points, first.pages) == (612, 792, 2)
    assert await keys_below(objects, derived_prefix(key)) == [first.key]
    assert origin_of(first.key) == key


async def test_other_page_other_width_and_other_marks_are_other_images(images, objects):
    key = await kept(objects, SAMPLE)
    outcome = read(SAMPLE, progress=lambda _done, _total: None)
    assert isinstance(outcome, Success)

    asked = (PageAsked(1, 480), PageAsked(2, 480), PageAsked(1, 960), PageAsked(1, 480, marks_of(outcome.readings)))
    made = {(await images.image(key, one)).key for one in asked}

    assert len(made) == len(asked)


async def test_page_beyond_the_last_is_refused_with_their_number(images, objects):
    key = await kept(objects, SAMPLE)
    with pytest.raises(NoSuchPage) as refused:
        await images.image(key, PageAsked(3, 480))
    assert refused.value.metadata == {"pages": "2"}


async def test_document_that_gives_no_pages_is_refused_with_the_reason(images, objects):
    key = await kept(objects, b"%PDF-1.7 and no more")
    with pytest.raises(NoSuchPage) as refused:
        await images.image(key, PageAsked(1, 480))
    assert refused.value.metadata == {"failure_reason": "corrupt"}


async def test_document_that_is_gone_is_refused(images):
    with pytest.raises(NoSuchBill):
        await images.image(f"t/tenant/sha256/aa/{'a' * 64}", PageAsked(1, 480))


async def test_drawing_process_tells_of_missing_pages_and_damage_and_goes_on():
    async with ReaderPool(1) as pool:
        assert isinstance(await pool.page(SAMPLE, PageAsked(9)), PageMissing)
        damaged = await pool.page(b"%PDF-1.7 and no more", PageAsked(1))
        assert isinstance(damaged, Failure)
        assert damaged.reason is FailureReason.CORRUPT
        assert isinstance(await pool.page(SAMPLE, PageAsked(2)), PageImage)
        assert len(pool.pids) == 1


async def test_words_are_those_that_were_read_and_are_seen_once(images, objects):
    key = await kept(objects, SAMPLE)
    outcome = read(SAMPLE, progress=lambda _done, _total: None)
    assert isinstance(outcome, Success)
    seen = await images.words(key, 1)
    assert (seen.width_points, seen.height_points, seen.pages) == (612, 792, 2)
    due = outcome.readings[0].amount_due
    assert due is not None
    assert due.evidence.box is not None
    [word] = [one for one in seen.words if one.text == due.evidence.text and one.box.top == due.evidence.box.top]
    assert (word.box.left, word.box.right) == (due.evidence.box.left, due.evidence.box.right)

    below = await keys_below(objects, derived_prefix(key))
    assert await images.words(key, 1) == seen
    assert await keys_below(objects, derived_prefix(key)) == below
    assert (await images.words(key, 2)).words != seen.words


@pytest.mark.parametrize("number", [3, 99])
async def test_words_of_no_page_are_refused(images, objects, number):
    with pytest.raises(NoSuchPage) as refused:
        await images.words(await kept(objects, SAMPLE), number)
    assert refused.value.metadata["pages"] == "2"


async def test_words_of_a_picture_are_read(images, objects):
    key = await kept(objects, encoded(bill_picture(), "PNG"))
    assert len((await images.words(key, 1)).words) > 5
    with pytest.raises(NoSuchPage):
        await images.words(key, 2)
