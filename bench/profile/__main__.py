"""Measures what profile makes of bills, and tests the filling rule on homes.

    python -m bench.profile [--meters N] [--opendsm-meters N] [--replayed N] [--homes N]

Months are calendarised beside pandas and opendsm where ``make peers`` has put them into an environment of their own. Times of
these contestants are of their processes, for machines are shared; folds and replays are measured by the wall clock and by the
process. Prints tables for people and, as its last line, one JSON object.
"""

import argparse
import asyncio
import json
import statistics
import time
from decimal import Decimal

from bench.profile.backtest import measure_filling
from bench.profile.calendarising import measure_calendarising
from bench.profile.folding import measure_folds
from services.profile.hours.day_courses import RESIDENTIAL, packaged_courses
from services.profile.hours.year import year_of

HOURS_ROUNDS = 200


def measure_hours() -> dict[str, float]:
    """Measure how long the 8760 hours of a profile take [ms of this process]."""
    course = packaged_courses()[RESIDENTIAL]
    months = [Decimal(600 + at) + Decimal("0.1234") for at in range(12)]
    taken = []
    for _ in range(HOURS_ROUNDS):
        started = time.process_time()
        year_of(months, course, 2027)
        taken.append(time.process_time() - started)
    milliseconds = statistics.median(taken) * 1000
    print(f"8760 hours of a profile: median {milliseconds:.2f} ms")
    return {"hours_8760_ms": round(milliseconds, 3)}


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="python -m bench.profile", description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--meters", type=int, default=10_000, help="meters of 36 bills to calendarise")
    arguments.add_argument("--opendsm-meters", type=int, default=20, help="of these, measured with opendsm")
    arguments.add_argument("--replayed", type=int, default=100_000, help="completions to replay")
    arguments.add_argument("--homes", type=int, default=1_000, help="invented homes to fill")
    chosen = arguments.parse_args()
    figures = measure_calendarising(chosen.meters, chosen.opendsm_meters)
    figures |= measure_hours()
    figures |= measure_filling(chosen.homes)
    figures |= asyncio.run(measure_folds(chosen.replayed))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
