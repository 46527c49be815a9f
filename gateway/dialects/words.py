"""Words that more than one vendor has in common."""

KINDS_OF_SERVICE = {
    "electricity": "electric",
    "solar_export": "electric",
    "gas": "gas",
    "water": "water",
    "sewer": "sewer",
    "heat": "heat",
}
"""Our commodities as Bayou's types of meters and UtilityAPI's service classes."""
