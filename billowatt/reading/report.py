"""What is told of one file to programs: one object, the same whether the bill was read or not; as JSON, or as a row of CSV."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from google.protobuf.json_format import MessageToDict

from billowatt.exits import WrongUsage
from billowatt.reading.values import doubts_of, values_of
from billowatt.terminal import SCHEMA_VERSION
from domain.outcome import Failure, Outcome
from domain.summary import merged_summary, to_json
from runtime.wire import reading_to_proto

Report = dict[str, Any]

ALWAYS = ("schema_version", "file", "path", "status", "failure")
"""Members that stand in every report, whatever fields were asked for."""

CSV_FIELDS = (
    "utility",
    "account_number",
    "invoice_number",
    "statement_date",
    "due_date",
    "billing_period_from",
    "billing_period_to",
    "currency",
    "electricity_kwh",
    "electricity_cost",
    "demand_kw",
    "gas.amount",
    "gas.unit",
    "gas.cost",
    "water.amount",
    "water.unit",
    "water.cost",
    "previous_balance",
    "payments_received",
    "new_charges_amount",
    "total_amount_due",
)
"""The columns of ``--csv`` where no fields are asked for: the flat facts of a summary."""


def report_of(name: str, path: str, outcome: Outcome) -> Report:
    """Return what is told of one file.

    ``summary`` has the flat facts, ``readings`` every value with its evidence, ``doubts`` what a person should look at; a bill
    that was not read has its ``failure`` instead, with the ``reason`` that the API gives as well.
    """
    head = {"schema_version": SCHEMA_VERSION, "file": name, "path": path}
    if isinstance(outcome, Failure):
        failure = {"reason": outcome.reason.value, "detail": outcome.detail}
        return {**head, "status": "failed", "failure": failure, "summary": None, "readings": [], "doubts": []}
    readings = [MessageToDict(reading_to_proto(one), preserving_proto_field_name=True) for one in outcome.readings]
    summary = json.loads(to_json(merged_summary(outcome.readings)), parse_float=Decimal)
    doubts = [asdict(one) for one in doubts_of(readings)]
    told = {"summary": summary, "readings": readings, "doubts": doubts}
    return {**head, "status": "succeeded", "failure": None, **told}


def json_line(report: Report, fields: Sequence[str]) -> str:
    """Return a report as one line of JSON; with ``fields`` those alone, by their names, null where the bill does not say."""
    if fields:
        report = {name: report[name] for name in ALWAYS} | {"fields": picked(report, fields)}
    return json.dumps(report, ensure_ascii=False, default=float)


def csv_line(row: Sequence[object]) -> str:
    """Return a row of CSV (RFC 4180), its end of line included; None is an empty cell, formulas are made texts."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_cell(one) for one in row])
    return out.getvalue()


def csv_head(fields: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a table of these fields."""
    return ("file", "status", "failure_reason", "doubts", *(fields or CSV_FIELDS))


def csv_row(report: Report, fields: Sequence[str]) -> tuple[object, ...]:
    """Return one file's row."""
    failure = report["failure"] or {}
    values = picked(report, fields or CSV_FIELDS)
    doubts = len(report["doubts"]) if report["status"] == "succeeded" else None
    return (report["file"], report["status"], failure.get("reason"), doubts, *values.values())


def picked(report: Report, fields: Sequence[str]) -> dict[str, Any]:
    """Return fields of a report by name: of the summary (``electricity_kwh``, ``gas.unit``), or a value's own name."""
    summary = report["summary"] or {}
    values = {one.field: one.text for one in values_of(report["readings"])}
    return {name: _picked(summary, values, name) for name in fields}


def check_fields(fields: Sequence[str]) -> None:
    """Refuse a field that no bill can have.

    Raises:
        WrongUsage: it is neither a fact of the summary nor the name of a value.
    """
    from protos.values.v1 import reading_pb2

    known = {name.partition(".")[0] for name in CSV_FIELDS} | set(_SUMMARY_LISTS)
    known |= set(reading_pb2.Reading.DESCRIPTOR.fields_by_name)
    for name in fields:
        root = name.rpartition(":")[2].partition(".")[0].partition("[")[0]
        if root not in known:
            raise WrongUsage(
                f"no bill has a field {name!r}",
                "the first column of `billowatt read FILE` names the values of a bill; docs/command.md lists the rest",
            )


_SUMMARY_LISTS = ("meters", "line_items", "usage_history", "country", "statements")


def _picked(summary: Mapping[str, Any], values: Mapping[str, str], name: str) -> Any:
    found: Any = summary
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found if found is not None else values.get(name)


def _cell(value: object) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=float)
    # A spreadsheet would run these as formulas; numbers below zero are numbers.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
