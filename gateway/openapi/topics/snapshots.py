"""Snapshots of properties, and the ratings that others gave them."""

from gateway.openapi.operation import BODY_PROBLEMS, Operation
from gateway.openapi.terms import DECIMAL, ID, Example, Schema, items, maybe, members, ref, text, whole

_PROPERTY_ID = "3b0e5c1a-7f4d-5a86-9c2e-1d8f60b7a4e3"

RATING: Example = {"rated_on": "2025-11-30", "rating": 61}

SNAPSHOTS: Example = {
    "property_id": _PROPERTY_ID,
    "factor_set": "epa-egrid-2022/1",
    "region": "US",
    "currency": "USD",
    "floor_area_sq_ft": "12000",
    "snapshots": [
        {
            "effective_month": "2026-01-01",
            "kbtus_per_sq_ft": {
                "current": "73.4344",
                "previous": "69.9487",
                "yoy_percent_change": "-0.0475",
                "change_ratio": "0.0498",
            },
            "cost_per_sq_ft": {
                "current": "1.4069",
                "previous": "1.2589",
                "yoy_percent_change": "-0.1052",
                "change_ratio": "0.1176",
            },
            "co2_per_sq_ft": {"current": "22.7956", "previous": None, "yoy_percent_change": None, "change_ratio": None},
            "energy_star_rating": 61,
            "energy_star_rated_on": "2025-11-30",
            "estimated": False,
        }
    ],
    "findings": [],
}

OPERATIONS: dict[str, Operation] = {
    "list_snapshots": Operation(
        tag="Properties",
        summary="Retrieve a property's snapshots",
        about=(
            "Energy, its cost and its carbon dioxide per square foot over the twelve months before each effective month, and "
            "over the twelve before those, newest first. Made on request from the ledger; where there is none, findings say why."
        ),
        schema="Snapshots",
        example=SNAPSHOTS,
        query=("effective_month", "factor_set", "region"),
        problems=("BAD_REQUEST", "NO_SUCH_PROPERTY"),
    ),
    "list_energy_star_ratings": Operation(
        tag="Properties",
        summary="List ENERGY STAR ratings",
        about="As they were supplied, newest first; none is ever computed here.",
        schema="EnergyStarRatings",
        example={"ratings": [RATING]},
        problems=("NO_SUCH_PROPERTY",),
    ),
    "put_energy_star_rating": Operation(
        tag="Properties",
        summary="Store the ENERGY STAR rating of a day",
        about="One of the same day is replaced. Snapshots tell the newest one dated before the end of their month.",
        schema="EnergyStarRating",
        example=RATING,
        request_schema="NewEnergyStarRating",
        request_example={"rating": 61},
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROPERTY"),
    ),
    "delete_energy_star_rating": Operation(
        tag="Properties",
        summary="Remove the ENERGY STAR rating of a day",
        status=204,
        problems=("BAD_REQUEST", "NO_SUCH_PROPERTY"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of snapshots and ratings."""
    day = text("ISO 8601.", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    rating = whole("As ENERGY STAR gave it.", minimum=1, maximum=100)
    return {
        "NewEnergyStarRating": members("A rating.", {"rating": rating}),
        "EnergyStarRating": members("A rating and its day.", {"rated_on": day, "rating": rating}),
        "EnergyStarRatings": members("All ratings.", {"ratings": items(ref("EnergyStarRating"))}),
        "Intensity": members(
            "One figure of the two windows, four decimals; null where the earlier twelve months are not all complete.",
            {
                "current": DECIMAL,
                "previous": maybe(DECIMAL),
                "yoy_percent_change": maybe(
                    {**DECIMAL, "description": "(previous - current) / current, as EnergyPrint has it."}
                ),
                "change_ratio": maybe({**DECIMAL, "description": "(current - previous) / previous."}),
            },
        ),
        "Snapshot": members(
            "A property as of a month.",
            {
                "effective_month": day,
                "kbtus_per_sq_ft": ref("Intensity"),
                "cost_per_sq_ft": maybe(ref("Intensity")),
                "co2_per_sq_ft": ref("Intensity"),
                "energy_star_rating": maybe(rating),
                "energy_star_rated_on": maybe(day),
                "estimated": {"type": "boolean", "description": "Any of the twelve months holds an estimated read."},
            },
        ),
        "SnapshotFinding": members(
            "Why there is no snapshot, or not more of them.",
            {
                "rule_id": text(enum=["no_floor_area", "no_complete_year", "not_convertible", "earlier_not_told"]),
                "sentence": text("For people."),
                "meter_id": maybe(text("The meter it is about.", format="uuid")),
            },
        ),
        "Snapshots": members(
            "A property's snapshots, newest first.",
            {
                "property_id": ID,
                "factor_set": text("Name and version of the factors."),
                "region": text("Whose electricity's carbon dioxide is counted."),
                "currency": maybe(text("Of all costs, ISO 4217.")),
                "floor_area_sq_ft": maybe({**DECIMAL, "description": "Square feet."}),
                "snapshots": items(ref("Snapshot")),
                "findings": items(ref("SnapshotFinding")),
            },
        ),
    }
