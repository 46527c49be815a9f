"""The fields of a reading that a person may correct, by name, each read and written as text.

A name is that of a proof's field: ``new_charges``, ``meters[0].tariff``, ``charges[3].amount``; lines count from 0.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message

from domain.period import period_of
from protos.values.v1 import reading_pb2, values_pb2

_FACTS = (reading_pb2.TextFact, reading_pb2.DateFact, reading_pb2.NumberFact)
_TEXTS = ("country", "currency", "account_number", "holder", "service_address", "mailing_address", "invoice_number")
_AMOUNTS = ("previous_balance", "payments", "adjustments", "new_charges", "amount_due", "deposit")
_PLAIN = ("kind", "past_due", "auto_pay", "rebill")
WHOLE_FIELDS: Final = (
    *_PLAIN,
    "issuer.issuer_id",
    "issuer.name",
    *_TEXTS,
    "statement_date",
    "due_date",
    "period",
    *_AMOUNTS,
)
"""Fields of the whole bill."""

LINE_FIELDS: Final[dict[str, dict[str, str]]] = {
    "meters": {
        name: name
        for name in (
            "number",
            "commodity",
            "service_point_id",
            "tariff",
            "supplier",
            "period",
            "previous_read",
            "current_read",
            "multiplier",
            "therm_factor",
            "read_kind",
        )
    },
    "usages": {
        "amount": "quantity.amount",
        "unit": "quantity.unit",
        "kind": "kind",
        "commodity": "commodity",
        "period": "period",
        "label": "label",
        "meter": "meter_key",
    },
    "charges": {
        "amount": "amount",
        "kind": "kind",
        "description": "description",
        "section": "section",
        "commodity": "commodity",
        "quantity": "quantity.amount",
        "unit": "quantity.unit",
        "rate": "rate",
        "period": "period",
        "meter": "meter_key",
    },
    "history": {
        "month": "month",
        "amount": "quantity.amount",
        "unit": "quantity.unit",
        "cost": "cost",
        "commodity": "commodity",
        "period": "period",
        "estimated": "estimated",
    },
}
"""Fields of a line, by list, each with where it stands in the line's message."""

_LINE = re.compile(r"(meters|usages|charges|history)\[(0|[1-9]\d{0,3})\](?:\.([a-z_]+))?", re.ASCII)


class NoSuchField(ValueError):
    """The name is that of no field, or of a line that is not there."""


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field's name, taken apart. ``name`` is "" where a whole line is meant; ``lines`` is "" for a field of the whole bill."""

    text: str
    lines: str = ""
    line: int = -1
    name: str = ""

    @property
    def root(self) -> str:
        """What proofs that touch this field begin with."""
        return f"{self.lines}[{self.line}]" if self.lines else self.text


def field_name(text: str) -> FieldName:
    """Return a field's name, taken apart.

    Raises:
        NoSuchField: there is no such field.
    """
    if text in WHOLE_FIELDS:
        return FieldName(text)
    found = _LINE.fullmatch(text)
    if found is None or (found[3] is not None and found[3] not in LINE_FIELDS[found[1]]):
        raise NoSuchField(f"{text[:80]!r} is not a field of a bill")
    return FieldName(text, found[1], int(found[2]), found[3] or "")


def line_count(reading: reading_pb2.Reading, name: FieldName) -> int:
    """Return how many lines the field's list has."""
    return len(getattr(reading, name.lines))


def value_of(reading: reading_pb2.Reading, name: FieldName) -> str | None:
    """Return what a field says, None where it is not on the page; of a whole line, its fields in one text.

    Raises:
        NoSuchField: the line is not there.
    """
    if not name.lines:
        return _get(reading, name.text)
    lines = getattr(reading, name.lines)
    if name.line >= len(lines):
        raise NoSuchField(f"there is no {name.lines}[{name.line}]")
    line = lines[name.line]
    if name.name:
        value = _get(line, LINE_FIELDS[name.lines][name.name])
        return _line_of_meter(reading, value) if name.name == "meter" else value
    told = {field: _get(line, path) for field, path in LINE_FIELDS[name.lines].items()}
    return "; ".join(f"{field}={value}" for field, value in told.items() if value is not None)


def write_value(reading: reading_pb2.Reading, name: FieldName, value: str | None) -> None:
    """Let a field say something else; None takes it off the page, and a whole line out of its list.

    Whether the reading as a whole still holds is the caller's to check, once all fields are written.

    Raises:
        NoSuchField: the line is not there, and is not the one behind the last.
        ValueError: the value cannot be one of this field.
    """
    if not name.lines:
        _set(reading, name.text, value, reading)
        return
    lines = getattr(reading, name.lines)
    if name.line > len(lines):
        raise NoSuchField(f"there is no {name.lines}[{name.line}], and it is not the next one")
    if not name.name:
        if value is not None or name.line == len(lines):
            raise NoSuchField(f"{name.text} is a line: name a field of it, or give no value to take it out")
        _take_out(reading, name)
        return
    if name.line == len(lines):
        _begin_line(reading, name.lines)
    if name.name == "meter":
        value = _key_of_meter(reading, value)
    _set(lines[name.line], LINE_FIELDS[name.lines][name.name], value, reading)


def _begin_line(reading: reading_pb2.Reading, lines: str) -> None:
    if lines == "meters":
        used = {meter.meter_key for meter in reading.meters}
        key = next(str(number) for number in range(1, len(used) + 2) if str(number) not in used)
        reading.meters.add(meter_key=key, commodity="electricity")
    elif lines == "usages":
        reading.usages.add(kind="total", commodity="electricity", source="cited")
    elif lines == "history":
        reading.history.add(commodity="electricity", source="table")
    else:
        reading.charges.add(kind="other")


def _take_out(reading: reading_pb2.Reading, name: FieldName) -> None:
    lines = getattr(reading, name.lines)
    if name.lines == "meters":
        key = lines[name.line].meter_key
        rows: list[Any] = [*reading.usages, *reading.charges, *reading.history]
        for row in rows:
            if row.meter_key == key:
                row.meter_key = ""
    del lines[name.line]


def _line_of_meter(reading: reading_pb2.Reading, key: str | None) -> str | None:
    return next((str(at) for at, meter in enumerate(reading.meters) if meter.meter_key == key), None)


def _key_of_meter(reading: reading_pb2.Reading, line: str | None) -> str | None:
    if line is None:
        return None
    if not line.isdecimal() or int(line) >= len(reading.meters):
        raise ValueError("meter is the number of a line of meters")
    return reading.meters[int(line)].meter_key


def _get(message: Any, path: str) -> str | None:
    name, _, inner = path.partition(".")
    if message.DESCRIPTOR.fields_by_name[name].message_type is None:
        value = getattr(message, name)
        return ("true" if value else "false") if isinstance(value, bool) else value or None
    if not message.HasField(name):
        return None
    held = getattr(message, name)
    if isinstance(held, reading_pb2.Issuer):
        return _get(held, inner)
    return _told(held, inner)


def _told(held: Message, inner: str) -> str | None:
    match held:
        case reading_pb2.TextFact() | reading_pb2.DateFact() | reading_pb2.NumberFact():
            return held.value or None
        case reading_pb2.MoneyFact():
            return held.value.amount or None
        case reading_pb2.QuantityFact():
            return (held.value.unit if inner == "unit" else held.value.amount) or None
        case reading_pb2.PeriodFact():
            return _stroke(held.value)
        case values_pb2.Period():
            return _stroke(held)
        case _:
            raise TypeError(f"no text for {type(held).__name__}")


def _stroke(period: values_pb2.Period) -> str | None:
    return f"{period.start}/{period.end}" if period.start else None


def _set(message: Any, path: str, value: str | None, reading: reading_pb2.Reading) -> None:
    name, _, inner = path.partition(".")
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.message_type is None:
        setattr(message, name, _plain(field, value))
        return
    held = getattr(message, name)
    if isinstance(held, reading_pb2.Issuer):
        _set(held, inner, value, reading)
        return
    if value is None and inner != "unit":
        message.ClearField(name)
        return
    _write(held, inner, value or "", reading)
    if hasattr(held, "evidence"):
        _by_person(held.evidence, value or "")


def _plain(field: Any, value: str | None) -> Any:
    if field.type != field.TYPE_BOOL:
        return value or ""
    if value not in ("true", "false", None):
        raise ValueError(f"{field.name} is true or false")
    return value == "true"


def _write(held: Any, inner: str, value: str, reading: reading_pb2.Reading) -> None:
    if isinstance(held, _FACTS):
        held.value = value
    elif isinstance(held, reading_pb2.MoneyFact):
        held.value.amount = value
        held.value.currency = held.value.currency or _currency(reading)
    elif isinstance(held, reading_pb2.QuantityFact):
        setattr(held.value, inner, value)
    else:
        period = held.value if isinstance(held, reading_pb2.PeriodFact) else held
        days = period_of(value)
        period.start, period.end = days.start.isoformat(), days.end.isoformat()


def _currency(reading: reading_pb2.Reading) -> str:
    facts: list[Callable[[], str]] = [lambda: reading.currency.value]
    facts += [lambda name=name: getattr(reading, name).value.currency for name in _AMOUNTS]  # type: ignore[misc]
    facts += [lambda: reading.charges[0].amount.value.currency if reading.charges else ""]
    found = next((currency for fact in facts if (currency := fact())), "")
    if not found:
        raise ValueError("the bill states no currency: correct that first")
    return found


def _by_person(evidence: reading_pb2.Evidence, value: str) -> None:
    """Say that a person is behind a value; where and what was read stays."""
    evidence.page = evidence.page or 1
    evidence.text = evidence.text or value
    evidence.confidence = 1.0
    evidence.method = reading_pb2.METHOD_PERSON
