"""Measures how answers slow down as an account and a tenant grow.

    python -m bench.profile.scale [--account N] [--tenant N]

Fills an embedded PostgreSQL with synthetic rows twice, at a tenth of the sizes and at the full ones, and asks the same
questions of both: a page of an account's and of a tenant's bills, months of a project (one page, and two) and of a meter, a load
profile, the choice of an active bill. Each answer may take as many times longer as the logarithms of the sizes stand to each
other. Prints a table for people and, as its last line, one JSON object.
"""

import argparse
import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bench.profile.completions import numbered
from bench.profile.folding import profile_server
from domain.ids import ProjectId, TenantId
from protos.profile.v1 import profile_pb2
from runtime.postgres import Connection, Database, owner_connection
from services.profile import store
from services.profile.energy.factors import FactorSet, packaged_factor_sets
from services.profile.fold import Policy
from services.profile.ledger.store.record_lists import Asked, list_records
from services.profile.months.asked import list_months
from services.profile.store import ProjectKey

TENTH = 10
BILLS_OF_METER = 360
"""Thirty years of months."""

BILLS_OF_OTHER_PROJECT = 12
ROUNDS = 60
PAGE = 50
TENANT, PROJECT = TenantId(numbered("tenant", 1)), ProjectId(numbered("project", 1))
ACCOUNT, METER = numbered("account", 1), numbered("meter", 0)

Question = Callable[[Connection], Awaitable[Any]]


async def measure_growth(account: int, tenant: int) -> dict[str, float]:
    """Return how many times longer each answer takes at the full size, and by how many it may."""
    small = await _answers(max(1, account // TENTH), max(1, tenant // TENTH))
    large = await _answers(account, tenant)
    allowed = {
        name: math.log(size) / math.log(max(2, size // TENTH))
        for name, size in {"account": account, "tenant": tenant}.items()
    }
    figures: dict[str, float] = {"account_bills": account, "tenant_bills": tenant}
    for name, milliseconds in large.items():
        bound = allowed["tenant" if "tenant" in name else "account"]
        growth = milliseconds / small[name]
        print(f"{name:24} {small[name]:8.2f} ms {milliseconds:8.2f} ms  {growth:5.2f} times, {bound:.2f} allowed")
        figures[f"{name}_ms"], figures[f"{name}_growth"] = round(milliseconds, 2), round(growth, 2)
    figures |= {f"{name}_allowed": round(bound, 2) for name, bound in allowed.items()}
    return figures


async def _answers(account: int, tenant: int) -> dict[str, float]:
    """Return the time of each answer [ms] on a database of these sizes."""
    async with profile_server() as url, await Database.open(url, application_name="bench") as database:
        await _fill(database, account, tenant)
        async with owner_connection(url, application_name="bench") as owner:
            await owner.execute("VACUUM ANALYZE", timeout=3600)
        return {name: await _fastest(database, question) for name, question in _questions().items()}


def _questions() -> dict[str, Question]:
    factors = packaged_factor_sets()
    key = ProjectKey(TENANT, PROJECT)
    return {
        "list_of_account": lambda one: list_records(one, Asked(tenant_id=TENANT, account_id=ACCOUNT), PAGE),
        "list_of_tenant": lambda one: list_records(one, Asked(tenant_id=TENANT), PAGE),
        "months_of_meter": lambda one: list_months(one, profile_pb2.ListMonthsRequest(meter_id=METER), factors),
        "months_of_project": lambda one: list_months(one, profile_pb2.ListMonthsRequest(project_id=PROJECT), factors),
        "two_pages_of_months": lambda one: _two_pages(one, factors),
        "load_profile": lambda one: store.project(one, PROJECT),
        "active_bill": lambda one: store.active_bill(one, key, Policy()),
    }


async def _two_pages(connection: Connection, factors: Mapping[str, FactorSet]) -> None:
    """Ask for the months of the project, and for those before them."""
    token = ""
    for _ in range(2):
        request = profile_pb2.ListMonthsRequest(project_id=PROJECT, page_token=token)
        token = (await list_months(connection, request, factors)).next_page_token


async def _fastest(database: Database, question: Question) -> float:
    """Return the shortest of several times [ms]: on a shared machine the others tell of its other users."""
    taken = []
    for _ in range(ROUNDS):
        async with database.tenant(TENANT, read_only=True) as connection:
            started = time.perf_counter()
            await question(connection)
            taken.append(time.perf_counter() - started)
    return min(taken) * 1000


async def _fill(database: Database, account: int, tenant: int) -> None:
    meters = max(1, account // BILLS_OF_METER)
    others = max(0, tenant - account)
    statements: list[tuple[str, tuple[Any, ...]]] = [
        (_PROJECTS, (TENANT, PROJECT, others // BILLS_OF_OTHER_PROJECT)),
        (_ACCOUNT, (TENANT, ACCOUNT)),
        (_METERS, (TENANT, ACCOUNT, [numbered("meter", at) for at in range(meters)])),
        (_BILLS, (TENANT, PROJECT, account)),
        (_OTHER_BILLS, (TENANT, others, BILLS_OF_OTHER_PROJECT)),
        (_STATEMENTS, (ACCOUNT, PROJECT, meters)),
        (_SHOWN, ([numbered("meter", at) for at in range(meters)], PROJECT, meters)),
        (_USAGES, ()),
        (_RECORDS, ()),
    ]
    for sql, arguments in statements:
        async with database.service() as connection:
            # Filling takes longer than any request may.
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute("SET LOCAL transaction_timeout = 0")
            await connection.execute(sql, *arguments, timeout=3600)


_PROJECTS = """
INSERT INTO profile.project (tenant_id, project_id)
SELECT $1::uuid, $2::uuid UNION ALL SELECT $1::uuid, md5('project' || n)::uuid FROM generate_series(0, $3::int) AS n
"""

_ACCOUNT = """
INSERT INTO profile.account (tenant_id, account_id, issuer_id, issuer_name, number, number_normalised, created_at,
    printed_at, printed_position) VALUES ($1, $2, '', '', '1', '1', now(), now(), 1)
"""

_METERS = """
INSERT INTO profile.meter (tenant_id, meter_id, account_id, commodity, number, number_normalised, service_point, tariff,
    supplier, printed_at, printed_position)
SELECT $1::uuid, id, $2::uuid, 'electricity', id, id, '', '', '', now(), 1 FROM unnest($3::text[]::uuid[]) AS id
"""

_BILLS = """
INSERT INTO profile.bill (tenant_id, bill_id, project_id, received_at, read_at, read_position, usable, contribution)
SELECT $1::uuid, md5('bill' || n)::uuid, $2::uuid, now() + n * interval '1 second', now() + n * interval '1 second', n, true, '{}'
FROM generate_series(0, $3::int - 1) AS n
"""

_OTHER_BILLS = """
INSERT INTO profile.bill (tenant_id, bill_id, project_id, received_at, read_at, read_position, usable, contribution)
SELECT $1::uuid, md5('other' || n)::uuid, md5('project' || n / $3::int)::uuid, now(), now() - n * interval '1 second', n, true,
    '{}'
FROM generate_series(0, $2::int - 1) AS n
"""

# The bills of the big account go round its meters, a month later with each round.
_STATEMENTS = """
INSERT INTO profile.statement (tenant_id, bill_id, ordinal, project_id, account_id, kind, start_date, end_date, currency)
SELECT tenant_id, bill_id, 1, project_id, CASE WHEN project_id = $2::uuid THEN $1::uuid END, 'bill',
    (date '1996-01-01' + read_position / $3::int * interval '1 month')::date,
    (date '1996-02-01' + read_position / $3::int * interval '1 month')::date, 'USD'
FROM profile.bill WHERE read_position / $3::int < 1200
"""

_SHOWN = """
INSERT INTO profile.statement_meter (tenant_id, bill_id, ordinal, meter_id, start_date, end_date, read_kind)
SELECT statement.tenant_id, bill_id, 1, ($1::text[]::uuid[])[1 + read_position % $3::int], start_date, end_date, 'actual'
FROM profile.statement JOIN profile.bill USING (bill_id) WHERE statement.project_id = $2::uuid
"""

_USAGES = """
INSERT INTO profile.usage (tenant_id, bill_id, ordinal, line, meter_id, commodity, kind, amount, unit, start_date, end_date,
    label, measured, estimated)
SELECT tenant_id, bill_id, 1, 1, meter_id, 'electricity', 'total', 620, 'kWh', start_date, end_date, '', false, false
FROM profile.statement_meter
"""

_RECORDS = """
INSERT INTO profile.record (tenant_id, bill_id, ordinal, revision, project_id, account_id, first_day, after_day, recorded_at,
    body)
SELECT tenant_id, bill_id, ordinal, revision, statement.project_id, account_id, start_date, end_date, read_at, ''
FROM profile.statement JOIN profile.bill USING (tenant_id, bill_id)
"""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(
        prog="python -m bench.profile.scale", description=(__doc__ or "").splitlines()[0]
    )
    arguments.add_argument("--account", type=int, default=100_000, help="bills in one account")
    arguments.add_argument("--tenant", type=int, default=1_000_000, help="bills in its tenant")
    chosen = arguments.parse_args()
    print(json.dumps(asyncio.run(measure_growth(chosen.account, chosen.tenant))))


if __name__ == "__main__":
    main()
