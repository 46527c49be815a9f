"""Makes texts from documents harmless to look at: markup is escaped by the templates, the rest is done here."""

import unicodedata

_SHAPELESS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (direction marks among them), surrogate, private, unassigned, line and paragraph breaks (Unicode 4.5)."""

LENGTH_MAX = 500
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and a symbol that show nothing: Hangul fillers, the empty Braille cell."""

_MARKS_MAX = 3
"""Combining marks in a row; scripts need as many (Devanagari, Hebrew), more only serve to write over other lines."""


def inert(text: object, length_max: int = LENGTH_MAX) -> str:
    """Return a text in one line, without characters that hide, move or reverse others, and no longer than may be."""
    whole = " ".join(visible("" if text is None else str(text)).split())
    return whole if len(whole) <= length_max else whole[: length_max - 1] + "…"


def visible(text: str) -> str:
    """Return a text without characters that hide, move or reverse others; each white space becomes a blank."""
    if text.isascii() and text.isprintable():
        # Most texts by far, and a page of a thousand values holds ten thousand of them.
        return text
    shown: list[str] = []
    marks = 0
    for sign in text:
        if sign.isspace():
            shown.append(" ")
            marks = 0
        elif unicodedata.category(sign)[0] == "M":
            marks += 1
            if marks <= _MARKS_MAX:
                shown.append(sign)
        elif unicodedata.category(sign) not in _SHAPELESS and sign not in _BLANK:
            shown.append(sign)
            marks = 0
    return "".join(shown)
