"""The same bytes give the same bytes of a reading: in every process, at every number of threads, from text and from pictures."""

import asyncio
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from bench.bills.sample import write
from domain.outcome import Success
from runtime import wire
from services.parser.engine import engine_version
from services.parser.pool import ReaderPool

HOUSE = Path(__file__).resolve().parents[2]
READ_ALONE = """
import hashlib, sys
from pathlib import Path
import cv2
from runtime import wire
from services.parser.read import read
cv2.setNumThreads(int(sys.argv[1]))
for name in sys.argv[2:]:
    outcome = read(Path(name).read_bytes(), progress=lambda done, pages: None)
    print(hashlib.sha256(wire.outcome_to_proto(outcome).SerializeToString(deterministic=True)).hexdigest())
"""


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """A bill with a text layer, and a photo-like picture of its first page."""
    folder = tmp_path_factory.mktemp("papers")
    pdf = next(path for path in write(folder) if path.suffix == ".pdf")
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil().convert("L").rotate(1.1, fillcolor=240)
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=60)
    jpeg = folder / "bill.jpg"
    jpeg.write_bytes(held.getvalue())
    return pdf, jpeg


def in_a_process(papers, threads):
    """Read papers in a process with so many threads for pictures (the networks have one each), and hash what comes of it."""
    environment = {**os.environ, "PYTHONHASHSEED": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", READ_ALONE, str(threads), *map(str, papers)],
        cwd=HOUSE,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.split()


async def test_reading_is_the_same_bytes_in_every_process_and_at_every_number_of_threads(papers):
    one, other = in_a_process(papers, 1), in_a_process(papers, 4)
    async with ReaderPool(2) as pool:
        outcomes = await asyncio.gather(
            *(pool.read(path.read_bytes(), lambda _done, _total: None) for path in (*papers, *papers))
        )
    pooled = [
        hashlib.sha256(wire.outcome_to_proto(outcome).SerializeToString(deterministic=True)).hexdigest()
        for outcome in outcomes
    ]
    assert one == other
    assert pooled == [*one, *one]
    readings = [reading for outcome in outcomes if isinstance(outcome, Success) for reading in outcome.readings]
    assert len(readings) == len(outcomes)
    assert {reading.engine_version for reading in readings} == {engine_version()}
