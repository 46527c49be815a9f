"""A content type comes from bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sniff import SNIFF_BYTES, ContentType, sniff


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ContentType.PDF),
        (b"\r\n\r\nmailed rubbish before\r\n%PDF-1.4\r", ContentType.PDF),
        (b"\xef\xbb\xbf%PDF-2.0", ContentType.PDF),
        (b" " * (SNIFF_BYTES - 5) + b"%PDF-", ContentType.PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", ContentType.JPEG),
        (b"\xff\xd8\xff\xe1\x00\x18Exif\x00", ContentType.JPEG),
        (b"\xff\xd8\xff\xdb", ContentType.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ContentType.PNG),
        (b"GIF87a\x01\x00\x01\x00", ContentType.GIF),
        (b"GIF89a\x01\x00\x01\x00", ContentType.GIF),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", ContentType.WEBP),
    ],
)
def test_sniff_tells_each_type_by_its_signature(head: bytes, content_type: ContentType):
    assert sniff(head) is content_type


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"%PDF",
        b"%pdf-1.7",
        b" " * (SNIFF_BYTES - 4) + b"%PDF-1.7",
        b"\xff\xd8",
        b"\x89PNG\n\x1a\n",
        b"GIF88a",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"RIFF",
        b"PK\x03\x04",
        b"MZ\x90\x00",
        b"<html><body>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\x00",
        b"BM",
    ],
)
def test_sniff_knows_nothing_else(head: bytes):
    assert sniff(head) is None


@given(st.binary(max_size=64))
def test_sniff_looks_at_the_first_bytes_only(rest: bytes):
    head = b"x" * SNIFF_BYTES

    assert sniff(head + b"%PDF-1.7" + rest) is None
    assert sniff(b"GIF89a" + rest) is ContentType.GIF
