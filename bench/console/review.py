"""A long bill under review in Chromium: what a key step costs the browser, and how soon a page's image is there."""

import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import CDPSession, Page, ViewportSize, async_playwright

from bench.browser import launching
from bench.console.long_bill import PAGES, drawn
from bench.edge.house import House
from bench.installation import eventually

VALUES_MIN = 1_000
SIZE = ViewportSize(width=1280, height=800)
WARM_STEPS = 10

_FETCH_AND_DECODE = """async (address) => {
    const began = performance.now();
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    await createImageBitmap(await answer.blob());
    return performance.now() - began;
}"""
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


async def measure(here: House, *, steps: int) -> dict[str, float]:
    """Return the figures of the review: sizes, milliseconds of a key step, and of the image of a page."""
    project = await here.partner.project("A long bill")
    told = await here.partner.upload(project, drawn())
    await here.partner.finished(told["job_id"])
    bill = told["utility_bill_id"]
    await eventually(lambda: _folded(here, project))
    async with _page(here) as page:
        figures = {}
        for name in ("bill_page_first_ms", "bill_page_ms"):
            began = time.perf_counter()
            await page.goto(f"{here.installation.url}/console/projects/{project}/bills/{bill}")
            figures[name] = round((time.perf_counter() - began) * 1000, 1)
        values = await page.locator(".value").count()
        assert values >= VALUES_MIN, f"the bill was read with {values} values only"
        figures |= {"values": values, "pages": PAGES}
        figures |= await _images(page, f"/v1/projects/{project}/utility_bills/{bill}/pages")
        figures |= await _steps(page, steps)
    return figures


async def _folded(here: House, project: str) -> bool:
    """Tell whether the ledger has the bill: the review shows what profile holds."""
    return bool((await here.partner.ask("GET", f"/v1/ledger_bills?project_id={project}"))["ledger_bills"])


async def _images(page: Page, address: str) -> dict[str, float]:
    """Time each page's image, drawn before, from the store to pixels; the browser's own cache is left out."""
    addresses = [f"{address}/{number}?width=1440" for number in range(1, PAGES + 1)]
    drawing = [await page.evaluate(_FETCH_AND_DECODE, one) for one in addresses]
    cached = [await page.evaluate(_FETCH_AND_DECODE, one) for _ in range(3) for one in addresses]
    return {
        "page_image_first_p50_ms": round(statistics.median(drawing), 1),
        "page_image_p50_ms": round(statistics.median(cached), 1),
        "page_image_p95_ms": round(_p95(cached), 1),
    }


async def _steps(page: Page, steps: int) -> dict[str, float]:
    """Press ``j`` so many times, from the first value on and over the turns of pages; time what the page's own thread does."""
    await page.locator(".value > a").first.focus()
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    took = []
    for _ in range(WARM_STEPS + steps):
        before = await _busy(session)
        await page.keyboard.press("j")
        # Layout and paint come with the next frame.
        await page.evaluate(_PAINTED)
        took.append(await _busy(session) - before)
    current = await page.locator(".value > a[aria-current]").get_attribute("data-path")
    assert current, "the keys led nowhere"
    return {
        "key_step_p50_ms": round(statistics.median(took[WARM_STEPS:]), 2),
        "key_step_p95_ms": round(_p95(took[WARM_STEPS:]), 2),
        "key_step_max_ms": round(max(took[WARM_STEPS:]), 2),
    }


async def _busy(session: CDPSession) -> float:
    """Return how long the page's main thread has worked so far: scripts, styles, layout and paint [ms]."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration")) * 1000


def _p95(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=20, method="inclusive")[18]


@asynccontextmanager
async def _page(here: House) -> AsyncIterator[Page]:
    """Open a window that is signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launching())
        page = await browser.new_page(viewport=SIZE)
        origin = here.installation.url
        await page.context.request.post(f"{origin}/console/sign-in", form={"key": here.key}, headers={"Origin": origin})
        yield page
        await browser.close()
