"""Callers proven by a key or a token, and keys forgotten soon enough."""

import pytest

from domain.refusals import BadKey
from runtime.keys import create_key, create_tenant, revoke_key
from runtime.rpc.authenticate import REMEMBERED_MAX, REMEMBERED_SECONDS, KeyAuthenticator
from runtime.rpc.identity import ServiceTokens

TOKENS = ServiceTokens("a secret of the tests, long enough to use")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


async def make_key(database, **options):
    async with database.service() as connection:
        tenant_id = await create_tenant(connection, "Test")
        return await create_key(connection, tenant_id, name="test", scopes=["read"], **options)


async def revoke(database, record):
    async with database.service() as connection:
        await revoke_key(connection, record.tenant_id, record.key_id)


async def test_caller_is_the_tenant_of_the_key_with_its_scopes(database):
    record, text = await make_key(database)
    caller = await KeyAuthenticator(database, TOKENS).caller(text)
    assert (caller.tenant_id, caller.is_service, caller.scopes) == (record.tenant_id, False, frozenset({"read"}))


async def test_caller_is_a_service_where_it_shows_a_token(database):
    caller = await KeyAuthenticator(database, TOKENS).caller(TOKENS.mint(None))
    assert (caller.tenant_id, caller.is_service) == (None, True)


@pytest.mark.parametrize("bearer", ["", "x", "bk_live_AAAAAAAA_" + "a" * 32, "bws1.*.99999999999.x", "\udcff"])
async def test_caller_is_refused_where_nothing_is_proven(database, bearer):
    with pytest.raises(BadKey):
        await KeyAuthenticator(database, TOKENS).caller(bearer)


async def test_revoked_key_is_refused_as_soon_as_it_is_forgotten(database):
    clock = Clock()
    authenticator = KeyAuthenticator(database, TOKENS, clock=clock)
    record, text = await make_key(database)
    await authenticator.caller(text)
    await revoke(database, record)
    clock.now += REMEMBERED_SECONDS - 0.01
    await authenticator.caller(text)
    clock.now += 0.02
    with pytest.raises(BadKey):
        await authenticator.caller(text)


async def test_memory_of_keys_stays_bounded(database):
    authenticator = KeyAuthenticator(database, TOKENS)
    for number in range(50):
        with pytest.raises(BadKey):
            await authenticator.caller(f"bk_live_AAAAAAAA_{number:032}")
    _, text = await make_key(database)
    await authenticator.caller(text)
    assert len(authenticator._remembered) == 1 <= REMEMBERED_MAX
