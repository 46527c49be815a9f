"""Exports: files of the ledger in the formats of other software."""

from gateway.openapi.operation import Operation
from gateway.openapi.terms import Schema

_WHOSE = ("project_id", "property_id", "account_id", "meter_id")
_SPAN = ("from_day", "until_day")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ABOUT = (
    "Sent as it is made, however long it is. Periods stand as bills state them to people, both days inclusive. Texts that a "
    "spreadsheet would take for a formula begin with an apostrophe in CSV."
)


def _table(summary: str, query: tuple[str, ...], problems: tuple[str, ...]) -> Operation:
    return Operation(
        tag="Exports",
        summary=summary,
        about=_ABOUT,
        media_type="text/csv",
        other_media_types=(_XLSX, "application/jsonl"),
        query=(*query, "form"),
        answer_headers=("Content-Disposition",),
        problems=("BAD_REQUEST", *problems),
    )


OPERATIONS: dict[str, Operation] = {
    "export_bills": _table("Export bills", (*_WHOSE, *_SPAN, "selection"), ()),
    "export_charges": _table("Export charges", (*_WHOSE, *_SPAN, "selection"), ()),
    "export_usages": _table("Export usages", (*_WHOSE, *_SPAN, "selection"), ()),
    "export_months": _table("Export calendar months", (), ("NO_SUCH_PROJECT",)),
    "export_load_profile": _table("Export the load profile", (), ("NO_SUCH_PROJECT", "NO_LOAD_PROFILE")),
    "export_green_button": Operation(
        tag="Exports",
        summary="Export a Green Button feed",
        about="Meters, readings and bills as an Atom feed of ESPI 4.0 resources; each day begins at midnight UTC.",
        media_type="application/atom+xml",
        query=(*_WHOSE, *_SPAN),
        answer_headers=("Content-Disposition",),
        problems=("BAD_REQUEST", "NO_SUCH_METER"),
    ),
    "export_portfolio_manager": Operation(
        tag="Exports",
        summary="Export meter data for Portfolio Manager",
        about="The bills' own periods, at most 120 records a part; `Billowatt-Unit` tells the unit of the meter.",
        media_type="application/xml",
        query=(*_SPAN, "part"),
        answer_headers=("Content-Disposition", "Link", "Billowatt-Unit"),
        problems=("BAD_REQUEST", "NO_SUCH_METER"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return no schemas: files are their formats' own."""
    return {}
