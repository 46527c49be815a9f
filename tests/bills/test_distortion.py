"""Distorted copies: the same bytes each time, no text layer left, pages kept."""

import io

import pypdfium2
import pytest
from PIL import Image

from bench.bills import corpus, distortion, rendering
from bench.bills.families.catalogue import families

MADE = corpus.make_bill(next(family for family in families() if family.name == "us-coop-typewriter"), 0, 2)


@pytest.mark.parametrize("variant", distortion.PICTURED)
def test_variant_keeps_pages_and_drops_the_text_layer(variant):
    [(name, content)] = distortion.variant_of(MADE.name, MADE.printed.pdf, variant)
    assert name == f"{MADE.name}@{variant}.pdf"
    assert len(pypdfium2.PdfDocument(content)) == MADE.printed.pages
    assert rendering.text_of(content).strip() == ""


def test_variant_is_the_same_bytes_when_made_again():
    for variant in ("scan", "photo", "ghost"):
        assert distortion.variant_of("one", MADE.printed.pdf, variant) == distortion.variant_of(
            "one", MADE.printed.pdf, variant
        )


def test_variant_differs_between_bills():
    one, other = (distortion.variant_of(name, MADE.printed.pdf, "scan")[0][1] for name in ("one", "other"))
    assert one != other


def test_ghost_variant_hides_a_text_layer_that_lies():
    [(_, content)] = distortion.variant_of(MADE.name, MADE.printed.pdf, "ghost")
    text = rendering.text_of(content)
    assert "Amount due" in text
    assert MADE.bill.account_number not in text


def test_web_variant_gives_four_picture_formats_of_a_bill_of_one_page():
    assert MADE.printed.pages == 1
    files = distortion.variant_of(MADE.name, MADE.printed.pdf, "web")
    assert {Image.open(io.BytesIO(content)).format for _, content in files} == {"PNG", "JPEG", "GIF", "WEBP"}


def test_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="no such variant"):
        distortion.variant_of("one", MADE.printed.pdf, "crumpled")
