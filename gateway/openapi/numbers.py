"""What the document says of numbers worked out on request: their schemas and examples."""

from gateway.openapi.terms import ID, KWH, Schema, items, members, text, whole

HOURS: dict[str, object] = {
    "project_id": "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e",
    "profile_version": 4,
    "year": 2027,
    "interval": 60,
    "leap_day": True,
    "shape_class": "us-residential",
    "shape_version": "1",
    "shape_source": "Mean use by month, day type and hour of a default residential load.",
    "annual_energy_kwh": "11580.0000",
    "energy_kwh": ["0.9561", "0.8269", "0.7824"],
}


def number_schemas() -> dict[str, Schema]:
    """Return the schemas of numbers worked out on request."""
    return {
        "Hours": members(
            "The intervals of a year in local standard time; those of a month sum to the load profile's month exactly.",
            {
                "project_id": ID,
                "profile_version": whole("The version of the load profile that was spread."),
                "year": whole("Whose weekdays count."),
                "interval": whole("Minutes: 60, 30 or 15."),
                "leap_day": {"type": "boolean", "description": "False: 29 February is left out of a leap year."},
                "shape_class": text("Whose typical days spread the months."),
                "shape_version": text("Of the typical days."),
                "shape_source": text("Where they are from."),
                "annual_energy_kwh": KWH,
                "energy_kwh": items(
                    KWH, "From midnight of 1 January: 8760 or 8784 hours, or two or four times as many intervals."
                ),
            },
        ),
    }
