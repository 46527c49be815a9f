"""Hostile files: each a typed outcome, the pool alive after it, its process within its limits."""

import contextlib
import io
import mmap
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from domain.outcome import Failure, FailureReason
from services.parser.pool import Limits, ReaderPool
from services.parser.see import see
from tests.parser.see.papers import (
    bill_pdf,
    bill_picture,
    content_bomb_pdf,
    encoded,
    huge_page_pdf,
    many_pages_pdf,
    nested_forms_pdf,
    one_page,
    png_claiming,
    raw_pdf,
    scan_pdf,
    stream,
)

MIB = 1024 * 1024
LIMITS = Limits(wall_seconds=12, cpu_seconds=6, memory_bytes=1536 * MIB)
RESIDENT_BYTES_MAX = LIMITS.memory_bytes
"""What a process holds is part of the address space that it may take; bombs come within a few MiB of 1,200 MiB before it ends."""
OUR_FAULT = "The reader failed on this file."

R = FailureReason
DAMAGED = {R.CORRUPT, R.UNREADABLE}
ENDED = {R.UNREADABLE, R.TIMED_OUT, R.CORRUPT}
READ_OR_NOT_A_BILL = {R.NOT_A_BILL, R.NO_USAGE_FOUND, R.UNREADABLE, R.LANGUAGE_NOT_SUPPORTED}


def animated_gif(frames=1000):
    held = io.BytesIO()
    dots = [Image.new("1", (64, 64), index % 2) for index in range(frames)]
    dots[0].save(held, "GIF", save_all=True, append_images=dots[1:])
    return held.getvalue()


def loops():
    """Pages that are their own parents, and a form that draws itself."""
    tree = raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"])
    own = stream(b"/F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>")
    form = one_page(stream(b"/F Do"), resources=b"<< /XObject << /F 5 0 R >> >>", extra=[own])
    return tree, form


def picture_bomb_pdf(side=30_000):
    """A page with one picture of a few hundred kilobytes that unfolds to side² points."""
    import zlib

    packed = zlib.compress(b"\0" * (side * side // 8), 9)
    header = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray" % (side, side)
    image = stream(packed, header + b" /BitsPerComponent 1 /Filter /FlateDecode")
    return one_page(stream(b"q 612 0 0 792 0 0 cm /I Do Q"), resources=b"<< /XObject << /I 5 0 R >> >>", extra=[image])


PDF = bill_pdf()
HOSTILE = {
    "empty": (b"", {R.CORRUPT}),
    "blank bytes": (b"\0" * 5000, {R.CORRUPT}),
    "garbage": (bytes(range(256)) * 40, {R.UNSUPPORTED_FORMAT}),
    "text": (b"Amount due 12.50", {R.UNSUPPORTED_FORMAT}),
    "pdf header alone": (b"%PDF-1.7\n", {R.CORRUPT}),
    "pdf cut in half": (PDF[: len(PDF) // 2], DAMAGED),
    "pdf of garbage": (b"%PDF-1.7\n" + bytes(range(256)) * 40, {R.CORRUPT}),
    "pdf with a password": (
        bill_pdf(encrypt=StandardEncryption("user", "owner", strength=128)),
        {R.PASSWORD_PROTECTED},
    ),
    "10,000 pages": (many_pages_pdf(10_000), {R.TOO_MANY_PAGES}),
    "nested forms": (nested_forms_pdf(), ENDED),
    "content bomb": (content_bomb_pdf(400), ENDED),
    "pages in a loop": (loops()[0], DAMAGED | READ_OR_NOT_A_BILL),
    "form in a loop": (loops()[1], DAMAGED | READ_OR_NOT_A_BILL),
    "page of 14,400 points": (huge_page_pdf(14_400), READ_OR_NOT_A_BILL),
    "page of 2,000,000 points": (huge_page_pdf(2_000_000), READ_OR_NOT_A_BILL),
    "page without size": (one_page(stream(b""), media=b"[0 0 0 0]"), DAMAGED | READ_OR_NOT_A_BILL),
    "picture bomb in a pdf": (picture_bomb_pdf(), ENDED | READ_OR_NOT_A_BILL),
    "pixel bomb": (png_claiming(60_000, 60_000), {R.TOO_MANY_PIXELS}),
    "png with a lying size": (png_claiming(3000, 3000), {R.CORRUPT}),
    "gif of 1,000 frames": (animated_gif(), READ_OR_NOT_A_BILL),
    "cut jpeg": (encoded(bill_picture(), "JPEG")[:30_000], {R.CORRUPT}),
    "thin strip": (encoded(Image.new("L", (20_000, 16), 255), "PNG"), READ_OR_NOT_A_BILL),
}
READABLE = {
    "owner password only": bill_pdf(encrypt=StandardEncryption("", "owner", strength=128)),
    "broken cross-reference": PDF.replace(b"startxref", b"startxxxx"),
    "bytes before the header": b"junk\n" * 20 + PDF,
    "cmyk jpeg": encoded(bill_picture().convert("CMYK"), "JPEG"),
    "scan": scan_pdf([bill_picture()]),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_file_is_a_typed_outcome(name):
    data, reasons = HOSTILE[name]
    async with ReaderPool(1, LIMITS) as pool:
        resident = []

        def watch(_done, _total):
            for process in pool._processes:
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
                    resident.append(pages * mmap.PAGESIZE)

        outcome = await pool.read(data, watch)
        assert isinstance(outcome, Failure)
        assert outcome.reason in reasons, outcome
        assert outcome.detail != OUR_FAULT
        assert max(resident, default=0) < RESIDENT_BYTES_MAX

        after = await pool.read(many_pages_pdf(61), lambda _done, _total: None)
        assert isinstance(after, Failure)
        assert after.reason is R.TOO_MANY_PAGES


@pytest.mark.parametrize("name", READABLE)
def test_odd_but_honest_file_is_seen(name):
    (page,) = see(READABLE[name], lambda _done, _total: None).pages
    assert {"$187.42", "41,207", "812"} <= {word.text for word in page.words}


def test_papers_themselves_are_small():
    assert {name for name, (data, _) in HOSTILE.items() if len(data) > 3 * MIB} == set()
