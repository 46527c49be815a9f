"""Milliseconds that the server takes for the list of work of a tenant with many bills."""

import statistics

import aiohttp

from bench.edge.house import House
from bench.edge.pages import addresses, look, make_tenant_of, sign_in


async def measure(here: House, *, bills: int, looks: int) -> dict[str, float]:
    """Return p50 and p95 [ms] of the list's first page, of one deep within, and of a search by name."""
    key = await make_tenant_of(here, "many", bills)
    figures: dict[str, float] = {"work_bills": bills}
    # A session on an address of numbers is what aiohttp does not keep unless told so.
    async with aiohttp.ClientSession(here.installation.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        await sign_in(browser, here, key)
        for name, path in (await addresses(browser)).items():
            if name not in ("work_first", "work_deep", "work_named"):
                continue
            took = [await look(browser, path) for _ in range(looks)]
            figures[f"{name}_p50_ms"] = round(statistics.median(took), 2)
            figures[f"{name}_p95_ms"] = round(statistics.quantiles(took, n=20, method="inclusive")[18], 2)
    return figures
