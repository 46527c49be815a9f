"""What a reader is given and what it gives back, the same for every reader."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}


@dataclass(frozen=True, slots=True)
class Case:
    """One file with the truth of what it prints. ``variant`` is ``text`` for the file as made."""

    path: Path
    variant: str
    truth: dict[str, Any]

    @property
    def pages(self) -> int:
        """How many pages the file has."""
        return 1 if self.path.suffix in PICTURES else int(self.truth.get("pages") or 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader made of a file.

    ``summary`` is empty where the reader found no bill; ``confidences`` are by path into the summary; ``cpu_seconds`` counts the
    reader and the programs it starts; ``rss_mib`` is the peak of its process.
    """

    summary: dict[str, Any]
    cpu_seconds: float
    confidences: dict[tuple[str | int, ...], float] = field(default_factory=dict)
    rss_mib: float = 0.0
    note: str = ""


def cases_in(folder: Path) -> Iterator[Case]:
    """Yield the cases of a folder with ``files/`` and ``truth/``; ``NAME@VARIANT.EXT`` belongs to truth ``NAME``."""
    truths = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "truth").glob("*.json"))
    }
    for path in sorted((folder / "files").iterdir()):
        name, _, variant = path.stem.partition("@")
        if name in truths:
            if not variant:
                variant = "text" if truths[name].get("has_text_layer", True) else "picture"
            yield Case(path, variant, truths[name])
