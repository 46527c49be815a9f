"""The contest's other side, run in an environment of its own: pandas, and opendsm where it is installed.

    PEERS/bin/python -m bench.profile.peers --meters 10000 --opendsm-meters 20

Prints one JSON object: seconds of each, sums to compare with, and versions. pandas calendarises all meters at once, each bill
exploded into its days and summed by month. opendsm works a meter at a time and would take an
hour over ten thousand, so a sample is measured and multiplied; with days as atoms, its fastest setting that is right for bills.
"""

import argparse
import json
import time
import warnings
from typing import Any

from bench.profile.meters import Bill, meters

ROUNDS = 3


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(
        prog="python -m bench.profile.peers", description=(__doc__ or "").splitlines()[0]
    )
    arguments.add_argument("--meters", type=int, default=10_000)
    arguments.add_argument("--opendsm-meters", type=int, default=20)
    chosen = arguments.parse_args()
    warnings.simplefilter("ignore")
    print(json.dumps({**_pandas(list(meters(chosen.meters))), **_opendsm(list(meters(chosen.opendsm_meters)))}))


def _pandas(bills: list[list[Bill]]) -> dict[str, Any]:
    """Measure pandas as one writes it, and arrays of numpy below it, which is what speed alone would ask for."""
    import numpy as np
    import pandas as pd

    # Handed over as columns of days and floats: reading text and dates is not part of the contest.
    table = pd.DataFrame(
        {
            "meter": np.repeat(np.arange(len(bills)), [len(meter) for meter in bills]),
            "start": pd.to_datetime([bill[0] for meter in bills for bill in meter]),
            "end": pd.to_datetime([bill[1] for meter in bills for bill in meter]),
            "amount": [float(bill[2]) for meter in bills for bill in meter],
        }
    )
    start, end = (table[name].to_numpy().astype("datetime64[D]") for name in ("start", "end"))
    amount, meter_of = table["amount"].to_numpy(), table["meter"].to_numpy()

    def with_pandas() -> Any:
        days = (table["end"] - table["start"]).dt.days
        daily = table.assign(share=table["amount"] / days).loc[table.index.repeat(days)]
        day = daily["start"] + pd.to_timedelta(daily.groupby(level=0).cumcount(), unit="D")
        return daily.groupby(["meter", day.dt.to_period("M").rename("month")])["share"].agg(["sum", "count"])

    def with_numpy() -> Any:
        days = (end - start).astype(int)
        first = np.cumsum(days) - days
        day = np.repeat(start, days) + (np.arange(days.sum()) - np.repeat(first, days))
        month = day.astype("datetime64[M]").astype(int)
        keys, at = np.unique(np.repeat(meter_of, days) * 100_000 + month, return_inverse=True)
        return keys, np.bincount(at, weights=np.repeat(amount / days, days)), np.bincount(at)

    return {
        "pandas": pd.__version__,
        "pandas_seconds": min(_timed(with_pandas) for _ in range(ROUNDS)),
        "pandas_sum": float(with_pandas()["sum"].sum()),
        "numpy_seconds": min(_timed(with_numpy) for _ in range(ROUNDS)),
        "numpy_sum": float(with_numpy()[1].sum()),
    }


def _opendsm(bills: list[list[Bill]]) -> dict[str, Any]:
    try:
        import opendsm
        import pandas as pd
        from opendsm.eemeter.common.transform import as_freq
    except ImportError:
        return {}
    series = []
    for meter in bills:
        days = pd.DatetimeIndex([*(bill[0] for bill in meter), meter[-1][1]], tz="UTC")
        series.append(pd.Series([*(float(bill[2]) for bill in meter), float("nan")], index=days))

    def calendarised() -> float:
        return float(sum(as_freq(one, "MS", atomic_freq="1 D", include_coverage=True)["value"].sum() for one in series))

    calendarised()
    return {
        "opendsm": opendsm.__version__ if hasattr(opendsm, "__version__") else "",
        "opendsm_meters": len(bills),
        "opendsm_seconds": min(_timed(calendarised) for _ in range(ROUNDS)),
        "opendsm_sum": calendarised(),
    }


def _timed(work: Any) -> float:
    """Return the time of this process [s]: another one's load on the machine is not the contestant's."""
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
