"""Texts that a document could contain come out harmless to look at, and honest ones whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.inert import LENGTH_MAX, inert

HONEST = [
    "Stadtwerke Köln – Süd",
    "Ελληνική ΔΕΗ",
    "विद्युत क़िल्लत",
    "חשמל לְיִשְׂרָאֵל",
    "การไฟฟ้า",
    "Ångström & Söhne <GmbH>",
    "0",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_name_is_shown_whole(text):
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066\u2067hidden\u2069 \u200f122.93", "hidden 122.93"),
        ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("line\nand\u2028line\tand  more", "line and line and more"),
        ("e" + "\u0301" * 50 + "x", "e\u0301\u0301\u0301x"),
        ("\u20dd" * 9, "\u20dd" * 3),
        ("\u3164\u2800\u115f", ""),
        ("\U000e0041\ue000", ""),
        (None, ""),
        ("x" * 9999, "x" * (LENGTH_MAX - 1) + "…"),
    ],
)
def test_text_that_hides_or_moves_others_is_made_harmless(text, shown):
    assert inert(text) == shown


@given(st.text(st.characters(codec=None)))
def test_no_text_keeps_a_sign_without_a_shape_and_twice_is_once(text):
    once = inert(text)
    assert not {unicodedata.category(sign) for sign in once} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert inert(once) == once
