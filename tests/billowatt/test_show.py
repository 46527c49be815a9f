"""``billowatt read --show``: a picture of what was read, and nothing else changed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from billowatt.exits import Exit
from services.parser.draw.labelled import BANDS

SAMPLE = Path(__file__).parents[2] / "billowatt" / "sample" / "sample-bill.pdf"


def _read(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "billowatt", "read", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        check=False,
    )


def test_show_draws_the_pages_and_leaves_the_answer_as_it_is(tmp_path):
    picture = tmp_path / "seen.png"

    done = _read("--json", "--show", picture, SAMPLE)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["readings"]
    with Image.open(picture) as shown:
        assert shown.format == "PNG"
        assert shown.height > 2 * shown.width
        body = shown.convert("RGB").crop((0, 60, shown.width, shown.height))
    colours = {colour for _, colour in body.getcolors(1 << 24) or ()}
    assert BANDS[0].colour in colours


def test_show_leaves_no_picture_of_what_is_not_read(tmp_path):
    path, picture = tmp_path / "bill.pdf", tmp_path / "seen.png"
    path.write_bytes(b"%PDF-1.7\nnothing follows")

    done = _read("--show", picture, path)

    assert done.returncode == Exit.NOT_READ
    assert not picture.exists()


def test_show_takes_one_file(tmp_path):
    done = _read("--show", tmp_path / "seen.png", SAMPLE, SAMPLE)
    assert done.returncode == Exit.USAGE
    assert "one file" in done.stderr


def test_picture_that_cannot_be_written_is_refused_with_a_sentence(tmp_path):
    done = _read("--show", tmp_path / "nowhere" / "seen.png", SAMPLE)
    assert done.returncode == Exit.REFUSED
    assert "Traceback" not in done.stderr
