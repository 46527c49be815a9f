"""Sets the bills of this folder, which are pages of HTML, by a browser: a second press, with layouts of other hands.

``train/`` and ``test/`` hold ``NAME.html`` and its truth ``NAME.json``. A truth's ``picture_dpi`` makes the first page a picture
file of that resolution, as many published samples are.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
from playwright.sync_api import sync_playwright

from bench.bills.distortion import variant_of
from bench.bills.rendering import encoded, pages_of
from bench.browser import launching

HERE = Path(__file__).parent
SPLITS = ("train", "test")
FONTS = Path("/usr/share/fonts")


def printed(papers: Sequence[Path]) -> Iterator[bytes]:
    """Yield the PDF of each page of HTML; what this browser printed before is kept in the user's cache.

    Raises:
        FileNotFoundError: this machine has no Chromium.
    """
    kept = [kept_at(paper) for paper in papers]
    unprinted = {place: paper for place, paper in zip(kept, papers, strict=True) if not place.exists()}
    if unprinted:
        _print(unprinted)
    for place in kept:
        yield place.read_bytes()


def kept_at(paper: Path) -> Path:
    """Return where the print of a page is kept: another browser, other fonts or another text make another print."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    print_of = hashlib.sha256(_browser_and_fonts() + paper.read_bytes()).hexdigest()
    return folder / "billowatt" / "pages" / f"{print_of[:40]}.pdf"


@cache
def _browser_and_fonts() -> bytes:
    version = subprocess.run([launching()["executable_path"], "--version"], check=True, capture_output=True).stdout
    fonts = sorted(font.name for font in FONTS.rglob("*.[ot]t[fc]"))
    return version + "".join(fonts).encode()


def _print(papers: Mapping[Path, Path]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launching())
        page = browser.new_page()
        for place, paper in papers.items():
            page.goto(paper.resolve().as_uri())
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished = place.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(page.pdf(prefer_css_page_size=True, print_background=True))
            unfinished.replace(place)
        browser.close()


def papers_of(split: str) -> list[Path]:
    """Return the pages of a split, by name."""
    return sorted((HERE / split).glob("*.html"))


def write(folder: Path, split: str, variants: Sequence[str] = ("text",)) -> int:
    """Write the bills of a split in the wanted variants, each with its truth, and return how many files."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    papers = papers_of(split)
    count = 0
    for paper, pdf in zip(papers, printed(papers), strict=True):
        told = json.loads(paper.with_suffix(".json").read_text(encoding="utf-8"))
        name = paper.stem
        for variant in variants:
            for file_name, content in files_of(name, pdf, variant, told):
                (folder / "files" / file_name).write_bytes(content)
                count += 1
        text = json.dumps(whole(name, split, told, count_of(pdf)), indent=1, ensure_ascii=False) + "\n"
        (folder / "truth" / f"{name}.json").write_text(text, encoding="utf-8")
    return count


def count_of(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


def files_of(name: str, pdf: bytes, variant: str, told: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return the files of a variant as (file name, content); a bill that is a picture is one in place of its text."""
    dpi = told.get("picture_dpi")
    if variant == "text" and dpi:
        return [(f"{name}@picture.png", encoded(pages_of(pdf, dpi)[0], "PNG"))]
    return variant_of(name, pdf, variant)


def whole(name: str, split: str, told: dict[str, Any], pages: int) -> dict[str, Any]:
    """Return a truth with what the folder and the press know of it."""
    about = {"id": name, "kind": "bill", "family": name, "split": split, "group": "pages"}
    return {**about, **told, "pages": 1 if told.get("picture_dpi") else pages}
