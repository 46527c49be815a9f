"""The ways to write money, numbers, dates and units, each named so that a family can declare its own."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from bench.bills.wording.words import Words

GROUPINGS = {
    "comma_dot": (",", "."),
    "dot_comma": (".", ","),
    "space_comma": (" ", ","),
    "apostrophe_dot": ("'", "."),
    "nbsp_comma": ("\u00a0", ","),
    "none_dot": ("", "."),
    "none_comma": ("", ","),
    "lakh": (",", "."),
}
UNIT_SPELLINGS = {
    "plain": {"m3": "m3", "therm": "therms", "gal": "gallons"},
    "upper": {"kWh": "KWH", "therm": "THERMS", "gal": "GAL", "kW": "KW", "m3": "M3"},
    "smc": {"m3": "Smc"},
    "trim": {"m3": "m³", "therm": "Therms", "gal": "gal", "HCF": "HCF"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """A family's habits of writing. The fields are the vocabulary of the families' ``writing`` tables."""

    dates: str = "mdy_abbr"
    money: str = "prefix"
    """``prefix`` $1.00, ``suffix`` 1,00 €, ``code_before`` EUR 1.00, ``code_after``, ``bare`` 1.00."""
    negative: str = "minus"
    """``minus`` -$1.00, ``inside`` $-1.00, ``trailing`` $1.00-, ``parens`` ($1.00), ``cr`` 1.00 CR, ``spaced`` - 1.00."""
    grouping: str = "comma_dot"
    units: str = "plain"
    group_quantities: bool = True
    months: str = "short_year"
    period: str = "dash"


class Formats:
    """Writes values the way one family does."""

    def __init__(self, convention: Convention, symbol: str, currency: str, words: Words) -> None:
        """Bind the habits to a currency and a language."""
        self.convention = convention
        self.symbol = symbol
        self.currency = currency
        self.words = words

    def number(self, value: Decimal, *, grouped: bool = True, places: int | None = None) -> str:
        """Write a number with the decimals it has, or with ``places`` of them."""
        thousands, point = GROUPINGS[self.convention.grouping]
        text = f"{abs(value):.{places}f}" if places is not None else f"{abs(value):f}"
        whole, _, fraction = text.partition(".")
        if grouped and thousands:
            whole = lakhs(whole) if self.convention.grouping == "lakh" else f"{int(whole):,}".replace(",", thousands)
        return ("-" if value < 0 else "") + whole + (point + fraction if fraction else "")

    def quantity(self, value: Decimal) -> str:
        """Write a usage or a meter read."""
        return self.number(value, grouped=self.convention.group_quantities)

    def unit(self, unit: str) -> str:
        """Spell a unit the family's way."""
        if unit == "day":
            return str(self.words.word("day")[1])
        return UNIT_SPELLINGS[self.convention.units].get(unit, unit)

    def with_unit(self, value: Decimal, unit: str) -> str:
        """Write a usage with its unit."""
        return f"{self.quantity(value)} {self.unit(unit)}"

    def rate(self, value: Decimal) -> str:
        """Write a price of one unit."""
        text = self.number(value)
        return f"{self.symbol}{text}" if self.convention.money == "prefix" else text

    def money(self, value: Decimal, *, bare: bool = False) -> str:
        """Write an amount; ``bare`` leaves the currency to a heading."""
        text = self.number(abs(value), places=2)
        style = "bare" if bare else self.convention.money
        before, after = {
            "prefix": (self.symbol, ""),
            "suffix": ("", f" {self.symbol}"),
            "code_before": (f"{self.currency} ", ""),
            "code_after": ("", f" {self.currency}"),
            "spaced": (f"{self.symbol} ", ""),
            "bare": ("", ""),
        }[style]
        if value >= 0:
            return before + text + after
        return {
            "minus": f"-{before}{text}{after}",
            "inside": f"{before}-{text}{after}",
            "trailing": f"{before}{text}-{after}",
            "parens": f"({before}{text}{after})",
            "cr": f"{before}{text}{after} CR",
            "spaced": f"- {before}{text}{after}",
        }[self.convention.negative]

    def shows_currency(self) -> bool:
        """Return whether amounts carry a currency."""
        return self.convention.money != "bare"

    def date(self, day: datetime.date) -> str:
        """Write a date."""
        short, long = self.words.months("short"), self.words.months("long")
        name, full = short[day.month - 1], long[day.month - 1]
        match self.convention.dates:
            case "mdy_slash":
                return f"{day:%m/%d/%Y}"
            case "mdy_slash_short":
                return f"{day.month}/{day.day}/{day:%y}"
            case "mdy_long":
                return f"{full} {day.day}, {day.year}"
            case "mdy_abbr":
                return f"{name} {day.day}, {day.year}"
            case "mdy_upper":
                return f"{name.upper()} {day:%d} {day.year}"
            case "mdy_apostrophe":
                return f"{name} {day.day} '{day:%y}"
            case "dmy_slash":
                return f"{day:%d/%m/%Y}"
            case "dmy_slash_short":
                return f"{day:%d/%m/%y}"
            case "dmy_dot":
                return f"{day:%d.%m.%Y}"
            case "dmy_dot_short":
                return f"{day:%d.%m.%y}"
            case "dmy_dash":
                return f"{day:%d-%m-%Y}"
            case "dmy_abbr_dash":
                return f"{day:%d}-{name}-{day.year}"
            case "dmy_abbr":
                return f"{day.day} {name} {day.year}"
            case "dmy_long":
                form = str(self.words.word("day_of_month"))
                return form.format(day=day.day, month=full, year=day.year)
            case "dmy_first":
                return f"{'1er' if day.day == 1 else day.day} {full} {day.year}"
            case "dmy_bare":
                return f"{day.day}.{day.month}.{day.year}"
            case "dmy_upper_yy":
                return f"{day:%d} {name.rstrip('.').upper()} {day:%y}"
            case "dmy_slash_abbr":
                return f"{day:%d}/{name.rstrip('.').upper()}/{day.year}"
            case "dmy_ordinal":
                return f"{day.day}{ordinal(day.day)} {full} {day.year}"
            case "md_slash":
                return f"{day:%m/%d}"
            case "md_abbr":
                return f"{name} {day.day}"
            case "mdy_slash_two":
                return f"{day:%m/%d/%y}"
            case "mdy_dash":
                return f"{day:%m-%d-%Y}"
            case "dmy_abbr_two":
                return f"{day:%d} {name} {day:%y}"
            case "iso":
                return day.isoformat()
            case unknown:
                raise ValueError(f"no such way to write a date: {unknown}")

    def period(self, first: datetime.date, last: datetime.date) -> str:
        """Write a period on one line."""
        to = str(self.words.word("to"))
        match self.convention.period:
            case "to":
                return f"{self.date(first)} {to} {self.date(last)}"
            case "tight":
                return f"{self.date(first)}-{self.date(last)}"
            case "year_once" if first.year == last.year and self.convention.dates in ("mdy_abbr", "mdy_long"):
                return f"{self.date(first).rpartition(',')[0]} - {self.date(last)}"
            case _:
                return f"{self.date(first)} - {self.date(last)}"

    def month(self, day: datetime.date) -> str:
        """Write a month in a list."""
        name, full = self.words.months("short")[day.month - 1], self.words.months("long")[day.month - 1]
        return {
            "short_year": f"{name} {day.year}",
            "short_yy": f"{name} {day:%y}",
            "apostrophe": f"{name} '{day:%y}",
            "dash_yy": f"{name}-{day:%y}",
            "numeric": f"{day:%m/%Y}",
            "numeric_yy": f"{day:%m/%y}",
            "long_year": f"{full} {day.year}",
            "upper_yy": f"{name.upper()} {day:%y}",
        }[self.convention.months]


def lakhs(whole: str) -> str:
    """Group digits the Indian way: the last three, then pairs."""
    head, tail = whole[:-3], whole[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])


def ordinal(day: int) -> str:
    """Return the English ending of an ordinal number."""
    return "th" if 10 < day % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
