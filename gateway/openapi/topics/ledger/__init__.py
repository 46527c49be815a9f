"""The ledger: accounts, meters, bills, corrections, reviews and properties."""

from gateway.openapi.operation import Operation
from gateway.openapi.terms import Schema
from gateway.openapi.topics.ledger import bills, project_accounts, properties, reviews

OPERATIONS: dict[str, Operation] = {
    **reviews.OPERATIONS,
    **project_accounts.OPERATIONS,
    **bills.OPERATIONS,
    **properties.OPERATIONS,
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of the ledger."""
    return {**reviews.schemas(), **project_accounts.schemas(), **bills.schemas(), **properties.schemas()}
