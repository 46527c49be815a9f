"""JSON bodies, read field by field: each has a type and a limit, and a wrong one is named to the caller."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.refusals import BadRequest

JSON_BYTES_MAX = 64 * 1024
"""No request in JSON needs more: the longest is a webhook endpoint with its list of events."""

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_NUMBER_LENGTH_MAX = 40
"""Signs of one number; a double has at most 17 digits that count."""

TEXT_LENGTH_MAX = 200
"""Of a text that stands in a list."""

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Times within which every zone can be told."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Fields:
    """The members of one JSON object; call ``end`` when all known ones are taken."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = dict(members)
        self._known: list[str] = []

    def text(self, name: str, length_max: int) -> str:
        """Take a required text of 1 to ``length_max`` characters."""
        value = self._take(name)
        if value is None:
            raise BadRequest(f"{name} is required.", field=name)
        if not isinstance(value, str) or not value.strip() or len(value) > length_max:
            raise BadRequest(f"{name} must be a text of 1 to {length_max} characters.", field=name)
        return _without_controls(name, value)

    def optional_text(self, name: str, length_max: int) -> str | None:
        """Take a text of at most ``length_max`` characters; None where it is absent or null."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > length_max:
            raise BadRequest(f"{name} must be a text of at most {length_max} characters.", field=name)
        return _without_controls(name, value)

    def member(self, name: str) -> Mapping[str, Any]:
        """Take a required object."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise BadRequest(f"{name} must be an object.", field=name)
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Take one of the choices."""
        value = self._take(name)
        if not isinstance(value, str) or value not in choices:
            raise BadRequest(f"{name} must be one of {', '.join(sorted(choices))}.", field=name)
        return value

    def choices(self, name: str, choices: Collection[str]) -> list[str] | None:
        """Take a list of choices without doubles; None where it is absent or null."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) and one in choices for one in value):
            raise BadRequest(f"{name} must be a list of {', '.join(sorted(choices))}.", field=name)
        return list(dict.fromkeys(value))

    def flag(self, name: str) -> bool | None:
        """Take true or false; None where it is absent or null."""
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false.", field=name)
        return value

    def whole_number(self, name: str, lowest: int, highest: int) -> int | None:
        """Take a whole number within bounds; None where it is absent or null."""
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise BadRequest(f"{name} must be a whole number from {lowest} to {highest}.", field=name)
        return value

    def numbers(self, name: str, count_max: int) -> list[str | None] | None:
        """Take a list of numbers, as JSON numbers or as decimal texts, or null among them; None where it is absent or null.

        Returns:
            Each number as decimal text without exponent, or None.
        """
        values = self._take(name)
        if values is None:
            return None
        if not isinstance(values, list) or len(values) > count_max:
            raise BadRequest(f"{name} must be a list of at most {count_max} numbers.", field=name)
        return [None if value is None else _number(name, value) for value in values]

    def decimal(self, name: str) -> str | None:
        """Take a number as decimal text without exponent; None where it is absent or null."""
        value = self._take(name)
        return None if value is None else _number(name, value)

    def has(self, name: str) -> bool:
        """Tell whether a member is there, whatever it holds; it stands to be taken."""
        self._known.append(name)
        return name in self._members

    def list_of_members(self, name: str, count_max: int) -> "list[Fields]":
        """Take a required list of 1 to ``count_max`` objects."""
        value = self._take(name)
        if not isinstance(value, list) or not 1 <= len(value) <= count_max:
            raise BadRequest(f"{name} must be a list of 1 to {count_max} objects.", field=name)
        if not all(isinstance(one, dict) for one in value):
            raise BadRequest(f"{name} must hold objects.", field=name)
        return [Fields(one) for one in value]

    def nested(self, name: str) -> "Fields | None":
        """Take the members of an object within; None where it is absent or null."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadRequest(f"{name} must be an object.", field=name)
        return Fields(value)

    def texts(self, name: str, count_max: int) -> list[str]:
        """Take a required list of 1 to ``count_max`` texts."""
        value = self._take(name)
        if not isinstance(value, list) or not 1 <= len(value) <= count_max:
            raise BadRequest(f"{name} must be a list of 1 to {count_max} texts.", field=name)
        if not all(isinstance(one, str) and 1 <= len(one) <= TEXT_LENGTH_MAX for one in value):
            raise BadRequest(f"{name} must hold texts of 1 to {TEXT_LENGTH_MAX} characters.", field=name)
        return [_without_controls(name, one) for one in value]

    def lists_of_texts(self, name: str, keys: Collection[str], values_max: int) -> dict[str, list[str]] | None:
        """Take an object that has, under some of ``keys``, a text or a list of texts; None where it is absent or null."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, dict) or not value.keys() <= set(keys):
            raise BadRequest(f"{name} must be an object with members among {', '.join(sorted(keys))}.", field=name)
        lists = {key: [one] if isinstance(one, str) else one for key, one in value.items()}
        for key, texts in lists.items():
            if not isinstance(texts, list) or not 1 <= len(texts) <= values_max:
                raise BadRequest(f"{name}.{key} must be a text, or a list of 1 to {values_max} texts.", field=name)
            if not all(isinstance(one, str) and 1 <= len(one) <= TEXT_LENGTH_MAX for one in texts):
                raise BadRequest(f"{name}.{key} must hold texts of 1 to {TEXT_LENGTH_MAX} characters.", field=name)
        return {key: [_without_controls(name, one) for one in texts] for key, texts in lists.items()}

    def time(self, name: str) -> datetime | None:
        """Take a time with its zone (RFC 3339); None where it is absent or null."""
        value = self._take(name)
        return None if value is None else parse_time(name, value)

    def rest(self) -> Mapping[str, Any]:
        """Take all that nobody took yet, whatever it is."""
        members, self._members = self._members, {}
        return members

    def end(self) -> None:
        """Refuse members that nobody took: a misspelt option must not be silence."""
        if self._members:
            unknown = min(self._members)[:80]
            raise BadRequest(f"{unknown!r} is not a field here; known: {', '.join(self._known)}.", field=unknown)

    def _take(self, name: str) -> Any:
        self._known.append(name)
        return self._members.pop(name, None)


def whole_of(text: str, lowest: int, highest: int) -> int | None:
    """Return the whole number from ``lowest`` (0 or more) to ``highest`` that a text is, in plain digits; None where it is none.

    Nor is a text of thousands of digits, which Python itself refuses to turn over.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(highest)):
        return None
    number = int(text)
    return number if lowest <= number <= highest else None


def parse_time(name: str, value: object) -> datetime:
    """Return the time that a field or parameter holds.

    Raises:
        BadRequest: it is no RFC 3339 date and time with a zone.
    """
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not EARLIEST <= at <= LATEST:
        raise BadRequest(f"{name} must be a time such as 2026-03-02T09:16:01Z.", field=name)
    return at


def parse_object(body: bytes) -> Fields:
    """Return the members of the JSON object in a body; an empty body is an empty object.

    Raises:
        BadRequest: it is no JSON, no object, or has a member twice.
    """
    if not body.strip():
        return Fields({})
    try:
        parsed = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body must be JSON in UTF-8.") from error
    if not isinstance(parsed, dict):
        raise BadRequest("The body must be a JSON object.")
    return Fields(parsed)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _number(name: str, value: Any) -> str:
    """Return the shortest decimal text of a JSON number; a text must be a plain decimal itself."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = format(Decimal(repr(value)), "f")
        if len(text) <= _NUMBER_LENGTH_MAX:
            return text
    elif isinstance(value, str) and len(value) <= _NUMBER_LENGTH_MAX and _DECIMAL.fullmatch(value):
        return value
    raise BadRequest(f"{name} must hold decimal numbers.", field=name)


def _without_controls(name: str, value: str) -> str:
    if _CONTROL.search(value):
        raise BadRequest(f"{name} must not hold control characters.", field=name)
    return value
