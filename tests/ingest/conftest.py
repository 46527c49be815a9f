"""The fixture ``ingest``: a running server with stubs for two tenants and a service."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.ingest.running import RunningIngest, running_ingest


@pytest_asyncio.fixture
async def ingest(database, tmp_path) -> AsyncIterator[RunningIngest]:
    async with running_ingest(database, tmp_path) as running:
        yield running
