"""File names from headers: RFC 6266 read as written, and hostile names made harmless."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.refusals import BadHeader
from runtime.filenames import (
    DEFAULT_FILE_NAME,
    FILE_NAME_BYTES_MAX,
    HEADER_LENGTH_MAX,
    clean_file_name,
    content_disposition,
    file_name_from_header,
)

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

HEADERS = [
    ("attachment; filename=bill.pdf", "bill.pdf"),
    ('attachment; filename="bill.pdf"', "bill.pdf"),
    ('ATTACHMENT;FILENAME="bill.pdf"', "bill.pdf"),
    (' attachment\t; filename = "bill.pdf" ; ', "bill.pdf"),
    ('attachment;;filename="bill.pdf"', "bill.pdf"),
    ('inline; filename="bill.pdf"', "bill.pdf"),
    ('form-data; name="file"; filename="bill.pdf"', "bill.pdf"),
    ('attachment; filename="March; final, \\"2\\".pdf"', 'March; final, "2".pdf'),
    ('attachment; filename="b\\ill.pdf"', "bill.pdf"),
    ('attachment; filename="Größe.pdf"', "Größe.pdf"),
    ('attachment; filename="100%25.pdf"', "100%25.pdf"),
    ("attachment; filename*=UTF-8''M%C3%A4rz%20bill.pdf", "März bill.pdf"),
    ("attachment; filename*=utf-8'en-GB'%e2%82%ac%20rates.pdf", "€ rates.pdf"),
    ("attachment; filename*=iso-8859-1''M%E4rz.pdf", "März.pdf"),
    ("attachment; filename*=UTF-8''true.pdf; filename=fallback.pdf", "true.pdf"),
    ("attachment; filename=fallback.pdf; filename*=UTF-8''true.pdf", "true.pdf"),
    ("attachment; filename=fallback.pdf; filename*=KOI8-R''%C1.pdf", "fallback.pdf"),
    ("attachment; filename*=UTF-8''%252e%252e%252fbill.pdf", "%2e%2e%2fbill.pdf"),
    ("attachment; foo=bar; filename=bill.pdf; size=12", "bill.pdf"),
    ("attachment", None),
    ("inline; foo=bar", None),
]


@pytest.mark.parametrize(("header", "file_name"), HEADERS)
def test_header_gives_its_file_name(header: str, file_name: str | None):
    assert file_name_from_header(header) == file_name


def test_header_that_is_absent_gives_no_name():
    assert file_name_from_header(None) is None


BROKEN_HEADERS = [
    "",
    " ",
    ";",
    "; filename=bill.pdf",
    "filename=bill.pdf",
    '"attachment"; filename=bill.pdf',
    "attachment filename=bill.pdf",
    "attachment, filename=bill.pdf",
    "attachment; filename",
    "attachment; filename=",
    "attachment; =bill.pdf",
    "attachment; filename=my bill.pdf",
    'attachment; filename="bill.pdf',
    'attachment; filename="bill.pdf\\"',
    'attachment; filename="bill".pdf',
    "attachment; filename=a/b.pdf",
    "attachment; filename=one.pdf; filename=two.pdf",
    "attachment; filename=one.pdf; FileName=two.pdf",
    "attachment; filename*=bill.pdf",
    "attachment; filename*=UTF-8'bill.pdf",
    "attachment; filename*=UTF-8''%C3",
    "attachment; filename*=UTF-8''%FF%FE; filename=bill.pdf",
    "attachment; filename*=UTF-8''bill%2.pdf",
    "attachment; filename*=UTF-8''bill%zz.pdf",
    "attachment; filename*=KOI8-R''%C1.pdf",
    "attachment; filename=bill.pdf\n",
    "attachment; filename=" + "x" * HEADER_LENGTH_MAX,
]


@pytest.mark.parametrize("header", BROKEN_HEADERS)
def test_broken_header_is_refused(header: str):
    with pytest.raises(BadHeader):
        file_name_from_header(header)


HOSTILE_NAMES = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\windows\\system32\\bill.pdf", "bill.pdf"),
    ("/etc/passwd", "passwd"),
    ("C:\\Users\\someone\\bill.pdf", "bill.pdf"),
    ("a/b\\c/d.pdf", "d.pdf"),
    ("..", DEFAULT_FILE_NAME),
    (".", DEFAULT_FILE_NAME),
    ("...", DEFAULT_FILE_NAME),
    ("bill.pdf/", DEFAULT_FILE_NAME),
    ("../", DEFAULT_FILE_NAME),
    (".\x00./bill.pdf", "bill.pdf"),
    ("", DEFAULT_FILE_NAME),
    (" \t ", DEFAULT_FILE_NAME),
    (". . .", DEFAULT_FILE_NAME),
    ("\x00", DEFAULT_FILE_NAME),
    ("bill.pdf\x00.exe", "bill.pdf.exe"),
    ("bill\r\nSet-Cookie: x.pdf", "billSet-Cookie: x.pdf"),
    ("bill\x1b[31m.pdf", "bill[31m.pdf"),
    ("bill\x7f\x85.pdf", "bill.pdf"),
    ("bill\u2028\u2029.pdf", "bill.pdf"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    (f"b{BIDI_CONTROLS}ill.pdf", "bill.pdf"),
    ("bill\udcff.pdf", "bill.pdf"),
    (".bashrc", "bashrc"),
    ("bill.pdf. .", "bill.pdf"),
    ("  bill.pdf  ", "bill.pdf"),
    ("Ma\u0308rz.pdf", "März.pdf"),
    ("a\x00\u0308.pdf", "ä.pdf"),
]


@pytest.mark.parametrize(("name", "clean"), HOSTILE_NAMES)
def test_hostile_name_comes_out_harmless(name: str, clean: str):
    assert clean_file_name(name) == clean


@pytest.mark.parametrize(
    "header",
    [
        'attachment; filename="../../bill.pdf"',
        "attachment; filename*=UTF-8''..%2F..%2Fbill.pdf",
        "attachment; filename*=UTF-8''..%5C..%5Cbill.pdf",
        'attachment; filename="C:\\Users\\someone\\bill.pdf"',
        'attachment; filename="\\\\\\\\server\\\\share\\\\bill.pdf"',
        "attachment; filename*=UTF-8''%E2%80%AEbill%00.pdf",
        'attachment; filename="bi\x00ll.pdf"',
    ],
)
def test_hostile_name_in_a_header_comes_out_harmless(header: str):
    assert file_name_from_header(header) == "bill.pdf"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("x" * 300, "x" * 255),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("ä" * 200 + ".pdf", "ä" * 125 + ".pdf"),
        ("€" * 100, "€" * 85),
        ("𝄞" * 64, "𝄞" * 63),
        ("x." + "y" * 300, "x." + "y" * 253),
        ("x" * 240 + " " * 60 + ".pdf", "x" * 240 + ".pdf"),
    ],
)
def test_long_name_is_cut_between_characters_and_keeps_its_ending(name: str, clean: str):
    assert clean_file_name(name) == clean


def assert_safe(name: str) -> None:
    assert name
    assert name not in {".", ".."}
    assert not set(name) & set("/\\" + BIDI_CONTROLS)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.encode()) <= FILE_NAME_BYTES_MAX
    assert not name.startswith(".")
    assert name == name.strip()


any_text = st.text(st.characters(), max_size=400)
nasty_text = st.text(st.sampled_from("./\\ \t\x00\r\n\";=%'*äa\u0308\u202e\udc80€𝄞") | st.characters(), max_size=400)


@given(nasty_text | any_text)
@example("x" * 255 + "\u0308")
@example("." * 300 + "/")
def test_clean_name_is_safe_and_stays_as_it_is(name: str):
    clean = clean_file_name(name)

    assert_safe(clean)
    assert clean_file_name(clean) == clean


@given(
    st.builds(
        lambda kind, parts: kind + "".join(parts),
        st.sampled_from(["attachment", "inline", "", "form-data"]) | nasty_text,
        st.lists(
            st.builds(
                "{}{}{}{}".format,
                st.just(";"),
                st.sampled_from([" filename", "filename*", "x"]),
                st.just("="),
                nasty_text,
            )
            | st.builds(' ; filename="{}"'.format, nasty_text)
            | st.builds("; filename*=UTF-8''{}".format, nasty_text),
            max_size=3,
        ),
    )
    | nasty_text
)
def test_any_header_gives_a_safe_name_or_none_or_is_refused(header: str):
    try:
        name = file_name_from_header(header)
    except BadHeader:
        return
    if name is not None:
        assert_safe(name)


@given(nasty_text | any_text)
def test_name_that_is_sent_is_read_back_the_same(name: str):
    header = content_disposition("attachment", name)

    assert header.isascii()
    assert header.isprintable()
    assert file_name_from_header(header) == clean_file_name(name)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("bill.pdf", 'attachment; filename="bill.pdf"'),
        ("my bill.pdf", 'attachment; filename="my bill.pdf"'),
        ("Größe.pdf", "attachment; filename=\"Gro_e.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf"),
        ('a"b.pdf', "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf"),
        ("50%.pdf", "attachment; filename=\"50_.pdf\"; filename*=UTF-8''50%25.pdf"),
        ("bill\r\nX-Evil: 1.pdf", 'attachment; filename="billX-Evil: 1.pdf"'),
        ("／etc.pdf", "attachment; filename=\"_etc.pdf\"; filename*=UTF-8''%EF%BC%8Fetc.pdf"),
        ("", 'attachment; filename="bill"'),
    ],
)
def test_name_is_sent_in_ascii_with_the_true_one_beside_it(name: str, header: str):
    assert content_disposition("attachment", name) == header


def test_kind_of_disposition_is_as_asked():
    assert content_disposition("inline", "page.png") == 'inline; filename="page.png"'
