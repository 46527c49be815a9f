"""A browser in front of the edge."""

import pytest

from tests.gateway.console.console import Browser


@pytest.fixture
async def browser(edge):
    """One that has signed in with the tenant's key."""
    signed_in = Browser(edge)
    await signed_in.sign_in()
    return signed_in
