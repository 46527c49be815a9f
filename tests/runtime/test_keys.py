"""Keys open the door of one tenant; their text is kept nowhere."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.ids import TenantId
from domain.refusals import LimitReached, NoSuchKey
from runtime.keys import (
    KeyRecord,
    create_key,
    create_tenant,
    find_key,
    keys_per_tenant_max,
    list_keys,
    new_key,
    revoke_key,
)
from runtime.postgres import Database, owner_connection


async def tenant_with_key(database: Database, expires_at: datetime | None = None) -> tuple[TenantId, KeyRecord, str]:
    async with database.service() as connection:
        tenant_id = await create_tenant(connection, "Sunny Side Solar")
        record, text = await create_key(
            connection, tenant_id, name="laptop", scopes=["bills:write", "bills:read"], expires_at=expires_at
        )
    return tenant_id, record, text


def test_a_key_reads_as_documented_and_hides_itself() -> None:
    key = new_key()

    assert re.fullmatch(r"bk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}", key.text)
    assert key.text.startswith(key.prefix)
    assert key.text not in repr(key)
    assert new_key().text != key.text


async def test_a_key_is_found_by_its_text_and_its_use_is_noted(database: Database) -> None:
    tenant_id, record, text = await tenant_with_key(database)

    found = await find_key(database, text)

    assert found == record
    assert found.scopes == {"bills:read", "bills:write"}
    async with database.tenant(tenant_id) as connection:
        (listed,) = await list_keys(connection, tenant_id, None, keys_per_tenant_max)
    assert listed.last_used_at is not None


async def test_no_other_text_finds_the_key(database: Database) -> None:
    _, record, text = await tenant_with_key(database)
    almost = text[:-1] + ("a" if text[-1] != "a" else "b")

    for wrong in (almost, text + "0", text[:-1], "", record.prefix, text.upper(), "bk_live_'; --", text + "\n"):
        assert await find_key(database, wrong) is None


async def test_two_keys_with_the_same_beginning_are_told_apart(database: Database, database_url: str) -> None:
    _, first, text = await tenant_with_key(database)
    _, second, other_text = await tenant_with_key(database)
    async with owner_connection(database_url, application_name="tests") as owner:
        await owner.execute("UPDATE runtime.api_key SET prefix = $1 WHERE key_id = $2", first.prefix, second.key_id)

    found = await find_key(database, text)

    assert found is not None
    assert found.key_id == first.key_id
    assert await find_key(database, first.prefix + other_text[len(first.prefix) :]) is None


async def test_a_revoked_key_is_not_found_and_others_stay(database: Database) -> None:
    tenant_id, record, text = await tenant_with_key(database)
    async with database.tenant(tenant_id) as connection:
        _, other_text = await create_key(connection, tenant_id, name="phone", scopes=[])
        revoked = await revoke_key(connection, tenant_id, record.key_id)
        again = await revoke_key(connection, tenant_id, record.key_id)

    assert revoked.revoked_at is not None
    assert again == revoked
    assert await find_key(database, text) is None
    assert await find_key(database, other_text) is not None


async def test_an_expired_key_is_not_found(database: Database) -> None:
    _, _, text = await tenant_with_key(database, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    _, _, live = await tenant_with_key(database, expires_at=datetime.now(UTC) + timedelta(hours=1))

    assert await find_key(database, text) is None
    assert await find_key(database, live) is not None


async def test_a_tenant_neither_sees_nor_revokes_anothers_keys(database: Database) -> None:
    _, record, text = await tenant_with_key(database)
    stranger, _, _ = await tenant_with_key(database)

    async with database.tenant(stranger) as connection:
        assert record.key_id not in {
            key.key_id for key in await list_keys(connection, stranger, None, keys_per_tenant_max)
        }
        assert record.key_id not in {
            key.key_id for key in await list_keys(connection, record.tenant_id, None, keys_per_tenant_max)
        }
    for claimed in (stranger, record.tenant_id):
        with pytest.raises(NoSuchKey):
            async with database.tenant(stranger) as connection:
                await revoke_key(connection, claimed, record.key_id)
    assert await find_key(database, text) is not None


async def test_a_key_that_never_was_cannot_be_revoked(database: Database) -> None:
    tenant_id, _, _ = await tenant_with_key(database)

    with pytest.raises(NoSuchKey):
        async with database.tenant(tenant_id) as connection:
            await revoke_key(connection, tenant_id, str(uuid4()))


async def test_a_tenant_may_have_only_so_many_live_keys(database: Database) -> None:
    tenant_id, record, _ = await tenant_with_key(database)
    async with database.tenant(tenant_id) as connection:
        for _ in range(keys_per_tenant_max - 1):
            await create_key(connection, tenant_id, name="many", scopes=[])

    with pytest.raises(LimitReached):
        async with database.tenant(tenant_id) as connection:
            await create_key(connection, tenant_id, name="one too many", scopes=[])
    async with database.tenant(tenant_id) as connection:
        await revoke_key(connection, tenant_id, record.key_id)
        await create_key(connection, tenant_id, name="fits again", scopes=[])


async def test_the_text_of_a_key_is_nowhere_in_the_database(database: Database, database_url: str) -> None:
    _, _, text = await tenant_with_key(database)

    async with owner_connection(database_url, application_name="tests") as owner:
        rows = await owner.fetch("SELECT api_key::text AS row FROM runtime.api_key")
    assert rows
    assert all(text[len("bk_live_12345678_") :] not in row["row"] for row in rows)
