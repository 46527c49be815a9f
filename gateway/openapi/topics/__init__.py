"""The document by topics: a module each, with the topic's operations, schemas and examples."""

from gateway.openapi.operation import Operation
from gateway.openapi.terms import Schema
from gateway.openapi.topics import (
    bills,
    events,
    exports,
    ledger,
    live,
    profiles,
    projects,
    readings,
    service,
    snapshots,
    supplied,
    webhooks,
)
from gateway.openapi.topics.account import keys, tenants

OPERATIONS: dict[str, Operation] = {
    **projects.OPERATIONS,
    **bills.OPERATIONS,
    **readings.OPERATIONS,
    **profiles.OPERATIONS,
    **supplied.OPERATIONS,
    **snapshots.OPERATIONS,
    **ledger.OPERATIONS,
    **exports.OPERATIONS,
    **live.OPERATIONS,
    **keys.OPERATIONS,
    **tenants.OPERATIONS,
    **webhooks.OPERATIONS,
    **service.OPERATIONS,
}


def all_schemas() -> dict[str, Schema]:
    """Return the schemas of the document by name."""
    found: dict[str, Schema] = {}
    for topic in (
        projects,
        bills,
        readings,
        profiles,
        supplied,
        snapshots,
        ledger,
        live,
        keys,
        tenants,
        webhooks,
        events,
        service,
    ):
        found |= topic.schemas()
    return found
