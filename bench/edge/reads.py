"""Requests a second and p99 of list and retrieve, in a project of 100,000 bills beside one of 100, taking turns.

Retrieve asks for bills spread over the whole project; list walks pages of 50 from a random place: the first page, or one
behind the token of a page that was fetched before.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from bench.edge.house import House, house

FEW = 100
MANY = 100_000
CLIENTS = 8
TURNS = 6
"""Few and many are measured in turns, so that a busy moment of the machine falls on both."""


@dataclass
class Project:
    """A project, its bills, and tokens of its pages."""

    project_id: str
    bill_ids: list[str]
    tokens: list[str] = field(default_factory=list)
    took_ms: dict[str, list[float]] = field(default_factory=lambda: {"list": [], "retrieve": []})
    seconds: dict[str, float] = field(default_factory=lambda: {"list": 0.0, "retrieve": 0.0})


async def measure(quick: bool) -> dict[str, float]:
    """Return the figures; ``quick`` takes 2,000 bills and few requests."""
    requests = 40 if quick else 400
    many = 2_000 if quick else MANY
    async with house("ingest", "profile", "gateway") as here:
        projects = {"100": await _filled(here, FEW), "100k": await _filled(here, many)}
        async with here.database.service() as connection:
            await connection.execute("ANALYZE ingest.bill, ingest.job")
        for project in projects.values():
            await _walk(here, project)
        for turn in range(TURNS):
            for project in projects.values():
                for kind, asked in _requests(here, project).items():
                    await _ask(project, kind, asked, requests, warm_up=turn == 0)
    figures: dict[str, float] = {}
    for name, project in projects.items():
        for kind, took in project.took_ms.items():
            figures[f"{kind}_{name}_requests_per_s"] = round(len(took) / project.seconds[kind], 1)
            figures[f"{kind}_{name}_p99_ms"] = round(statistics.quantiles(took, n=100)[98], 2)
    for kind in ("list", "retrieve"):
        few, lots = (statistics.median(projects[name].took_ms[kind]) for name in ("100", "100k"))
        figures[f"{kind}_100k_vs_100_ratio"] = round(lots / few, 3)
        figures[f"{kind}_100k_vs_100_p99_ratio"] = round(
            figures[f"{kind}_100k_p99_ms"] / figures[f"{kind}_100_p99_ms"], 3
        )
    return {**figures, "bills": many}


async def _filled(here: House, bills: int) -> Project:
    """Make a project and record bills in it as ingest does, without their files: nobody downloads them here."""
    project_id = await here.partner.project(f"{bills} bills")
    ids = [(str(uuid4()), str(uuid4())) for _ in range(bills)]
    async with here.database.tenant(here.tenant_id) as connection:
        await connection.execute(_BILLS, [one for one, _ in ids], [job for _, job in ids], here.tenant_id, project_id)
    return Project(project_id, [one for one, _ in ids])


async def _walk(here: House, project: Project) -> None:
    """Fetch some pages, so that there are tokens from the middle of the list."""
    path = f"/v1/projects/{project.project_id}/utility_bills?page_size=200"
    token = ""
    for _ in range(40):
        page = await here.partner.ask("GET", path + (f"&page_token={token}" if token else ""))
        token = page["next_page_token"]
        if not token:
            return
        project.tokens.append(token)


def _requests(here: House, project: Project) -> dict[str, Callable[[], Awaitable[object]]]:
    bills = f"/v1/projects/{project.project_id}/utility_bills"

    def retrieve() -> Awaitable[object]:
        return here.partner.ask("GET", f"{bills}/{random.choice(project.bill_ids)}")

    def page() -> Awaitable[object]:
        token = random.choice(["", *project.tokens])
        return here.partner.ask("GET", bills + (f"?page_token={token}" if token else ""))

    return {"list": page, "retrieve": retrieve}


async def _ask(
    project: Project, kind: str, asked: Callable[[], Awaitable[object]], requests: int, *, warm_up: bool
) -> None:
    left = iter(range(requests))
    took: list[float] = []

    async def client() -> None:
        for _ in left:
            started = time.perf_counter()
            await asked()
            took.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    if not warm_up:
        project.seconds[kind] += time.perf_counter() - started
        project.took_ms[kind] += took


_BILLS = """
INSERT INTO ingest.bill (bill_id, job_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256, object_key,
    received_at, state, completed_at)
SELECT made.bill_id, made.job_id, $3::uuid, $4, 'bill-' || made.turn || '.pdf', 'application/pdf', 65536,
    encode(sha256(made.bill_id::text::bytea), 'hex'), 't/' || $3::uuid || '/' || made.bill_id,
    clock_timestamp() - made.turn * interval '1 second', 'succeeded', clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS made (bill_id, job_id, turn)
"""
