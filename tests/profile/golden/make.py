"""Writes the golden months of ``opendsm.json`` with opendsm's ``as_freq``, in an environment of its own (see README.md).

    python tests/profile/golden/make.py > tests/profile/golden/opendsm.json

Not part of the project's environment: opendsm brings a gigabyte along, and the months it makes are only wanted once.
"""

import json
import sys
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import pandas as pd
from opendsm.eemeter.common.transform import as_freq

SAMPLES = ("il-electricity-cdd-hdd", "il-electricity-cdd-only", "il-gas-hdd-only", "il-gas-intercept-only")
KINDS = ("billing_monthly", "billing_bimonthly")
LOCAL = "Etc/GMT+6"
"""The samples' own clock: their days begin at 06:00 UTC the whole year."""


def main() -> None:
    """Print the document."""
    cases = [_case(sample, kind, LOCAL, "1 D") for sample in SAMPLES for kind in KINDS]
    cases.append(_case(SAMPLES[0], KINDS[0], "America/Chicago", "1 h"))
    cases.append(_repeated())
    cases.append(_unstated())
    document = {
        "made_by": f"opendsm {version('opendsm')}, pandas {version('pandas')}",
        "data": "opendsm/eemeter/samples, Apache-2.0",
        "cases": cases,
    }
    json.dump(document, sys.stdout, allow_nan=False, separators=(",", ":"))
    sys.stdout.write("\n")


def _case(sample: str, kind: str, zone: str, atomic: str) -> dict[str, Any]:
    path = files("opendsm").joinpath(f"eemeter/samples/{sample}-{kind}.csv.gz")
    table = pd.read_csv(str(path), compression="gzip", index_col="start", parse_dates=True)
    series = table["value"]
    series.index = pd.to_datetime(series.index, utc=True).tz_convert(LOCAL)
    # The same days, where a zone with summer time begins them.
    series.index = series.index.tz_localize(None).tz_localize(zone)
    return {"name": f"{sample}-{kind}", "zone": zone, "atomic": atomic, **_made(series, atomic)}


def _repeated() -> dict[str, Any]:
    """Return what becomes of a period that is stated twice: the first stays, without a word."""
    days = pd.to_datetime(["2024-01-15", "2024-02-15", "2024-02-15", "2024-03-15"])
    series = pd.Series([310.0, 290.0, 580.0, float("nan")], index=days).tz_localize(LOCAL)
    return {"name": "period-stated-twice", "zone": LOCAL, "atomic": "1 D", **_made(series, "1 D")}


def _unstated() -> dict[str, Any]:
    """Return what becomes of a period without a value between two that have one."""
    days = pd.to_datetime(["2024-01-10", "2024-02-10", "2024-04-10", "2024-05-05"])
    series = pd.Series([310.0, float("nan"), 290.0, float("nan")], index=days).tz_localize(LOCAL)
    return {"name": "period-without-value", "zone": LOCAL, "atomic": "1 D", **_made(series, "1 D")}


def _made(series: pd.Series, atomic: str) -> dict[str, Any]:
    months = as_freq(series, "MS", atomic_freq=atomic, include_coverage=True)
    return {
        "periods": [
            [start.date().isoformat(), end.date().isoformat(), None if pd.isna(value) else repr(float(value))]
            for (start, value), end in zip(series.items(), series.index[1:], strict=False)
        ],
        "months": [[at.date().isoformat(), _number(row.value), _number(row.coverage)] for at, row in months.iterrows()],
    }


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


if __name__ == "__main__":
    main()
