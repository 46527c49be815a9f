"""How far the filling rule errs by months observed, beside flat and seasonal filling, and how often the published band holds."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from bench.profile.homes import Home, conditioned_homes, invented_homes, public_homes
from services.profile.load.filling import DAYS_IN_MONTH, fill
from services.profile.load.profile import band_percent, is_uneven
from services.profile.load.shapes import Shape, packaged_shapes

OBSERVED = (1, 2, 3, 4, 6, 9, 11)
Known = dict[int, float]
Rule = Callable[[Known], float]
"""From known months (1-12, kWh) to the energy of the year [kWh]."""


def measure_filling(homes: int) -> dict[str, float]:
    """Print errors by months observed and return the figures that a promise is made of."""
    shape = packaged_shapes().for_country("US")
    rules: dict[str, Rule] = {
        "ours": ours_of_the_united_states(),
        "flat": _flat,
        "seasonal": lambda known: _seasonal(known, shape),
    }
    figures: dict[str, float] = {"homes": homes}
    groups = {
        "": ("invented homes", list(invented_homes(homes))),
        "conditioned_": ("invented homes that do little but cool and heat", list(conditioned_homes(homes // 5))),
        "public_": ("opendsm's electricity samples", list(public_homes())),
    }
    for kind, (name, group) in groups.items():
        print(f"{name}: error of the year's energy, mean and 90th percentile [%], by months observed")
        print(
            f"  {'months':>6} "
            + " ".join(f"{rule:>16}" for rule in rules)
            + "   band  holds; uneven: band  holds      of"
        )
        for count in OBSERVED:
            errors = {rule: sorted(year_errors(group, count, of)) for rule, of in rules.items()}
            seen = list(band_views(group, count, shape))
            told = " ".join(f"{_mean(found):8.1f} {_percentile(found, 0.9):7.1f}" for found in errors.values())
            even, uneven = ([view.holds for view in seen if view.uneven is which] for which in (False, True))
            print(
                f"  {count:>6} {told}   {band_percent(count):>4}  {_share(even)}         "
                f"{band_percent(count, uneven=True):>4}  {_share(uneven)}  {len(uneven)}/{len(seen)}"
            )
            figures[f"{kind}band_holds_{count}"] = round(_mean([view.holds for view in seen]), 3)
            if uneven:
                figures[f"{kind}uneven_band_holds_{count}"] = round(_mean(uneven), 3)
            if not kind:
                figures[f"fill_error_{count}"] = round(_mean(errors["ours"]), 1)
                figures[f"flat_error_{count}"] = round(_mean(errors["flat"]), 1)
                figures[f"seasonal_error_{count}"] = round(_mean(errors["seasonal"]), 1)
    figures["band_holds_least"] = min(figures[f"band_holds_{count}"] for count in OBSERVED)
    return figures


class View(NamedTuple):
    """One way to see some months of a home: whether they look uneven, and whether the band that they get holds."""

    uneven: bool
    holds: bool


def band_views(homes: Iterable[Home], count: int, shape: Shape) -> Iterable[View]:
    """Yield each way to see so many months in a row, with the band that is published for it."""
    rule = ours_of_the_united_states()
    for known, truth in views(homes, count):
        uneven = is_uneven(exact(known), shape)
        yield View(uneven, 100 * abs(rule(known) - truth) / truth <= band_percent(count, uneven=uneven))


def year_errors(homes: Iterable[Home], count: int, rule: Rule) -> Iterable[float]:
    """Yield the error [%] of each way to see so many months in a row, of the twelve that end with them."""
    for known, truth in views(homes, count):
        yield 100 * abs(rule(known) - truth) / truth


def views(homes: Iterable[Home], count: int) -> Iterable[tuple[Known, float]]:
    """Yield each way to see so many months in a row, with the energy of the twelve that end with them [kWh]."""
    for home in homes:
        for last in range(11, 24):
            year = range(last - 11, last + 1)
            yield {at % 12 + 1: home.months[at] for at in year[-count:]}, sum(home.months[at] for at in year)


def ours_of_the_united_states() -> Rule:
    """Return the product's own rule with the shape of American homes."""
    shape = packaged_shapes().for_country("US")
    return lambda known: _ours(known, shape)


def _ours(known: Known, shape: Shape) -> float:
    told = exact(known)
    return float(sum(energy for energy, _ in told.values()) + sum(fill(told, shape).values()))


def exact(known: Known) -> dict[int, tuple[Fraction, int]]:
    """Return known months as the filling rule takes them."""
    return {month: (Fraction(round(energy)), DAYS_IN_MONTH[month - 1]) for month, energy in known.items()}


def _share(holds: Sequence[bool]) -> str:
    return f"{100 * _mean(holds):4.1f} %" if holds else "     -"


def _flat(known: Known) -> float:
    return sum(known.values()) * 365 / sum(DAYS_IN_MONTH[month - 1] for month in known)


def _seasonal(known: Known, shape: Shape) -> float:
    weights = {month: DAYS_IN_MONTH[month - 1] * float(shape.per_day[month - 1]) for month in range(1, 13)}
    scale = sum(known.values()) / sum(weights[month] for month in known)
    return sum(known.values()) + scale * sum(weight for month, weight in weights.items() if month not in known)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
