"""Peers from PyPI, for text PDFs: kreuzberg, which ``make setup`` installs for this, and invoice2data where somebody has it.

kreuzberg gives text, on which the naive reader's expressions are run; invoice2data gets a template with the same expressions,
since it reads nothing without one.
"""

import importlib.util
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.readers.cases import Answer
from bench.readers.naive import DATE_FIELDS, MONEY_FIELDS, TEXT_FIELDS, cpu_seconds, day_of, fields_of

Reader = Callable[[Path], Answer]


def installed() -> dict[str, Reader]:
    """Return the peers that can be run here, by name."""
    found: dict[str, Reader] = {}
    if importlib.util.find_spec("kreuzberg"):
        found["kreuzberg"] = with_kreuzberg
    if importlib.util.find_spec("invoice2data") and importlib.util.find_spec("pdfminer"):
        found["invoice2data"] = partial(with_invoice2data, invoice2data_templates())
    return found


def with_kreuzberg(path: Path) -> Answer:
    """Let kreuzberg extract the text."""
    kreuzberg: Any = importlib.import_module("kreuzberg")
    start = cpu_seconds()
    text = str(kreuzberg.extract_file_sync(str(path)).content)
    return Answer(fields_of(text), cpu_seconds() - start)


def invoice2data_templates() -> Any:
    """Return one template that fits any document and holds the naive expressions."""
    loader: Any = importlib.import_module("invoice2data.extract.loader")
    fields = {**TEXT_FIELDS, **DATE_FIELDS, **MONEY_FIELDS}
    rows = "".join(f"  {key}:\n    parser: regex\n    regex: '(?i){pattern}'\n" for key, pattern in fields.items())
    static = "  amount:\n    parser: static\n    value: 1\n"
    text = f"issuer: any\nkeywords:\n  - 'e'\nrequired_fields:\n  - amount\nfields:\n{static}{rows}"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "any.yml").write_text(text, encoding="utf-8")
        return loader.read_templates(folder)


def with_invoice2data(templates: Any, path: Path) -> Answer:
    """Let invoice2data extract text and fields."""
    invoice2data: Any = importlib.import_module("invoice2data")
    pdfminer: Any = importlib.import_module("invoice2data.input.pdfminer_wrapper")
    start = cpu_seconds()
    got = invoice2data.extract_data(str(path), templates=templates, input_module=pdfminer) or {}
    asked = {**TEXT_FIELDS, **DATE_FIELDS, **MONEY_FIELDS}.keys() & got.keys()
    summary = {key: str(got[key][0] if isinstance(got[key], list) else got[key]) for key in asked}
    for key in DATE_FIELDS:
        summary[key] = day_of(summary.get(key, "")) or ""
    for key in MONEY_FIELDS:
        summary[key] = summary.get(key, "").replace(",", "")
    return Answer(summary, cpu_seconds() - start)
