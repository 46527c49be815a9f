"""File names as people send and receive them: RFC 6266 Content-Disposition, read and written without trusting it.

A name is metadata that a person will see again; it never becomes a key or a path here. Still it leaves this module such
that using it as one would do no harm: one segment, nothing invisible, nothing that turns the reading direction.
"""

import re
import unicodedata
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from domain.refusals import BadHeader

DEFAULT_FILE_NAME = "bill"
"""Given when nothing of a name survives cleaning."""

FILE_NAME_BYTES_MAX = 255
"""What common file systems allow for one name, in UTF-8."""

HEADER_LENGTH_MAX = 8192
"""Far above any honest name: 255 bytes, each percent-encoded, twice."""

_SUFFIX_BYTES_MAX = 16
"""An ending up to this long survives the shortening of its name."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"[ \t]*({_TOKEN})[ \t]*(?=;|\Z)")
_PARAMETER = re.compile(
    rf';[ \t]*(?:({_TOKEN})[ \t]*=[ \t]*(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")[ \t]*)?(?=;|\Z)', re.DOTALL
)
_EXTENDED = re.compile(r"([!#$%&+^_`{}~0-9A-Za-z-]+)'([A-Za-z0-9-]*)'((?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})*)")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\")

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_EDGES = "." + "".join(character for character in map(chr, range(0x3001)) if character.isspace())
_FALLBACK_LOSES = frozenset('"\\/%')
_ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~"


def file_name_from_header(header: str | None, default: str = DEFAULT_FILE_NAME) -> str | None:
    """Return the cleaned file name of a Content-Disposition header, or None when there is no header or no name in it.

    ``filename*`` (RFC 8187, percent-decoded once) wins over ``filename``, unless it is in a charset that the RFC does not
    ask for and ``filename`` stands beside it. Raises ``BadHeader`` when the header is not of RFC 6266's grammar.
    """
    if header is None:
        return None
    parameters = _parameters(header)
    plain, extended = parameters.get("filename"), parameters.get("filename*")
    if extended is not None:
        decoded = _decoded(extended, may_pass=plain is not None)
        if decoded is not None:
            return clean_file_name(decoded, default)
    return None if plain is None else clean_file_name(plain, default)


def clean_file_name(name: str, default: str = DEFAULT_FILE_NAME) -> str:
    """Return the last path part of a name without invisible characters, in NFC, at most 255 bytes of UTF-8."""
    seen = "".join(
        character
        for character in name
        if character not in _BIDI_CONTROLS and unicodedata.category(character) not in _UNSEEN_CATEGORIES
    )
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", seen))[-1].strip(_EDGES)
    return _shortened(last) or default


def content_disposition(kind: Literal["attachment", "inline"], file_name: str) -> str:
    """Return the header under which a file is sent: an ASCII name for old clients, and the true one beside it."""
    name = clean_file_name(file_name)
    decomposed = unicodedata.normalize("NFKD", name)
    fallback = "".join(
        character if " " <= character <= "~" and character not in _FALLBACK_LOSES else "_"
        for character in decomposed
        if not unicodedata.combining(character)
    )
    header = f'{kind}; filename="{fallback}"'
    return header if fallback == name else f"{header}; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE_CHARACTERS)}"


def _parameters(header: str) -> dict[str, str]:
    if len(header) > HEADER_LENGTH_MAX:
        raise BadHeader("The Content-Disposition header is too long.", length_max=HEADER_LENGTH_MAX)
    found = _TYPE.match(header)
    if found is None:
        raise BadHeader('The Content-Disposition header must start with a type, as in: attachment; filename="bill.pdf"')
    parameters: dict[str, str] = {}
    while found.end() < len(header):
        found = _PARAMETER.match(header, found.end())
        if found is None:
            raise BadHeader('A parameter of the Content-Disposition header is not of the form name="value".')
        name, token, quoted = found.groups()
        if name is None:
            continue
        if name.lower() in parameters:
            raise BadHeader(
                "A parameter of the Content-Disposition header is given twice.", parameter=name.lower()[:80]
            )
        parameters[name.lower()] = token if quoted is None else _unquoted(quoted)
    return parameters


def _unquoted(quoted: str) -> str:
    # Old Windows clients send their path unescaped; taken by the letter its separators would vanish into the name.
    if _WINDOWS_PATH.match(quoted):
        return quoted.replace('\\"', '"')
    return _QUOTED_PAIR.sub(r"\1", quoted)


def _decoded(extended: str, *, may_pass: bool) -> str | None:
    """Decode an RFC 8187 value; None for a foreign charset that ``may_pass``."""
    found = _EXTENDED.fullmatch(extended)
    if found is None:
        raise BadHeader("filename* of the Content-Disposition header must read UTF-8''percent-encoded.")
    charset, _, value = found.groups()
    match charset.upper():
        case "UTF-8":
            try:
                return unquote_to_bytes(value).decode()
            except UnicodeDecodeError as broken:
                raise BadHeader("filename* of the Content-Disposition header is not valid UTF-8.") from broken
        case "ISO-8859-1":
            return unquote_to_bytes(value).decode("latin-1")
        case _:
            if may_pass:
                return None
            raise BadHeader("filename* of the Content-Disposition header must be in UTF-8.")


def _shortened(name: str) -> str:
    if len(name.encode()) <= FILE_NAME_BYTES_MAX:
        return name
    stem, dot, suffix = name.rpartition(".")
    ending = (dot + suffix).encode()
    if not stem or len(ending) > _SUFFIX_BYTES_MAX:
        stem, ending = name, b""
    kept = stem.encode()[: FILE_NAME_BYTES_MAX - len(ending)].decode(errors="ignore")
    return kept.rstrip(_EDGES) + ending.decode()
