"""``billowatt export``: what the service exports, to a file that is whole or not there, or to standard output."""

import sys
from collections.abc import Mapping
from pathlib import Path

from billowatt.exits import WrongUsage
from billowatt.terminal import Talk
from billowatt_client import Client, Export

BINARY = ("application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def export(client: Client, talk: Talk, path: str, query: Mapping[str, str], out: Path | None) -> None:
    """Export what stands at a path; parts that follow go to files beside ``out``, numbered from 2.

    Raises:
        WrongUsage: a binary form would go to a terminal, or several parts to standard output.
    """
    number = 1
    with client.export(path, **query) as first:
        _save(talk, first, _numbered(out, number))
        following = first.next_path
    while following:
        number += 1
        if out is None:
            raise WrongUsage("there are more parts than one", "-o FILE writes each to a file; or name one with --part")
        with client.export(following) as part:
            _save(talk, part, _numbered(out, number))
            following = part.next_path


def _numbered(out: Path | None, number: int) -> Path | None:
    return out if out is None or number == 1 else out.with_stem(f"{out.stem}-{number}")


def _save(talk: Talk, export: Export, out: Path | None) -> None:
    if out is None:
        if sys.stdout.isatty() and export.content_type.partition(";")[0] in BINARY:
            raise WrongUsage("this form is no text, and standard output is a terminal", f"-o {export.file_name}")
        for piece in export.pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    unfinished = out.with_name(f".{out.name}.part")
    written = 0
    try:
        with talk.progress() as progress, progress.begin(out.name) as steps, unfinished.open("wb") as file:
            for piece in export.pieces:
                file.write(piece)
                written += len(piece)
                steps(written, export.size_bytes or 0)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    talk.say(f"wrote      {out}, {written:,} bytes")
