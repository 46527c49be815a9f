"""The codes of ESPI 4.0 that bills need, by our names."""

from decimal import Decimal

from gateway.exports.green_button.model import Flow, Service

SERVICE_KINDS = {
    Service.ELECTRICITY: 0,
    Service.GAS: 1,
    Service.WATER: 2,
    Service.HEAT: 4,
    Service.SEWER: 6,
}
"""ServiceKind."""

COMMODITIES = {
    Service.ELECTRICITY: 1,
    Service.GAS: 7,
    Service.WATER: 9,
    Service.HEAT: 12,
    Service.SEWER: 11,
}
"""CommodityKind: secondary metered electricity, natural gas, potable water, heating fluid, waste water."""

FLOWS = {Flow.DELIVERED: 1, Flow.RECEIVED: 19, Flow.NET: 4}
"""FlowDirectionKind."""

UNITS: dict[str, tuple[int, int]] = {
    "kWh": (72, 3),
    "MWh": (72, 6),
    "kW": (38, 3),
    "kVA": (61, 3),
    "kVAR": (63, 3),
    "kVARh": (73, 3),
    "therm": (169, 0),
    "Dth": (169, 1),
    "MMBtu": (132, 6),
    "GJ": (31, 9),
    "MJ": (31, 6),
    "m3": (42, 0),
    "cf": (119, 0),
    "CCF": (119, 2),
    "HCF": (119, 2),
    "MCF": (119, 3),
    "gal": (128, 0),
    "kgal": (128, 3),
    "L": (134, 0),
}
"""UnitSymbolKind and the power of ten of our unit in it; MCF is a thousand cubic feet."""

MULTIPLIERS = (12, 9, 6, 3, 2, 1, 0, -1, -2, -3, -6, -9, -12)
"""UnitMultiplierKind: the powers of ten that a reading may be scaled by, largest first."""

ITEM_KINDS = {
    "generation": 1,
    "delivery": 2,
    "usage": 3,
    "administrative": 4,
    "tax": 5,
    "generation credit": 6,
    "delivery credit": 7,
    "administrative credit": 8,
    "payment": 9,
    "information": 10,
}
"""ItemKind."""

CURRENCIES = {
    "USD": 840,
    "CAD": 124,
    "EUR": 978,
    "GBP": 826,
    "AUD": 36,
    "NZD": 554,
    "CHF": 756,
    "INR": 356,
    "MXN": 484,
    "BRL": 986,
    "ZAR": 710,
    "JPY": 392,
    "CLP": 152,
    "COP": 170,
    "ARS": 32,
    "PEN": 604,
    "SEK": 752,
    "NOK": 578,
    "DKK": 208,
    "PLN": 985,
    "CZK": 203,
    "HUF": 348,
    "RON": 946,
    "SGD": 702,
    "HKD": 344,
    "PHP": 608,
    "THB": 764,
    "MYR": 458,
    "AED": 784,
    "SAR": 682,
    "KES": 404,
    "NGN": 566,
}
"""ISO 4217, alphabetic to numeric."""

MONEY_SCALE = Decimal(100_000)
"""ESPI counts money in hundred-thousandths of the currency's unit."""

QUALITY_VALID, QUALITY_ESTIMATED = 19, 8
"""QualityOfReading: revenue-quality; estimated (the schema has no estimate without a method, this is its first)."""

ACCUMULATION_DELTA, ACCUMULATION_INDICATING = 4, 6
QUALIFIER_NORMAL, QUALIFIER_MAXIMUM = 12, 8
KIND_ENERGY, KIND_DEMAND, KIND_VOLUME = 12, 8, 58
VOLUMES = frozenset({"m3", "cf", "CCF", "HCF", "MCF", "gal", "kgal", "L"})
INT48_MAX = 2**47 - 1
