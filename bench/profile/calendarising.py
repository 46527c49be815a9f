"""Calendarising many meters exactly, beside pandas and opendsm in the same run."""

import asyncio
import json
import sys
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.profile.meters import BILLS_OF_METER, meters
from domain.period import Period
from services.profile.months.calendarise import MeterPeriod, calendarise

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".peers" / "bin" / "python"
ROUNDS = 3
PEERS_SECONDS = 900


def measure_calendarising(count: int, opendsm_meters: int) -> dict[str, float]:
    """Measure us and, where their environment is there, the peers; the best of three rounds each [s]."""
    bills = [
        [MeterPeriod(Period(start, end), Decimal(amount), False, "") for start, end, amount in meter]
        for meter in meters(count)
    ]
    ours = min(_timed(bills) for _ in range(ROUNDS))
    print(f"{count} meters x {BILLS_OF_METER} bills, exact: {ours:.2f} s")
    figures = {"meters": float(count), "calendarise_seconds": round(ours, 3)}
    told = peers_measured(count, opendsm_meters)
    if not told:
        print("pandas and opendsm: skipped, no environment in .peers (make peers; make peers-opendsm)")
        return figures
    exact = float(sum((month.amount for meter in bills for month in calendarise(meter)), Fraction(0)))
    assert all(abs(told[name] - exact) < 1e-6 * exact for name in ("pandas_sum", "numpy_sum"))
    figures["pandas_seconds"] = round(told["pandas_seconds"], 3)
    figures["pandas_ratio"] = round(told["pandas_seconds"] / ours, 2)
    figures["numpy_ratio"] = round(told["numpy_seconds"] / ours, 2)
    print(
        f"the same by pandas {told['pandas']}, floats: {told['pandas_seconds']:.2f} s, {figures['pandas_ratio']} times ours"
    )
    print(f"the same by numpy arrays, floats: {told['numpy_seconds']:.2f} s, {figures['numpy_ratio']} times ours")
    if "opendsm_seconds" in told:
        whole = told["opendsm_seconds"] * count / told["opendsm_meters"]
        figures["opendsm_seconds_extrapolated"] = round(whole, 1)
        figures["opendsm_ratio"] = round(whole / ours, 1)
        print(
            f"the same by opendsm, days as atoms: {whole:.0f} s, {figures['opendsm_ratio']} times ours "
            f"(extrapolated from {told['opendsm_meters']} meters)"
        )
    else:
        print("opendsm: skipped, it is not in .peers (make peers-opendsm; 1.1 GB)")
    return figures


def peers_measured(count: int, opendsm_meters: int) -> dict[str, Any]:
    """Run the peers in their environment and return what they measured; nothing where there is no environment."""
    if not PEERS.exists():
        return {}

    async def run() -> bytes:
        process = await asyncio.create_subprocess_exec(
            str(PEERS), "-m", "bench.profile.peers", "--meters", str(count), "--opendsm-meters", str(opendsm_meters),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=sys.stderr,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), PEERS_SECONDS)
        if process.returncode:
            raise RuntimeError(f"the peers ended with {process.returncode}")
        return output

    told: dict[str, Any] = json.loads(asyncio.run(run()).splitlines()[-1])
    return told


def _timed(bills: list[list[MeterPeriod]]) -> float:
    """Return the time of this process [s], as the peers are measured."""
    started = time.process_time()
    for meter in bills:
        calendarise(meter)
    return time.process_time() - started
