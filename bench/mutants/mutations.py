"""Changes small files into broken ones, with a sense for structure: numbers, names and references of PDFs, headers of pictures.

Same seed and number, same bytes. Mutants stay small, whatever is duplicated.
"""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.mutants.papers import papers

MUTANT_BYTES_MAX = 256 * 1024
CHUNK_BYTES_MAX = 4096
CHANGES = (1, 1, 1, 1, 2, 2, 3, 4)
"""How many changes a file suffers: most often one, which leads further in than many do."""

WEIGHTS = {"pdf": 12, "bill": 2, "png": 3, "jpeg": 3, "gif": 1, "webp": 1}
"""How often each format is taken; bills of full size and pictures cost most."""

NUMBER = re.compile(rb"(?<![\w.#])-?\d+(?:\.\d+)?")
NAME = re.compile(rb"/[A-Za-z][A-Za-z0-9]*")
REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
WHOLE = (0, 1, -1, 2, 3, 7, 90, 255, 256, 4096, 32767, 65535, 65536, 2**31 - 1, -(2**31), 2**32, 2**63, 10**30)
NUMBERS = (*(b"%d" % value for value in WHOLE), b"0.0001", b"-0.5", b"1e9", b"99999.99999")
BIG_ENDIAN, LITTLE_ENDIAN = ">", "<"
EDGES = (0, 1, 2, 16, 127, 128, 255, 256, 1000, 7000, 32767, 32768, 65535, 2**20, 2**31 - 1, 2**31, 2**32 - 1)
PNG_MARK = b"\x89PNG\r\n\x1a\n"

Change = Callable[[bytearray, Random], bytearray]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken file: what it was made of, what was done to it, and its bytes."""

    number: int
    form: str
    changes: tuple[str, ...]
    data: bytes


def mutant(seed: int, number: int) -> Mutant:
    """Make the mutant of a number."""
    chance = Random(f"{seed}/{number}")
    form = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    data = bytearray(chance.choice(papers()[form]))
    changes = _changes_for(form)
    done = []
    for _ in range(chance.choice(CHANGES)):
        change = chance.choice(changes)
        data = change(data, chance)[:MUTANT_BYTES_MAX] or bytearray(b"\n")
        done.append(change.__name__)
    if form == "png" and chance.random() < 0.7:
        data = checksums_mended(data)
        done.append("checksums_mended")
    return Mutant(number, form, tuple(done), bytes(data))


def _changes_for(form: str) -> tuple[Change, ...]:
    anywhere: tuple[Change, ...] = (bytes_flipped, chunk_spliced, chunk_doubled, chunk_deleted, cut_short)
    if form in {"pdf", "bill"}:
        return (*anywhere, numbers_changed, numbers_changed, names_swapped, references_turned)
    return (*anywhere, header_changed, header_changed, header_changed, integer_changed)


def bytes_flipped(data: bytearray, chance: Random) -> bytearray:
    """Change up to sixteen bytes."""
    for _ in range(chance.randint(1, 16)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return data


def chunk_spliced(data: bytearray, chance: Random) -> bytearray:
    """Lay a piece of another file over this one."""
    other = chance.choice(papers()[chance.choice(list(WEIGHTS))])
    start, end = _chunk(other, chance)
    at = chance.randrange(len(data))
    data[at : at + (end - start if chance.random() < 0.5 else 0)] = other[start:end]
    return data


def chunk_doubled(data: bytearray, chance: Random) -> bytearray:
    """Repeat a piece a few times."""
    start, end = _chunk(data, chance)
    data[end:end] = data[start:end] * chance.choice((1, 1, 2, 8))
    return data


def chunk_deleted(data: bytearray, chance: Random) -> bytearray:
    """Take a piece out."""
    start, end = _chunk(data, chance)
    del data[start:end]
    return data


def cut_short(data: bytearray, chance: Random) -> bytearray:
    """Lose the end, most often a little of it."""
    keep = chance.random() if chance.random() < 0.3 else 1 - chance.random() ** 3 * 0.5
    return data[: max(1, int(len(data) * keep))]


def numbers_changed(data: bytearray, chance: Random) -> bytearray:
    """Put other numbers in the place of a few."""
    found = list(NUMBER.finditer(bytes(data)))
    for match in sorted(chance.sample(found, min(len(found), chance.randint(1, 6))), key=lambda match: -match.start()):
        data[match.start() : match.end()] = chance.choice(NUMBERS)
    return data


def names_swapped(data: bytearray, chance: Random) -> bytearray:
    """Put names of the file in each other's place."""
    found = list(NAME.finditer(bytes(data)))
    for match in sorted(chance.sample(found, min(len(found), chance.randint(1, 3))), key=lambda match: -match.start()):
        data[match.start() : match.end()] = chance.choice(found).group()
    return data


def references_turned(data: bytearray, chance: Random) -> bytearray:
    """Let references point at other objects, their own holders among them."""
    found = list(REFERENCE.finditer(bytes(data)))
    for match in sorted(chance.sample(found, min(len(found), chance.randint(1, 3))), key=lambda match: -match.start()):
        data[match.start() : match.end()] = b"%d 0 R" % chance.randint(0, len(found) + 2)
    return data


def header_changed(data: bytearray, chance: Random) -> bytearray:
    """Change an integer where a picture's header keeps its sizes."""
    places = [range(4, min(len(data), 64))]
    start = 2
    while data[:2] == b"\xff\xd8" and start + 4 < len(data) and data[start] == 0xFF:  # the segments of a JPEG
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        places.append(range(start + 1, min(len(data), start + 4 + min(length, 24))))
        start += 2 + max(length, 2)
    place = chance.choice(places)
    return _integer_put(data, chance.choice(place), chance) if place else data


def integer_changed(data: bytearray, chance: Random) -> bytearray:
    """Change an integer anywhere."""
    return _integer_put(data, chance.randrange(len(data)), chance)


def checksums_mended(data: bytearray) -> bytearray:
    """Make the checksums of a PNG's chunks true again, so that what was changed is not refused for them alone."""
    at = len(PNG_MARK)
    while data.startswith(PNG_MARK) and at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return data


def _integer_put(data: bytearray, at: int, chance: Random) -> bytearray:
    size, code = chance.choice(((1, "B"), (2, "H"), (2, "H"), (4, "I")))
    value = chance.choice(EDGES) if chance.random() < 0.6 else chance.randrange(1 << 32)
    data[at : at + size] = struct.pack(chance.choice((BIG_ENDIAN, LITTLE_ENDIAN)) + code, value % (1 << 8 * size))
    return data


def _chunk(data: bytes | bytearray, chance: Random) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.randint(1, chance.choice((8, 64, 512, CHUNK_BYTES_MAX))))
