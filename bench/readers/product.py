"""The product's reader in processes of its own, with the CPU time and the memory that it takes."""

import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from bench.readers.cases import Answer
from domain.evidence import Fact
from domain.outcome import Outcome, Success
from domain.quantity import Commodity, Unit
from domain.reading import Reading, Usage, UsageKind
from domain.summary import summary

KIB_IN_MIB = 1024
WARM_UP_SECONDS = 120
FORGET_SEED = 5
HEAD = {
    "account_number": "account_number",
    "invoice_number": "invoice_number",
    "currency": "currency",
    "statement_date": "statement_date",
    "due_date": "due_date",
    "billing_period_from": "period",
    "billing_period_to": "period",
    "total_amount_due": "amount_due",
    "new_charges_amount": "new_charges",
    "previous_balance": "previous_balance",
    "payments_received": "payments",
}
"""The field of a reading behind each key of the summary."""


def read_file(path: Path) -> Answer:
    """Read one file in this process."""
    from services.parser.read import read

    data = path.read_bytes()
    start = time.process_time()
    try:
        outcome = read(data, progress=lambda done, pages: None)
    except Exception as error:  # in the product the pool survives a crash; here it counts as nothing read
        return Answer({}, time.process_time() - start, note=f"crashed: {type(error).__name__}")
    took = time.process_time() - start
    return answer_of(outcome, took)


def answer_of(outcome: Outcome, took: float) -> Answer:
    """Return what an outcome says as an answer, with the CPU time that it took [s] and this process's memory."""
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_IN_MIB
    match outcome:
        case Success(readings=readings):
            first, *others = readings
            sure = confidences(first)
            for index, reading in enumerate(others):
                sure |= {("more", index, *path): confidence for path, confidence in confidences(reading).items()}
            return Answer({**summary(first), "more": [summary(reading) for reading in others]}, took, sure, rss)
        case failure:
            return Answer({}, took, {}, rss, failure.reason.value)


def read_all(paths: Sequence[Path], processes: int, forgotten: float = 0.0) -> tuple[list[Answer], float]:
    """Read files with so many fresh processes, each warmed by the last file, and return the answers and the time taken [s].

    ``forgotten`` is the share of the lexicon's label phrases that they do not know.
    """
    if not paths:
        return [], 0.0
    context = get_context("spawn")
    ready = context.Barrier(processes + 1)
    pool = ProcessPoolExecutor(
        processes, mp_context=context, initializer=warm_up, initargs=(paths[-1], ready, forgotten)
    )
    with pool:
        asked = [pool.submit(int) for _ in range(processes)]
        ready.wait(WARM_UP_SECONDS)
        start = time.perf_counter()
        answers = list(pool.map(read_file, paths))
        took = time.perf_counter() - start
        assert all(future.done() for future in asked)
    return answers, took


def warm_up(path: Path, ready: Barrier, forgotten: float) -> None:
    """Make ready as the service's reading processes do, less the words to be forgotten; read a file, wait for the others."""
    if forgotten:
        from bench.readers.forgetful import forget
        from services.parser.understand.lexicon import LANGUAGES

        forget(forgotten, FORGET_SEED, LANGUAGES)
    from services.parser.child import spare_collection
    from services.parser.read import warm

    warm()
    read_file(path)
    spare_collection()
    ready.wait(WARM_UP_SECONDS)


def confidences(reading: Reading) -> dict[tuple[str | int, ...], float]:
    """Return how sure the reading is of each value of its summary, by path."""
    found: dict[tuple[str | int, ...], float] = {}

    def put(path: tuple[str | int, ...], fact: Fact[Any] | None) -> None:
        if fact is not None:
            found[path] = fact.evidence.confidence

    for key, name in HEAD.items():
        put((key,), getattr(reading, name))
    put(("utility",), reading.issuer.name if reading.issuer else None)
    for key, commodity in (("electricity", Commodity.ELECTRICITY), ("gas", Commodity.GAS), ("water", Commodity.WATER)):
        usage, cost = (
            whole_usage(reading, commodity),
            next((t.cost for t in reading.commodity_totals if t.commodity is commodity), None),
        )
        electric = commodity is Commodity.ELECTRICITY
        put(("electricity_kwh" if electric else f"{key}.amount",), usage.quantity if usage else None)
        put(("electricity_cost" if electric else f"{key}.cost",), cost)
        put((f"{key}.unit",), usage.quantity if usage else None)
    powers = [usage.quantity for usage in reading.usages if usage.quantity.value.unit is Unit.KW]
    powers += [
        charge.quantity for charge in reading.charges if charge.quantity and charge.quantity.value.unit is Unit.KW
    ]
    put(("demand_kw",), max(powers, key=lambda fact: fact.value.amount, default=None))
    for index, meter in enumerate(reading.meters):
        mine = [
            u for u in reading.usages if u.meter_key == meter.meter_key and u.kind in (UsageKind.TOTAL, UsageKind.NET)
        ]
        put(("meters", index, "id"), meter.number)
        put(("meters", index, "tariff"), meter.tariff)
        put(("meters", index, "read_from"), meter.previous_read)
        put(("meters", index, "read_to"), meter.current_read)
        put(("meters", index, "consumption"), mine[0].quantity if mine else None)
    for index, charge in enumerate(reading.charges):
        put(("line_items", index, "amount"), charge.amount)
    for index, row in enumerate(summary(reading)["usage_history"]):
        same = [
            past.quantity for past in reading.history if past.quantity and past.month.isoformat()[:7] == row["month"]
        ]
        put(("usage_history", index), min(same, key=lambda fact: fact.evidence.confidence, default=None))
    return found


def whole_usage(reading: Reading, commodity: Commodity) -> Usage | None:
    """Return the usage that the summary takes for a commodity's total."""
    mine = [u for u in reading.usages if u.commodity is commodity and u.kind in (UsageKind.TOTAL, UsageKind.NET)]
    whole = [usage for usage in mine if usage.meter_key is None]
    return whole[0] if whole else mine[0] if len(mine) == 1 else None
