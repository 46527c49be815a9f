"""Journeys: the whole way of a bill through real processes, with nothing stood in for but the partner's endpoint."""

from collections.abc import AsyncIterator
from importlib.resources import files

import pytest
import pytest_asyncio

from bench.bills import rendering
from bench.installation import Installation, Up
from bench.partner import Endpoint
from billowatt.tenants import make_tenant
from runtime.postgres import Database


@pytest.fixture(scope="session")
def text_pdf() -> bytes:
    return (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()


@pytest.fixture(scope="session")
def other_pdf() -> bytes:
    return (files("billowatt") / "sample" / "sample-bill-doubt.pdf").read_bytes()


@pytest.fixture(scope="session")
def pictures(text_pdf: bytes) -> dict[str, bytes]:
    """The sample bill as a picture of each kind."""
    return {
        "png": rendering.as_png(text_pdf),
        "jpeg": rendering.as_jpeg(text_pdf),
        "gif": rendering.as_gif(text_pdf),
        "webp": rendering.as_webp(text_pdf),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """One Billowatt on the embedded default for the tests of a module."""
    running = await Up.start(tmp_path_factory.mktemp("up") / "data")
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def installation(database_url: str) -> AsyncIterator[Installation]:
    """Roles as processes, none started yet."""
    async with Installation(database_url) as made:
        yield made


@pytest_asyncio.fixture
async def api_key(database_url: str) -> str:
    async with await Database.open(database_url, application_name="journey") as database:
        _, text = await make_tenant(database, "journey")
    return text


@pytest_asyncio.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with Endpoint() as listening:
        yield listening
