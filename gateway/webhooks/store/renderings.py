"""Renderings: what a delivery sends in another vendor's words, kept from its first attempt until what it tells of is erased."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.ids import ProjectId, TenantId
from runtime.postgres import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One event on its way to one endpoint, as a format is given it; rooms are asked on its behalf.

    ``own_body`` is the event in our own envelope, ``target`` the endpoint's URL, ``rendered`` what was kept of an earlier
    attempt.
    """

    delivery_id: str
    tenant_id: TenantId
    event_id: str
    event_type: str
    occurred_at: datetime
    own_body: bytes = field(repr=False)
    target: str
    base_url: str
    rendered: bytes | None = field(default=None, repr=False)

    @property
    def request_id(self) -> str:
        """Return what calls on behalf of this telling are logged by."""
        return f"webhook-{self.delivery_id}"

    @property
    def data(self) -> Mapping[str, Any]:
        """Return the event's data, as it stands in our own envelope."""
        data: Mapping[str, Any] = json.loads(self.own_body)["data"]
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A body in another vendor's words, and the documents whose contents it holds."""

    body: bytes = field(repr=False)
    bill_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A telling as it stands in the log: whether the endpoint took it, or was taken to have."""

    telling: Telling
    endpoint_id: str
    delivered: bool


async def keep(connection: Connection, telling: Telling, rendering: Rendering) -> bytes | None:
    """Keep what was rendered for a delivery; return what its attempts send, which is what was kept first.

    None where the event or one of the documents was erased while it was rendered, or the delivery is gone.
    """
    # Erasing holds its events, then removes renderings: one of the two waits here for the other.
    if await connection.fetchval(_ERASED, list(rendering.bill_ids), telling.event_id):
        return None
    arguments = (telling.delivery_id, rendering.body, list(rendering.bill_ids))
    await connection.execute(_KEEP, *arguments)
    kept: bytes | None = await connection.fetchval(_KEPT, telling.delivery_id)
    return kept


async def erase_bills(connection: Connection, bill_ids: Sequence[str]) -> None:
    """Remove renderings that hold something of these documents; the caller has erased the documents' events."""
    await connection.execute("DELETE FROM gateway.rendering WHERE bill_ids && $1::uuid[]", list(bill_ids))


async def erase_project(connection: Connection, project_id: ProjectId) -> None:
    """Remove the renderings of a project's events; the caller has erased these."""
    await connection.execute(_ERASE_PROJECT, project_id)


async def list_told(
    connection: Connection,
    tenant_id: TenantId,
    name: str,
    *,
    size: int,
    after: str | None = None,
    delivered: bool | None = None,
) -> list[Told]:
    """Return what endpoints of one format are or were told, the newest first; ``after``: only older ones than this delivery.

    ``delivered`` None: both. What was erased is left out.
    """
    rows = await connection.fetch(_LIST, tenant_id, name, size, after, delivered)
    return [_told(row) for row in rows]


async def get_told(connection: Connection, tenant_id: TenantId, name: str, delivery_id: str) -> Told | None:
    """Return one of them; None where there is none of this id."""
    row = await connection.fetchrow(_GET, tenant_id, name, delivery_id)
    return None if row is None else _told(row)


def _told(row: Any) -> Told:
    telling = Telling(
        delivery_id=row["id"],
        tenant_id=TenantId(row["tenant_id"]),
        event_id=row["event_id"],
        event_type=row["type"],
        occurred_at=row["occurred_at"],
        own_body=row["body"],
        target=row["url"],
        base_url=row["base_url"],
        rendered=row["rendered"],
    )
    return Told(telling=telling, endpoint_id=row["lane"], delivered=row["state"] == "succeeded")


_ERASED = """
SELECT count(*) FILTER (WHERE body IS NULL) > 0 FROM (
    SELECT body FROM gateway.event WHERE bill_id = ANY($1::uuid[]) OR event_id = $2 ORDER BY event_id FOR SHARE
) AS told
"""

_KEEP = """
INSERT INTO gateway.rendering (delivery_id, tenant_id, body, bill_ids)
SELECT id, tenant_id, $2, $3::uuid[] FROM gateway.delivery WHERE id = $1
ON CONFLICT (delivery_id) DO NOTHING
"""

_KEPT = "SELECT body FROM gateway.rendering WHERE delivery_id = $1"

_ERASE_PROJECT = """
DELETE FROM gateway.rendering AS rendering USING gateway.delivery AS delivery, gateway.event AS event
WHERE rendering.delivery_id = delivery.id AND delivery.event_id = event.event_id AND event.project_id = $1
"""

_COLUMNS = """
    delivery.id, delivery.lane, delivery.tenant_id, delivery.event_id, delivery.state, delivery.created_at,
    event.type, event.occurred_at, event.body, endpoint.url, endpoint.base_url, rendering.body AS rendered
"""

_FROM = """
    JOIN gateway.event AS event ON event.event_id = delivery.event_id AND event.body IS NOT NULL
    LEFT JOIN gateway.rendering AS rendering ON rendering.delivery_id = delivery.id
"""

# A tenant has few endpoints and each many deliveries: the first of each endpoint are found by the index, then put in order.
_LIST = f"""
SELECT page.* FROM gateway.endpoint AS endpoint CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM gateway.delivery AS delivery {_FROM}
    WHERE delivery.lane = endpoint.endpoint_id
        AND ($4::uuid IS NULL OR (delivery.created_at, delivery.id) < (
            SELECT last.created_at, last.id FROM gateway.delivery AS last WHERE last.tenant_id = $1 AND last.id = $4
        ))
        AND ($5::bool IS NULL OR (delivery.state = 'succeeded') = $5)
    ORDER BY delivery.created_at DESC, delivery.id DESC LIMIT $3
) AS page
WHERE endpoint.tenant_id = $1 AND endpoint.format = $2 AND endpoint.deleted_at IS NULL
ORDER BY page.created_at DESC, page.id DESC LIMIT $3
"""  # noqa: S608 - fixed texts

_GET = f"""
SELECT {_COLUMNS} FROM gateway.delivery AS delivery {_FROM}
JOIN gateway.endpoint AS endpoint ON endpoint.endpoint_id = delivery.lane AND endpoint.deleted_at IS NULL
WHERE delivery.tenant_id = $1 AND endpoint.format = $2 AND delivery.id = $3
"""  # noqa: S608 - fixed texts
