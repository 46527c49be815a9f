"""Units and currencies as bills print them."""

import re
from functools import lru_cache
from types import MappingProxyType

from domain.quantity import Commodity, Unit
from services.parser.understand.lexicon import TEXTS_KEPT, table

_SPELLINGS: tuple[tuple[Unit, str], ...] = (
    (Unit.KWH, r"kwhs?|k\.?w\.?h|kilowatt[- ]?hours?|kw[- ]hrs?|kw/h|kwhr"),
    (Unit.MWH, r"mwh|megawatt[- ]?hours?"),
    (Unit.KVARH, r"k\s?varhs?|kvar[- ]?hours?|rkvah|kvahr|mvarh|kvrhs?"),
    (Unit.KVAR, r"k\s?vars?|rkva|kvrs?"),
    (Unit.KVA, r"kvas?"),
    (Unit.KW, r"kws?|kilowatts?"),
    (Unit.THERM, r"therms?|thm?s?"),
    (Unit.DEKATHERM, r"dth|dekatherms?|decatherms?|dt"),
    (Unit.MMBTU, r"mmbtus?"),
    (Unit.GJ, r"gj|gigajoules?"),
    (Unit.MJ, r"mj|megajoules?"),
    (Unit.CCF, r"ccf"),
    (Unit.MCF, r"mcf"),
    (Unit.HCF, r"hcf|hundred cubic feet|100 cubic f(?:ee)?t|100 cu\.? ?ft|100 ?cf"),
    (Unit.CUBIC_METRE, r"m3|m³|m\^3|(?:cubic|cu\.?) ?met(?:re|er)s?|cu\.? ?m|kubikmeter|cbm|smc|(?-i:mc)|scm|kl"),
    (Unit.CUBIC_METRE, r"m[eè]tres? cubes?|metros? c[uú]bicos?|metri cubi"),
    (
        Unit.KILOGALLON,
        r"kgals?|k-gal|1000 gal(?:lon)?s?|1,000 gal(?:lon)?s?|thousand gal(?:lon)?s?|tgal|kgl|th gal|000s? gal(?:lon)?s?",
    ),
    (Unit.GALLON, r"gal(?:lon)?s?|gls?"),
    (Unit.CUBIC_FOOT, r"cf|cubic feet|cu\.? ?ft"),
    (Unit.LITRE, r"lit(?:er|re)s?|ltrs?"),
)
UNIT_PATTERN = "|".join(f"(?:{pattern})" for _, pattern in _SPELLINGS)
"""Any unit, to stand in larger patterns; longer units come before the units they begin with."""

_EACH = tuple((unit, re.compile(f"(?:{pattern})$", re.IGNORECASE)) for unit, pattern in _SPELLINGS)

COMMODITY_OF = MappingProxyType(
    {
        Unit.KWH: Commodity.ELECTRICITY,
        Unit.MWH: Commodity.ELECTRICITY,
        Unit.KW: Commodity.ELECTRICITY,
        Unit.KVA: Commodity.ELECTRICITY,
        Unit.KVAR: Commodity.ELECTRICITY,
        Unit.KVARH: Commodity.ELECTRICITY,
        Unit.POWER_FACTOR: Commodity.ELECTRICITY,
        Unit.THERM: Commodity.GAS,
        Unit.DEKATHERM: Commodity.GAS,
        Unit.MMBTU: Commodity.GAS,
        Unit.MJ: Commodity.GAS,
        Unit.GJ: Commodity.GAS,
        Unit.HCF: Commodity.WATER,
        Unit.GALLON: Commodity.WATER,
        Unit.KILOGALLON: Commodity.WATER,
        Unit.LITRE: Commodity.WATER,
    }
)
"""What a unit measures where the unit alone tells; CCF, MCF, cubic feet and cubic metres need the page's words."""

ENERGY_UNITS = frozenset({Unit.KWH, Unit.MWH, Unit.THERM, Unit.DEKATHERM, Unit.MMBTU, Unit.GJ, Unit.MJ})
POWER_UNITS = frozenset({Unit.KW, Unit.KVA})
VOLUME_UNITS = frozenset(
    {Unit.CCF, Unit.MCF, Unit.HCF, Unit.CUBIC_FOOT, Unit.CUBIC_METRE, Unit.GALLON, Unit.KILOGALLON, Unit.LITRE}
)
USAGE_UNITS = ENERGY_UNITS | VOLUME_UNITS

CODES: tuple[str, ...] = tuple(sorted({country["currency"] for country in table("countries").values()}))
"""The currencies [ISO 4217] of the countries whose bills are read."""
MILLS = frozenset(country["currency"] for country in table("countries").values() if country.get("mills"))
"""Those whose amounts are printed with three decimals."""
CURRENCY_PATTERN = (
    r"(?:(?-i:RM?)|Dhs?\.?)(?=\s?\d[\d \u00a0,]*[.,]\d\d\b)|(?-i:N)(?=\d[\d,]*\.\d\d\b)"
    r"|(?-i:BD|KD|JD|R\.?O\.?)(?=\s?\d[\d,]*\.\d{3}\b)|NT\s?\$|TT\$|(?-i:N|J)\$"
    r"|US\s?\$|CA\s?\$|C\$|CAD\s?\$|AU?\$|NZ\$|R\$|HK\s?\$|S\$|S/\.?(?=\s?\d)"
    r"|\$|£|€|₹|¥|₱|₦|৳|KShs?\.?|Rs\.?"
    rf"|euros?\b|eur(?![A-Za-z])|(?-i:{'|'.join(CODES)})(?![A-Za-z])"
)
"""Any sign or code of a currency, to stand in larger patterns.

Codes are written large: ``pen`` and ``cop`` are words. An ``N`` that touches an amount is part of it, as naira is printed, but
tells no currency: it also marks lines that are not taxed, and the page names the country or prints ₦ or NGN.
"""
_CURRENCIES = MappingProxyType(
    {
        "us$": "USD", "ca$": "CAD", "c$": "CAD", "cad$": "CAD", "au$": "AUD", "a$": "AUD", "nz$": "NZD", "r$": "BRL",
        "£": "GBP", "€": "EUR", "euro": "EUR", "euros": "EUR", "₹": "INR", "rs": "INR", "rs.": "INR", "¥": "JPY",
        "r": "ZAR", "$": "$", "s/.": "PEN", "s/": "PEN", "rm": "MYR", "₦": "NGN", "dh": "AED", "dhs": "AED", "dhs.": "AED",
        "dh.": "AED", "hk$": "HKD", "s$": "SGD", "₱": "PHP", "৳": "BDT", "ksh": "KES", "kshs": "KES", "ksh.": "KES",
        "kshs.": "KES", "bd": "BHD", "kd": "KWD", "jd": "JOD", "ro": "OMR", "r.o.": "OMR", "r.o": "OMR", "nt$": "TWD",
        "tt$": "TTD", "n$": "NAD", "j$": "JMD", **{code.lower(): code for code in CODES},
    }
)  # fmt: skip


@lru_cache(TEXTS_KEPT)
def unit_of(text: str) -> Unit | None:
    """Return the unit that the whole text spells, or None."""
    trimmed = text.strip(" .,:;()")
    return next((unit for unit, pattern in _EACH if pattern.match(trimmed)), None)


def currency_of(text: str) -> str:
    """Return the ISO 4217 code of a sign, ``$`` where the sign alone does not tell the country, "" for none."""
    return _CURRENCIES.get(text.lower().replace(" ", ""), "")
