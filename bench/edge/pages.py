"""Milliseconds that pages of the console take where a tenant has 10,000 bills, beside one that has 100.

The list of work is asked for as people ask for it: its first page, one deep within, each tab, a file's name.
"""

import re
import statistics
import time
from html import unescape
from uuid import uuid4

import aiohttp

from bench.edge.house import House, house
from billowatt.tenants import make_tenant

FEW, MANY = 100, 10_000
PAGES_DEEP = 20
ORIGIN = "Origin"


async def measure(quick: bool) -> dict[str, float]:
    """Return the figures; ``quick`` takes 1,000 bills and few requests."""
    requests = 10 if quick else 60
    sizes = {"few": FEW, "many": 1_000 if quick else MANY}
    figures: dict[str, float] = {}
    async with house("ingest", "profile", "gateway") as here:
        for name, bills in sizes.items():
            key = await make_tenant_of(here, name, bills)
            # A session on an address of numbers is what aiohttp does not keep unless told so.
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(here.installation.url, cookie_jar=jar) as browser:
                await sign_in(browser, here, key)
                for page, path in (await addresses(browser)).items():
                    took = [await look(browser, path) for _ in range(requests)]
                    figures[f"{page}_{name}_p50_ms"] = round(statistics.median(took), 2)
                    figures[f"{page}_{name}_p99_ms"] = round(
                        statistics.quantiles(took, n=100, method="inclusive")[98], 2
                    )
    for page in ("work_first", "work_deep"):
        figures[f"{page}_many_vs_first_few_ratio"] = round(
            figures[f"{page}_many_p50_ms"] / figures["work_first_few_p50_ms"], 3
        )
    return {**figures, "bills_in_the_list": sizes["many"]}


async def make_tenant_of(here: House, name: str, bills: int) -> str:
    """Make a tenant with bills over ten projects, a fifth of them failed, doubted or being read; return its key."""
    tenant_id, key = await make_tenant(here.database, name)
    async with here.database.tenant(tenant_id) as connection:
        projects = [str(uuid4()) for _ in range(10)]
        await connection.execute(
            "INSERT INTO ingest.project (project_id, tenant_id, name, external_id) "
            "SELECT id, $2, 'Site', '' FROM unnest($1::uuid[]) AS id",
            projects,
            tenant_id,
        )
        await connection.execute(_BILLS, tenant_id, projects, bills)
    async with here.database.service() as connection:
        await connection.execute("ANALYZE ingest.bill, ingest.project")
    return key


async def sign_in(browser: aiohttp.ClientSession, here: House, key: str) -> None:
    """Begin a session, as the form does."""
    await browser.post("/console/sign-in", data={"key": key}, headers={ORIGIN: here.installation.url})


async def addresses(browser: aiohttp.ClientSession) -> dict[str, str]:
    """Return the pages to look at, by name."""
    deep = "/console/work"
    for _ in range(PAGES_DEEP):
        async with browser.get(deep) as answer:
            found = re.search(r'<a href="([^"]*after=[^"]*)" rel="next">', await answer.text())
        if found is None:
            break
        deep = unescape(found[1])
    return {
        "work_first": "/console/work",
        "work_deep": deep,
        "work_failed": "/console/work?ask=failed",
        "work_done": "/console/work?ask=done",
        "work_named": "/console/work?name=bill-77",
        "projects": "/console/projects",
    }


async def look(browser: aiohttp.ClientSession, path: str) -> float:
    """Return how long a page took, from the request to its last byte [ms]."""
    started = time.perf_counter()
    async with browser.get(path, allow_redirects=False) as answer:
        await answer.read()
        assert answer.status == 200, path
    return (time.perf_counter() - started) * 1000


_BILLS = """
INSERT INTO ingest.bill (bill_id, job_id, tenant_id, project_id, file_name, content_type, size_bytes, sha256, object_key,
    received_at, state, failure_reason, doubts)
SELECT gen_random_uuid(), gen_random_uuid(), $1::uuid, ($2::uuid[])[1 + turn % 10], 'bill-' || turn || '.pdf',
    'application/pdf', 65536, '', 't/' || $1::uuid || '/' || turn, clock_timestamp() - turn * interval '1 second',
    CASE turn % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'pending' ELSE 'succeeded' END,
    CASE turn % 20 WHEN 0 THEN 'corrupt' ELSE '' END,
    CASE turn % 20 WHEN 2 THEN 3 WHEN 3 THEN 1 ELSE 0 END
FROM generate_series(1, $3::int) AS turn
"""
