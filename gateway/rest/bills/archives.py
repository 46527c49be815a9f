"""ZIP archives of bills, from people who may mean harm: all of an archive's claims are held to limits before any of it is read.

An archive is refused whole where it has too many entries or claims to expand too far, where entries overlap (the trick of
small archives that never end), or where a name leads out of the folder; names are never used as paths all the same.
"""

import asyncio
import struct
import zipfile
import zlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from domain.refusals import BadArchive, BatchTooLarge
from runtime.filenames import DEFAULT_FILE_NAME, clean_file_name

RATIO_MAX = 200
"""Deflate makes at most 1:1032 of anything, and no more than 1:100 of the emptiest scan; checked above RATIO_FROM_BYTES."""

RATIO_FROM_BYTES = 1024 * 1024
EXPANSION_MAX = 10
"""All entries together may be so many times the limit of the archive itself."""

DIRECTORY_BYTES_PER_ENTRY = 1024
"""A directory that is longer lies about its entries or hides something in them."""

CHUNK_BYTES = 128 * 1024
_LOCAL_HEADER_BYTES = 30
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END_BYTES_MAX = _END.size + 0xFFFF
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    file_name: str
    info: zipfile.ZipInfo


def open_archive(file: IO[bytes], *, files_max: int, bytes_max: int) -> tuple[zipfile.ZipFile, Sequence[Member]]:
    """Return an archive and its files, folders and the droppings of file managers left out.

    Raises:
        BatchTooLarge: it has more entries than ``files_max``, or expands beyond ten times ``bytes_max``.
        BadArchive: it cannot be read, or is made to do harm.
    """
    _check_end(file, files_max)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, struct.error) as error:
        raise BadArchive("The body is no ZIP archive that can be read.") from error
    infos = archive.infolist()
    if len(infos) > files_max:
        raise BatchTooLarge(f"The archive has more than {files_max} entries.", limit_files=files_max)
    if sum(info.file_size for info in infos) > EXPANSION_MAX * bytes_max:
        raise BatchTooLarge("The archive expands too far.", limit_bytes=EXPANSION_MAX * bytes_max)
    for info in infos:
        _check_claims(info)
    _check_overlap(infos)
    members = [Member(_file_name(info), info) for info in infos if not _is_dropping(info)]
    return archive, members


async def member_chunks(archive: zipfile.ZipFile, member: Member) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a file, expanded beside the event loop.

    Raises:
        BadArchive: it is encrypted, packed by a method that is not taken, or damaged.
    """
    if member.info.flag_bits & _ENCRYPTED:
        raise BadArchive("The entry is encrypted.")
    if member.info.compress_type not in _METHODS:
        raise BadArchive("The entry is packed by another method than deflate.")
    try:
        entry = await asyncio.to_thread(archive.open, member.info)
        with entry:
            while chunk := await asyncio.to_thread(entry.read, CHUNK_BYTES):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BadArchive("The entry is damaged.") from error


def _check_end(file: IO[bytes], files_max: int) -> None:
    """Hold the end record's claims to the limits, before the directory is read into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES_MAX))
    tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        raise BadArchive("The body is no ZIP archive.")
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack_from(tail, at)
    if entries > files_max:
        # 0xFFFF stands for the larger form, which can have millions.
        raise BatchTooLarge(f"The archive has more than {files_max} entries.", limit_files=files_max)
    if directory_bytes > (entries + 1) * DIRECTORY_BYTES_PER_ENTRY:
        raise BadArchive("The archive's directory is longer than its entries need.")


def _check_claims(info: zipfile.ZipInfo) -> None:
    path = info.orig_filename.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":" or ".." in path.split("/") or "\0" in path:
        raise BadArchive("A name in the archive leads out of its folder.")
    expands = info.file_size > RATIO_FROM_BYTES and info.file_size > RATIO_MAX * max(1, info.compress_size)
    if expands:
        raise BadArchive("An entry of the archive expands more than any document does.", ratio_max=RATIO_MAX)


def _check_overlap(infos: Sequence[zipfile.ZipInfo]) -> None:
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            raise BadArchive("Entries of the archive overlap.")
        end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size


def _file_name(info: zipfile.ZipInfo) -> str:
    return clean_file_name(PurePosixPath(info.filename.replace("\\", "/")).name) or DEFAULT_FILE_NAME


def _is_dropping(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    return info.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts or path.name == "Thumbs.db"
