"""Secrets lie sealed: not to be read in the database, bound to their endpoint, readable through a change of the key."""

import pytest

from gateway.webhooks.seal import Seal, SealBroken
from gateway.webhooks.sign import secret_text
from gateway.webhooks.store import secrets
from gateway.webhooks.store.upkeep import tidy
from tests.gateway.delivering import completed, delivery_log, dispatching, following, in_log, make_endpoint
from tests.gateway.edge import until

OLD, NEW = "the old secret of the settings, long enough", "the new secret of the settings, long enough"


def test_seal_opens_what_it_closed_for_the_same_owner_only():
    seal = Seal(OLD)
    sealed = seal.close(b"secret", "one")
    assert seal.open(sealed, "one") == b"secret"
    assert b"secret" not in sealed
    assert seal.close(b"secret", "one") != sealed
    for broken in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", sealed[:4]):
        with pytest.raises(SealBroken):
            seal.open(broken, "one")
    with pytest.raises(SealBroken):
        seal.open(sealed, "another")
    with pytest.raises(SealBroken):
        Seal(NEW).open(sealed, "one")
    assert Seal(NEW, OLD).open(sealed, "one") == b"secret"


async def test_no_secret_and_no_credential_can_be_read_in_the_database(edge, receiver):
    auth = {"type": "basic", "name": "user", "value": "a password that must not lie open"}
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", auth=auth)
    raw = await _live(edge, endpoint, Seal(edge.settings.secret))
    assert secret_text(raw[0]) == endpoint["secret"]
    async with edge.database.service() as connection:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'gateway'::regnamespace AND relkind = 'r'"
        )
        for table in tables:
            text = await connection.fetchval(
                f"SELECT coalesce(string_agg(t::text, ''), '') FROM gateway.{table['relname']} t"
            )
            for plain in (raw[0], auth["value"].encode()):
                assert plain.hex() not in text
                assert plain.decode("latin-1") not in text


async def test_secret_from_before_is_sealed_and_still_signs(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    seal = Seal(edge.settings.secret)
    [raw] = await _live(edge, endpoint, seal)
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.endpoint_secret SET secret = $1, sealed = NULL", raw)
    assert await _live(edge, endpoint, seal) == [raw]
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        [received] = await receiver.wait("/hook")
        await until(lambda: _all_sealed(edge))
    received.verify(endpoint["secret"])
    assert await _live(edge, endpoint, seal) == [raw]


async def test_what_was_sealed_before_the_key_changed_is_sealed_anew(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", auth={"type": "basic", "name": "u", "value": "p"})
    was = await _live(edge, endpoint, Seal(edge.settings.secret))
    async with edge.database.service() as connection:
        assert await tidy(connection, Seal(NEW, edge.settings.secret), 90) == 2
    assert await _live(edge, endpoint, Seal(NEW)) == was
    async with edge.database.service() as connection:
        assert await tidy(connection, Seal(NEW, edge.settings.secret), 90) == 0


async def test_attempt_fails_with_its_reason_when_the_seal_cannot_be_opened(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    healthy = await make_endpoint(edge, f"{receiver.url}/healthy")
    async with edge.database.service() as connection:
        broken = Seal(NEW).close(b"x" * 32, endpoint["webhook_endpoint_id"])
        await connection.execute(
            "UPDATE gateway.endpoint_secret SET sealed = $2 WHERE endpoint_id = $1",
            endpoint["webhook_endpoint_id"],
            broken,
        )
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await in_log(edge, healthy, 1)
        await until(lambda: _tried(edge, endpoint))
        [delivery] = await delivery_log(edge, endpoint)
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}"
    assert (await edge.json("GET", path))["attempt_log"][0]["error"] == "secret_unreadable"
    assert receiver.at("/hook") == []


async def _tried(edge, endpoint):
    return [one for one in await delivery_log(edge, endpoint) if one["attempts"]]


async def _live(edge, endpoint, seal):
    async with edge.database.service(read_only=True) as connection:
        return await secrets.live_secrets(connection, seal, edge.tenant_id, endpoint["webhook_endpoint_id"])


async def _all_sealed(edge):
    async with edge.database.service() as connection:
        return not await connection.fetchval("SELECT count(*) FROM gateway.endpoint_secret WHERE secret IS NOT NULL")
