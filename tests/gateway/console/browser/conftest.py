"""Tests in a real browser: Debian's Chromium before a whole Billowatt. They share one event loop, one house and one browser."""

import inspect
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from bench.browser import browser_path, launching
from tests.gateway.console.browser.house import housing
from tests.gateway.console.browser.screen import PHONE, watching
from tests.gateway.console.browser.world import furnished
from tests.gateway.receiver import receiving

HERE = Path(__file__).parent
NO_CHROMIUM = "no Chromium here: `apt-get install chromium` (Debian) lets the browser tests run"
TEST_SECONDS = 300
"""A browser beside a busy machine's other work takes its time; the first test also starts the house."""

_FLAGS = ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def pytest_collection_modifyitems(items):
    """Let the tests of this folder share the loop that the browser lives on; skip them where there is no browser."""
    for item in items:
        if HERE in item.path.parents:
            if browser_path() is None:
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(postgres_url, template_database):
    async with housing(postgres_url, template_database) as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    start = launching()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=start["executable_path"], args=[*_FLAGS, *start["args"]]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(house, tmp_path_factory):
    """One of everything, for tests that only look."""
    async with receiving() as receiver:
        yield await furnished(house, receiver, tmp_path_factory.mktemp("world"))


@pytest_asyncio.fixture(loop_scope="session")
async def person(house):
    """Somebody with a tenant of their own."""
    return await house.new_person()


@pytest_asyncio.fixture(loop_scope="session")
async def screen(chromium, person):
    """Their window on a desk, signed in; the test fails on any objection of the browser."""
    async with watching(chromium, person) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def phone(chromium, person):
    """Their window on a phone."""
    async with watching(chromium, person, size=PHONE, has_touch=True, is_mobile=True) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def plain(chromium, person):
    """Their window with scripts switched off."""
    async with watching(chromium, person, scripts=False) as one:
        yield one
