"""What a word on the page says to a field: numbers lose their signs of currency and of thousands, other words stay as they are.

``picked.js`` does the same for who has scripts; a test in a browser holds both to one table.
"""

import re

_NUMBERS = re.compile(
    r"(amount|quantity|rate|cost|balance|payments|adjustments|charges|due|deposit|read|multiplier|factor)$"
)
_PAID = re.compile(r"payments$")
"""Printed as what is taken off, and kept as what was paid."""

_TAKEN_OFF = re.compile(r"^[^0-9]*[-\u2212]|^[^0-9]*\(.*\)\s*$|[-\u2212]\s*$|CR\.?\s*$", re.IGNORECASE)
"""Signs of a negative amount in use on bills: a minus before or behind it, brackets around it, CR for credit."""

_SMALL = re.compile(r"(rate|multiplier|factor)$")
_POINTS = re.compile(r"[.,]")


def plain(text: str, field: str) -> str:
    """Return a word as a correction of a field says it: ``$1,234.50`` is 1234.50, ``1.234,5`` is 1234.5, ``(12.50)`` is -12.50.

    One point or comma with three digits behind it sets thousands apart, but for rates and factors and behind a zero.
    """
    if not _NUMBERS.search(field) or not re.search(r"[0-9]", text):
        return text
    sign = "-" if _TAKEN_OFF.search(text) and not _PAID.search(field) else ""
    digits = re.sub(r"[^0-9.,]", "", text).rstrip(".,")
    points = _POINTS.findall(digits)
    last = max(digits.rfind("."), digits.rfind(","))
    small = digits[: max(last, 0)].lstrip("0") == "" or _SMALL.search(field) is not None
    one = len(points) == 1 and (small or len(digits) - last - 1 != 3)
    decimal = one or len(set(points)) > 1
    whole = _POINTS.sub("", digits[:last] if decimal else digits)
    return sign + (f"{whole}.{digits[last + 1 :]}" if decimal else whole)
