"""Fixtures ``profile`` (a running service) and ``applier`` (the fold, driven by hand)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runtime.journal import Journal
from services.profile.follow import CHANGES, Applier
from services.profile.load.shapes import packaged_shapes
from tests.profile.running import RunningProfile, running_profile


@pytest_asyncio.fixture
async def profile(database) -> AsyncIterator[RunningProfile]:
    async with running_profile(database) as running:
        yield running


@pytest.fixture
def applier(database) -> Applier:
    return Applier(database, Journal(CHANGES), packaged_shapes())
