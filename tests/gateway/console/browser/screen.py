"""A person at Chromium: pages that report whatever a browser holds against them, and the check of accessibility."""

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.gateway.console.browser.house import WAIT_SECONDS, Person
from tests.gateway.edge import until

DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=375, height=667)
"""Sizes of the window [CSS pixels]."""

_LOOKS: tuple[tuple[ViewportSize, tuple[tuple[Literal["light", "dark"], list[str] | None], ...]], ...] = (
    (DESKTOP, (("light", None), ("dark", ["color-contrast"]))),
    (PHONE, (("light", None), ("dark", ["color-contrast"]))),
)
"""By size of the window in which lights a page is held to which rules of axe; None: all. In the dark the
colours alone differ."""

OBJECTION_SECONDS = 5

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of long rows of parts that one template makes, the first ones speak for all.
_RUN_AXE = """(options) => axe.run(
  { exclude: ["section > details:nth-of-type(n+4)", "section:nth-of-type(n+4):nth-last-of-type(n+3)"] }, options
).then((found) => found.violations.map((one) => (
  `${one.id}: ${one.help}\\n` + one.nodes.slice(0, 5).map((node) => `    ${node.target}\\n    ${node.failureSummary}`).join("\\n")
)))"""
_TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
})"""
_OURS = ("http", "https", "ws", "wss")

# As long as anything else here may take; a machine that does much beside is slow, not wrong.
expect.set_options(timeout=WAIT_SECONDS * 1000)


@dataclass
class Screen:
    """One window, signed in; ``page`` is Playwright's. ``objections`` are what the browser said against our pages."""

    person: Person
    context: BrowserContext
    page: Page
    objections: list[str] = field(default_factory=list)

    @property
    def url(self):
        return self.person.house.url

    async def open(self, path, *, status=200):
        """Go to an address of the console, which answers with this status."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == status, (path, answer.status)
        if status >= 400:
            await self.forgive(f"Failed to load resource.*{status}")

    async def forgive(self, pattern):
        """Wait for an objection that a test provokes on purpose, and strike it out."""

        async def there():
            return any(re.search(pattern, one) for one in self.objections)

        await until(there, OBJECTION_SECONDS)
        self.objections[:] = [one for one in self.objections if not re.search(pattern, one)]

    async def check(self):
        """Hold the open page to what ``faults`` looks for."""
        assert (found := await self.faults()) == [], "\n".join(found)

    async def faults(self):
        """Tell what is wrong with the open page in both lights and sizes: rules of axe, and what is wider than the window."""
        found = []
        before = self.page.viewport_size or DESKTOP
        for size, looks in _LOOKS:
            await self.page.set_viewport_size(size)
            wide = await self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                found.append(f"{self.page.url} is {wide} px wider than {size['width']} px")
            for scheme, only in looks:
                where = f"{self.page.url} {scheme} {size['width']} px"
                found += [f"{where}: {one}" for one in await self._violations(scheme, only)]
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size(before)
        return found

    async def _violations(self, scheme, only):
        await self.page.emulate_media(color_scheme=scheme)
        if not await self.page.evaluate("'axe' in window"):
            # Playwright evaluates beside the page's policy, which would not let it in.
            await self.page.evaluate(AXE_SCRIPT)
        rules = {"type": "rule", "values": only} if only else {"type": "tag", "values": _RULES}
        return await self.page.evaluate(
            _RUN_AXE,
            {"runOnly": rules, "resultTypes": ["violations"]},
        )


@asynccontextmanager
async def watching(chromium: Browser, person: Person, *, size=None, scripts=True, signed_in=True, **rest):
    """Open a window of a person; at the end nothing may stand against our pages.

    Anything is an objection that the console calls an error, that a script throws, that the policy stops, or that is asked of
    another host than ours.
    """
    context = await chromium.new_context(
        viewport=size or DESKTOP, java_script_enabled=scripts, reduced_motion="reduce", **rest
    )
    if scripts:
        await context.add_init_script(_TELL_VIOLATIONS)
    page = await context.new_page()
    screen = Screen(person, context, page)
    context.on("console", lambda said: _note(screen, said))
    context.on("weberror", lambda thrown: screen.objections.append(f"thrown: {thrown.error}"))
    context.on("request", lambda asked: _hold_to_us(screen, asked.url))
    try:
        if signed_in:
            await sign_in(screen)
        yield screen
        assert screen.objections == []
    finally:
        await context.close()


def value(page, path):
    """Return the link of a value in the review of a bill."""
    return page.locator(f'.value > a[data-path="{path}"]')


async def sign_in(screen: Screen):
    """Sign in with the key, as the form does."""
    answer = await screen.context.request.post(
        screen.url + "/console/sign-in", form={"key": screen.person.key}, headers={"Origin": screen.url}
    )
    assert (answer.status, answer.url) == (200, screen.url + "/console/projects")


def _note(screen, said):
    if said.type in ("error", "warning"):
        screen.objections.append(f"{said.type}: {said.text} ({said.location.get('url', '')})")


def _hold_to_us(screen, url):
    ours, asked = urlsplit(screen.url), urlsplit(url)
    if asked.scheme in _OURS and (asked.scheme, asked.netloc) != (ours.scheme, ours.netloc):
        screen.objections.append(f"asked of another host: {url}")
