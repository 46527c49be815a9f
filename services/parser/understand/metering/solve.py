"""Solve: which of the numbers about a meter are its reads, its factors and its usage, by their labels and by the identities.

``(current − previous) × multiplier = volume`` and ``volume × factor = energy``: where labels leave doubt, the choice that
satisfies them is right; where they are plain, a choice that breaks them is not.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import is_measure, may_be_read
from services.parser.understand.values.units import ENERGY_UNITS, USAGE_UNITS

CELLS_MAX, REGISTERS_MAX = 24, 6
CORRECTED = 2
"""So many factors turn a volume into energy where the first corrects it for pressure."""
FACTOR_MIN, FACTOR_MAX = Decimal("0.02"), Decimal(60)
"""A factor from volume to energy lies in here: kWh of a cubic foot of gas to kWh of a cubic metre, and their inverses."""
HALF, LAST_PLACE_SLACK = Decimal("0.5"), Decimal("1.2")
"""Half a unit of the last place, and a little more, as some round down what others round up."""
ROLLS_SHARE = Decimal("0.9")
"""A meter that went over its last digit stood this high before."""
PLACES_APART = 2
SURE, PROVED = 4.0, 3.0
"""Reads by plain labels alone; reads by an identity with a usage that has its unit or label."""
READ_AS_USAGE = 0.8
READ_HINTS = frozenset({"previous_read", "current_read"})
NO_READ = frozenset(
    {"multiplier", "therm_factor", "demand", "days", "temperature", "average_daily", "account", "amount_due"}
)
UNITED = frozenset({"days", "demand"})
"""Words before or near a number with a unit of use that say nothing of it (``Used in 31 days 8 CCF``)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a meter's lines, and the concepts of the labels that may name it."""

    token: Token
    hints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Solution:
    """What the numbers are. ``proved`` where a printed usage or difference is what the reads make."""

    previous: Token
    current: Token
    multiplier: Token | None
    difference: Token | None
    factor: Token | None
    usage: Token | None
    score: float
    proved: bool


def solve(cells: Sequence[Cell]) -> Solution | None:
    """Return the likeliest roles of the numbers, None where neither labels nor identities tell reads."""
    cells = [cell for cell in cells if is_measure(cell.token)][:CELLS_MAX]
    best: Solution | None = None
    for old, new in itertools.permutations(cells, 2):
        hinted = _hinted(old, new)
        advance = _advance(old, new) if hinted is not None else None
        if hinted is None or advance is None:
            continue
        for found in _completed(cells, old, new, advance, hinted):
            if best is None or found.score > best.score + 1e-9:
                best = found
    return best if best is not None and best.score >= (PROVED if best.proved else SURE) else None


def solve_each(cells: Sequence[Cell]) -> list[Solution]:
    """Return the likeliest roles of the numbers, then those that the numbers left over prove for themselves: other registers."""
    found: list[Solution] = []
    left = list(cells)
    while len(found) < REGISTERS_MAX and (solution := solve(left)) is not None and (not found or solution.proved):
        found.append(solution)
        used = (solution.previous, solution.current, solution.multiplier, solution.usage, solution.difference)
        left = [cell for cell in left if all(cell.token is not token for token in used)]
    return found


def _hinted(old: Cell, new: Cell) -> float | None:
    """Return how well the labels speak for a pair of reads, None where they speak against it."""
    score = 0.0
    places = [cell.token.number.decimals for cell in (old, new) if cell.token.number is not None]
    plain = "previous_read" in old.hints and "current_read" in new.hints
    if places and max(places) - min(places) >= PLACES_APART and not plain:
        return None  # an amount and a whole number are no two reads of one meter
    alike = bool(old.hints & READ_HINTS) and old.hints & READ_HINTS == new.hints & READ_HINTS
    for cell, mine, other in ((old, "previous_read", "current_read"), (new, "current_read", "previous_read")):
        number = cell.token.number
        if number is None or number.decimals > 3 or number.value < 0 or not may_be_read(cell.token):
            return None
        if cell.hints & NO_READ and not cell.hints & READ_HINTS:
            return None
        if number.unit is not None and not cell.hints & READ_HINTS:
            return None
        if alike:
            score += 1.0  # one word for both ("reading"), which only their days or sizes tell apart
        elif mine in cell.hints:
            score += 2.0
        elif other in cell.hints or cell.hints & {"usage", "difference"}:
            score -= 1.5
    return score


def _advance(old: Cell, new: Cell) -> Decimal | None:
    """Return how far the meter went, over its last digit where the labels are plain; None where it cannot have."""
    first, last = old.token.value, new.token.value
    if last >= first:
        return last - first
    digits = max(len(str(int(first))), len(str(int(last))))
    plain = "previous_read" in old.hints and "current_read" in new.hints - {"previous_read"}
    whole = Decimal(10) ** digits
    return last - first + whole if plain and first > ROLLS_SHARE * whole else None


def _completed(cells: Sequence[Cell], old: Cell, new: Cell, advance: Decimal, hinted: float) -> Iterator[Solution]:
    """Yield what the other numbers are if these two are the reads, for each number that may multiply them."""
    rest = [cell for cell in cells if cell is not old and cell is not new]
    multipliers = [None, *(cell for cell in rest if "multiplier" in cell.hints and cell.token.value > 0)]
    for multiplier in multipliers:
        times = multiplier.token.value if multiplier else Decimal(1)
        used = advance * times
        others = [cell for cell in rest if cell is not multiplier]
        score = hinted + (1.0 if multiplier else 0.0)
        difference = next((c for c in others if c.token.value == advance and "difference" in c.hints), None)
        target = _target(others, used)
        energy, factor = _energy(others, used)
        score += (1.0 if difference else 0.0) + (_strength(target, used) if target else 0.0) + (3.0 if energy else 0.0)
        if advance == 0 and target is None:
            continue  # the same number twice is no use of nothing unless the page says so
        proved = (target is not None and _strength(target, used) >= 1.0) or energy is not None or difference is not None
        usage = energy or target
        if energy is not None:
            difference = target or difference
        elif difference is target:
            difference = None
        yield Solution(
            previous=old.token, current=new.token, multiplier=multiplier.token if multiplier else None,
            difference=difference.token if difference and difference is not usage else None,
            factor=factor.token if factor else None, usage=usage.token if usage else None, score=score, proved=proved,
        )  # fmt: skip


def _target(cells: Sequence[Cell], used: Decimal) -> Cell | None:
    """Return the printed number that the reads make, one with a unit or label before a bare one."""
    slack = Decimal(0) if used == used.to_integral() else max(Decimal("0.51"), used * Decimal("0.002"))
    near = [
        cell for cell in cells
        if abs(cell.token.value - used) <= slack and not _no_usage(cell)
    ]  # fmt: skip
    return max(near, key=lambda cell: _strength(cell, used), default=None)


def _no_usage(cell: Cell) -> bool:
    """Tell whether labels speak against a number as usage; with a unit of use neither days nor the power of the next line do."""
    number = cell.token.number
    united = number is not None and number.unit in USAGE_UNITS
    return bool(cell.hints & ((NO_READ - UNITED if united else NO_READ) | (READ_HINTS - {"current_read"})))


def _strength(cell: Cell, used: Decimal) -> float:
    """Return how much a number that fits says: numbers of one or two digits fit by chance."""
    number = cell.token.number
    named = bool(cell.hints & {"usage", "difference"})
    sure = 3.0 if number is not None and number.unit in USAGE_UNITS else 1.5 if named else 1.0
    if "current_read" in cell.hints and not named:
        sure = READ_AS_USAGE  # "Current usage" is one, but most that is called current is a read
    return sure if used >= 10 or named else sure / 3


def _energy(cells: Sequence[Cell], used: Decimal) -> tuple[Cell | None, Cell | None]:
    """Return the energy that volume and a factor make, and the factor; several factors may multiply each other."""
    factors = [cell for cell in cells if "therm_factor" in cell.hints and FACTOR_MIN <= cell.token.value <= FACTOR_MAX]
    energies = [
        cell for cell in cells
        if (number := cell.token.number) is not None
        and (number.unit in ENERGY_UNITS or ("usage" in cell.hints and (number.unit is None or number.unit in USAGE_UNITS)))
    ]  # fmt: skip
    energies.sort(key=lambda cell: cell.token.number is None or cell.token.number.unit is None)
    for count in (1, 2, 3):
        for chosen in (
            itertools.permutations(factors, count) if count == CORRECTED else itertools.combinations(factors, count)
        ):
            product = used
            for at, cell in enumerate(chosen):
                product *= cell.token.value
                if count == CORRECTED and not at:
                    product = _printed_whole(cells, product)
            for energy in energies:
                if energy in chosen or energy.token.number is None:
                    continue
                slack = rounding(product, [cell.token for cell in chosen], energy.token)
                if abs(energy.token.value - product) <= slack and product != used:
                    return energy, chosen[0]
    return None, None


def _printed_whole(cells: Sequence[Cell], volume: Decimal) -> Decimal:
    """Return a volume corrected for pressure as printed, where the page rounds it to a whole one before it goes on with it."""
    whole = volume.quantize(Decimal(1), ROUND_HALF_UP)
    return whole if volume != whole and any(cell.token.value == whole for cell in cells) else volume


def rounding(product: Decimal, factors: Sequence[Token], made: Token) -> Decimal:
    """Return how far a printed product may be from what its printed factors make, as all of them are rounded.

    A number of ``d`` places is off by half a unit of the last one at most. A factor off by a share ``e`` of itself changes the
    product by no more than ``1 / (1 - e)`` times, whether it multiplies or divides.
    """
    times = Decimal(1)
    for token in factors:
        off = HALF.scaleb(-token.number.decimals) / abs(token.value) if token.number and token.value else Decimal(0)
        times /= 1 - min(off, HALF)
    places = made.number.decimals if made.number else 0
    return LAST_PLACE_SLACK * HALF.scaleb(-places) + abs(product) * (times - 1)
