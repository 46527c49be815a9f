"""The secrets that sign for an endpoint: sealed at rest, rotated with an overlap, shown to their tenant only."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

from domain.ids import TenantId
from domain.refusals import LimitReached, NoSuchEndpoint
from gateway.webhooks.seal import Seal, SealBroken
from gateway.webhooks.sign import new_secret
from runtime.postgres import Connection

OLD_SECRET_SECONDS = 24 * 3600
"""Both secrets sign for so long after a rotation: time to change the receiver."""

SECRETS_MAX = 5
"""Live at a time, so that rotating in a loop does not make headers without end."""


async def live_secrets(connection: Connection, seal: Seal, tenant_id: TenantId, endpoint_id: str) -> list[bytes]:
    """Return the secrets that sign now, newest first.

    Raises:
        NoSuchEndpoint: the tenant has no endpoint of this id.
        SealBroken: they were sealed under a secret of the settings that is not there any more.
    """
    rows = await connection.fetch(_LIVE, tenant_id, endpoint_id)
    if not rows:
        raise NoSuchEndpoint
    return [opened_secret(seal, row["secret"], row["sealed"], endpoint_id) for row in rows]


async def rotate_secret(connection: Connection, seal: Seal, tenant_id: TenantId, endpoint_id: str) -> bytes:
    """Make a new secret and let the old ones sign for a day more; return the new one.

    Raises:
        NoSuchEndpoint: the tenant has no endpoint of this id.
        LimitReached: too many secrets are live.
    """
    if await connection.fetchval(_LOCK_ENDPOINT, tenant_id, endpoint_id) is None:
        raise NoSuchEndpoint
    if len(await connection.fetch(_LIVE, tenant_id, endpoint_id)) >= SECRETS_MAX:
        raise LimitReached("The endpoint's secret was rotated too often today.", limit=SECRETS_MAX)
    await connection.execute(_EXPIRE, tenant_id, endpoint_id, float(OLD_SECRET_SECONDS))
    return await add_secret(connection, seal, tenant_id, endpoint_id)


async def add_secret(connection: Connection, seal: Seal, tenant_id: TenantId, endpoint_id: str) -> bytes:
    """Draw a secret, keep it sealed, and return it."""
    secret = new_secret()
    sealed = seal.close(secret, endpoint_id)
    await connection.execute(_INSERT, str(uuid4()), tenant_id, endpoint_id, sealed)
    return secret


async def seal_again(connection: Connection, seal: Seal, bite_rows: int) -> int:
    """Seal under the present key what lies open or under the key before; return how many rows.

    What can be opened by no key at hand is left as it is.
    """
    done = 0
    for row in await connection.fetch(_SECRETS_TO_SEAL, seal.mark, bite_rows):
        with suppress(SealBroken):
            secret = opened_secret(seal, row["secret"], row["sealed"], row["endpoint_id"])
            await connection.execute(_SEAL_SECRET, row["secret_id"], seal.close(secret, row["endpoint_id"]))
            done += 1
    for row in await connection.fetch(_CREDENTIALS_TO_SEAL, seal.mark, bite_rows):
        with suppress(SealBroken):
            credential = seal.open(row["auth_sealed"], row["endpoint_id"])
            await connection.execute(_SEAL_CREDENTIAL, row["endpoint_id"], seal.close(credential, row["endpoint_id"]))
            done += 1
    return done


def opened_secret(seal: Seal, plain: bytes | None, sealed: Any, endpoint_id: str) -> bytes:
    """Return a secret as it lies in the database, opened; ``plain`` is one from before secrets were sealed.

    Raises:
        SealBroken: it cannot be opened.
    """
    return seal.open(sealed, endpoint_id) if plain is None else plain


_LIVE = """
SELECT secret, sealed FROM gateway.endpoint_secret
WHERE tenant_id = $1 AND endpoint_id = $2 AND (expires_at IS NULL OR expires_at > clock_timestamp())
ORDER BY created_at DESC
"""

_LOCK_ENDPOINT = """
SELECT 1 FROM gateway.endpoint WHERE tenant_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL FOR UPDATE
"""

_EXPIRE = """
UPDATE gateway.endpoint_secret SET expires_at = clock_timestamp() + $3 * interval '1 second'
WHERE tenant_id = $1 AND endpoint_id = $2 AND expires_at IS NULL
"""

_INSERT = """
INSERT INTO gateway.endpoint_secret (secret_id, tenant_id, endpoint_id, sealed) VALUES ($1, $2, $3, $4)
"""

_SECRETS_TO_SEAL = """
SELECT secret_id, endpoint_id, secret, sealed FROM gateway.endpoint_secret
WHERE secret IS NOT NULL OR substr(sealed, 1, 4) <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_SEAL_SECRET = "UPDATE gateway.endpoint_secret SET secret = NULL, sealed = $2 WHERE secret_id = $1"

_CREDENTIALS_TO_SEAL = """
SELECT endpoint_id, auth_sealed FROM gateway.endpoint
WHERE auth_sealed IS NOT NULL AND substr(auth_sealed, 1, 4) <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_SEAL_CREDENTIAL = "UPDATE gateway.endpoint SET auth_sealed = $2 WHERE endpoint_id = $1"
