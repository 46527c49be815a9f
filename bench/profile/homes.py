"""Homes with a known year of electricity, to test the filling rule on: invented ones, and the public series kept for the tests.

An invented home uses a base, lights that follow the dark, cooling and heating by degree days, a week or two of absence, and a
noise of its own from month to month. Climates are sinusoids of monthly mean temperatures near those of American cities.
"""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from domain.period import Period
from services.profile.load.filling import DAYS_IN_MONTH
from services.profile.months.calendarise import MeterPeriod, calendarise

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "profile" / "golden" / "opendsm.json"

BALANCE_F = 65.0

WEATHERLESS_SHARE = 0.85
"""Of the least day of a home that does little but cool and heat, so much is taken out."""


@dataclass(frozen=True, slots=True)
class Climate:
    """Monthly mean temperature [degrees Fahrenheit]: the year's mean, and how far July stands above it."""

    name: str
    mean_f: float
    swing_f: float


CLIMATES = (
    Climate("cold", 46, 27),
    Climate("mixed", 56, 23),
    Climate("hot and humid", 69, 15),
    Climate("desert", 74, 20),
    Climate("marine", 55, 9),
)


@dataclass(frozen=True, slots=True)
class Home:
    """A home's energies of 24 months [kWh], the first one a January."""

    name: str
    months: tuple[float, ...]


def invented_homes(count: int, seed: int = 1) -> Iterator[Home]:
    """Yield invented homes of every climate in turn; about a third heat with electricity, more of them where it is hot.

    These shares are an assumption, near what American surveys say of main heating fuels.
    """
    dice = random.Random(seed)
    for number in range(count):
        climate = CLIMATES[number % len(CLIMATES)]
        electric_heat = dice.random() < (0.15 if climate.mean_f < 50 else 0.25 if climate.mean_f < 60 else 0.55)
        yield Home(
            f"{climate.name}{', electric heat' if electric_heat else ''}", tuple(_months(climate, electric_heat, dice))
        )


def conditioned_homes(count: int, seed: int = 1) -> Iterator[Home]:
    """Yield invented homes that do little but cool and heat: most of what is used whatever the weather is taken out."""
    dice = random.Random(seed)
    for number in range(count):
        climate = CLIMATES[number % len(CLIMATES)]
        months = list(_months(climate, dice.random() < 0.5, dice))
        always = WEATHERLESS_SHARE * min(energy / DAYS_IN_MONTH[at % 12] for at, energy in enumerate(months))
        rest = (energy - always * DAYS_IN_MONTH[at % 12] for at, energy in enumerate(months))
        yield Home(f"{climate.name}, little but cooling and heating", tuple(rest))


def public_homes() -> Iterator[Home]:
    """Yield the two electricity series of opendsm's samples by calendar month, from their first January on."""
    for case in json.loads(GOLDEN.read_text())["cases"]:
        if (
            not case["name"].startswith("il-electricity")
            or "monthly" not in case["name"]
            or case["zone"] != "Etc/GMT+6"
        ):
            continue
        if "bimonthly" in case["name"]:
            continue
        periods = [
            MeterPeriod(Period(date.fromisoformat(start), date.fromisoformat(end)), Decimal(value))
            for start, end, value in case["periods"]
        ]
        months = [float(one.amount) for one in calendarise(periods) if one.month >= date(2016, 1, 1)]
        yield Home(case["name"].removesuffix("-billing_monthly"), tuple(months[:24]))


def _months(climate: Climate, electric_heat: bool, dice: random.Random) -> Iterator[float]:
    base = dice.lognormvariate(math.log(12), 0.35)
    dark = dice.uniform(0.0, 0.2)
    cooling = dice.lognormvariate(math.log(0.9), 0.5) if dice.random() < 0.88 else 0.0
    heating = dice.lognormvariate(math.log(1.0), 0.4) if electric_heat else dice.uniform(0.0, 0.12)
    away = dice.randrange(24) if dice.random() < 0.5 else -1
    for at in range(24):
        angle = 2 * math.pi * (at % 12 - 6.5) / 12
        temperature = climate.mean_f + climate.swing_f * math.cos(angle) + dice.gauss(0, 2.5)
        # A month's days lie around its mean, so mild months still cool and heat a little.
        cool = _degree_days(temperature - BALANCE_F)
        heat = _degree_days(BALANCE_F - 3 - temperature)
        per_day = base * (1 - dark * math.cos(angle)) + cooling * cool + heating * heat
        per_day *= dice.lognormvariate(0, 0.07)
        days = DAYS_IN_MONTH[at % 12]
        yield per_day * (days - (dice.randint(5, 12) if at == away else 0))


def _degree_days(above: float, spread: float = 7.0) -> float:
    """Return the mean of max(0, x) over days that are normally distributed around ``above`` [degrees a day]."""
    z = above / spread
    return above * 0.5 * (1 + math.erf(z / math.sqrt(2))) + spread * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
