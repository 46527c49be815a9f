"""Tariff hours: which hours of which days a tariff calls on peak, mid peak, off peak and super off peak, as data with its source.

Each tariff is a JSON file in this folder or in one of the operator's. A bill's time-of-use rows are laid over these hours; where
a tariff is not here its hours are not guessed. Tariffs go by the clock on the wall, the hours of a profile by standard time, so
a tariff says by which law its clocks are put forward in summer.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from services.profile.ledger.numbers import normalised

SLOTS_A_DAY = 96
"""Bounds of a period lie on a quarter of an hour."""
SLOTS_AN_HOUR = 4
SATURDAY = 5
PRINTED_MAX = 200
"""So many characters of a printed tariff are looked at: more than any name has."""
_DASHES = str.maketrans(dict.fromkeys("\u00ad\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"))
"""Signs that print as a stroke does; a name is held together by any."""
_BETWEEN_WORDS = re.compile(r"[^\w.-]+|-(?!\w)|(?<!\w)-")
"""Blanks and signs; a stroke only where it stands by itself."""


class Peak(StrEnum):
    """A period of a tariff's day."""

    ON = "on_peak"
    MID = "mid_peak"
    OFF = "off_peak"
    SUPER_OFF = "super_off_peak"


class Days(StrEnum):
    """Which days a rule is of; holidays count as weekends."""

    EVERY = "every"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"


@dataclass(frozen=True, slots=True)
class PeriodRule:
    """Quarters of an hour by the clock, from ``first`` up to ``after``, of some days of some months (1-12)."""

    peak: Peak
    months: frozenset[int]
    days: Days
    first: int
    after: int

    def holds(self, month: int, slot: int, *, weekend: bool) -> bool:
        """Tell whether a quarter of an hour belongs to the period."""
        of_day = self.days is Days.EVERY or (self.days is Days.WEEKENDS) is weekend
        return of_day and self.first <= slot < self.after and month in self.months


@dataclass(frozen=True, slots=True, eq=False)
class TariffHours:
    """The hours of a tariff. Of the rules the first that holds counts; some rule holds at any time.

    Compared by identity: a year asks for its days a thousand times, and hashing all rules each time would take most of it.

    ``issuers`` and ``tariffs`` say which bills it is of: those of one of the issuers whose printed tariff has one of the names
    among its words. ``holidays`` are dates that count as weekends.
    """

    name: str
    version: str
    source: str
    issuers: frozenset[str]
    tariffs: tuple[str, ...]
    daylight: str
    holidays: frozenset[date]
    rules: tuple[PeriodRule, ...]

    def __post_init__(self) -> None:
        """Refuse what leaves a time without period.

        Raises:
            ValueError: with the first such time; or there is no such law of summer time.
        """
        if self.daylight not in _DAYLIGHT:
            raise ValueError(f"tariff hours {self.name}: daylight is one of {', '.join(sorted(_DAYLIGHT))}")
        for month in range(1, 13):
            for weekend in (False, True):
                for slot in range(SLOTS_A_DAY):
                    self.peak_at(month, slot, weekend=weekend)

    @property
    def label(self) -> str:
        """Name and version in one word."""
        return f"{self.name}/{self.version}"

    @property
    def whole_hours(self) -> bool:
        """Whether every period starts and ends on the hour."""
        return all(rule.first % SLOTS_AN_HOUR == rule.after % SLOTS_AN_HOUR == 0 for rule in self.rules)

    def peak_at(self, month: int, slot: int, *, weekend: bool) -> Peak:
        """Return the period of a quarter of an hour by the clock.

        Raises:
            ValueError: no rule holds.
        """
        for rule in self.rules:
            if rule.holds(month, slot, weekend=weekend):
                return rule.peak
        kind = "weekend" if weekend else "weekday"
        clock = f"{slot // SLOTS_AN_HOUR:02}:{slot % SLOTS_AN_HOUR * 15:02}"
        raise ValueError(f"tariff hours {self.name}: no period for {clock} of a {kind} of month {month}")

    def peaks_of(self, day: date) -> tuple[Peak, ...]:
        """Return the periods of a day's quarters of an hour in standard time."""
        summer = _DAYLIGHT[self.daylight](day.year)
        today = self._by_clock(day)
        if summer is None or not summer[0] <= day <= summer[1]:
            return today
        # Put forward at two on the first day, back at two on the last; what a summer's clock calls midnight was eleven.
        ahead = (*today[SLOTS_AN_HOUR:], *self._by_clock(day + timedelta(days=1))[:SLOTS_AN_HOUR])
        if day == summer[0]:
            return (*today[: 2 * SLOTS_AN_HOUR], *ahead[2 * SLOTS_AN_HOUR :])
        return (*ahead[:SLOTS_AN_HOUR], *today[SLOTS_AN_HOUR:]) if day == summer[1] else ahead

    def _by_clock(self, day: date) -> tuple[Peak, ...]:
        return _clock_day(self, day.month, weekend=day.weekday() >= SATURDAY or day in self.holidays)


@lru_cache(maxsize=1024)
def _clock_day(hours: TariffHours, month: int, *, weekend: bool) -> tuple[Peak, ...]:
    return tuple(hours.peak_at(month, slot, weekend=weekend) for slot in range(SLOTS_A_DAY))


def fitting(known: Mapping[str, TariffHours], issuer_id: str, tariff: str) -> TariffHours | None:
    """Return the hours of the tariff that a bill of an issuer prints, None where they are not known.

    A name stands among the printed words, whole: ``E-TOU-C`` in ``E-TOU-C NEM2`` and in ``Rate E TOU C``, not in ``E-TOU-CX`` or
    ``E-TOU-C-2``, whose hours are others. Of several that fit the longest counts.
    """
    printed = _runs(tariff)
    fits = [
        (len(normalised(name)), hours.name, hours)
        for hours in known.values()
        if issuer_id in hours.issuers
        for name in hours.tariffs
        if normalised(name) in printed
    ]
    return max(fits, key=lambda one: one[:2])[2] if fits else None


def _runs(tariff: str) -> frozenset[str]:
    """Return every run of a printed tariff's words, written together; a stroke parts no words."""
    words = [normalised(word) for word in _BETWEEN_WORDS.split(tariff[:PRINTED_MAX].translate(_DASHES))]
    return frozenset(
        "".join(words[first:after]) for first in range(len(words)) for after in range(first + 1, len(words) + 1)
    )


def packaged_tariffs(further: Sequence[TariffHours] = ()) -> dict[str, TariffHours]:
    """Read the tariffs that come with this package, by name; ``further`` ones go before them where they have the same."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda one: one.name)
    packaged = [tariff_hours_of(file.read_text("utf-8")) for file in files if file.name.endswith(".json")]
    return {hours.name: hours for hours in (*packaged, *further)}


def tariff_hours_of(text: str) -> TariffHours:
    """Return the tariff hours that a JSON document describes.

    Raises:
        ValueError: the document or its values are none.
        KeyError: a field is missing.
    """
    document = json.loads(text)
    tariffs = tuple(document["tariffs"])
    if not all(normalised(name) for name in tariffs):
        raise ValueError("a tariff's name has letters or digits")
    return TariffHours(
        name=document["name"],
        version=document["version"],
        source=document["source"],
        issuers=frozenset(document["issuers"]),
        tariffs=tariffs,
        daylight=document["daylight"],
        holidays=frozenset(date.fromisoformat(day) for day in document.get("holidays", ())),
        rules=tuple(_rule(one) for one in document["periods"]),
    )


def _rule(one: Mapping[str, Any]) -> PeriodRule:
    first, after = _slot(one.get("from", "00:00")), _slot(one.get("until", "24:00"))
    months = frozenset(one.get("months", range(1, 13)))
    if first >= after or not months or not months <= set(range(1, 13)):
        raise ValueError("a period starts before it ends, within one day, in months 1 to 12; across midnight it is two")
    return PeriodRule(Peak(one["period"]), months, Days(one.get("days", "every")), first, after)


def _slot(clock: str) -> int:
    hours, minutes = clock.split(":")
    slot, rest = divmod(int(hours) * 60 + int(minutes), 15)
    if rest or not 0 <= slot <= SLOTS_A_DAY or not 0 <= int(minutes) < 60:
        raise ValueError(f"a quarter of an hour from 00:00 to 24:00, not {clock}")
    return slot


def _american_summer(year: int) -> tuple[date, date]:
    """Second Sunday of March to first Sunday of November (15 U.S.C. 260a), as the law stands since 2007."""
    return _sunday(date(year, 3, 8)), _sunday(date(year, 11, 1))


def _european_summer(year: int) -> tuple[date, date]:
    """Last Sunday of March to last Sunday of October (Directive 2000/84/EC); the hour of the change is taken for two o'clock."""
    return _sunday(date(year, 3, 25)), _sunday(date(year, 10, 25))


def _sunday(earliest: date) -> date:
    return earliest + timedelta(days=6 - earliest.weekday())


_DAYLIGHT: Mapping[str, Callable[[int], tuple[date, date] | None]] = {
    "us": _american_summer,
    "eu": _european_summer,
    "none": lambda _: None,
}
