"""Billowatt's Python client: upload utility bills, wait for what was read, list, fetch numbers, manage and verify webhooks.

``Client`` blocks, ``AsyncClient`` awaits; both have the same methods.
"""

from billowatt_client.asynchronous import AsyncClient
from billowatt_client.errors import (
    BillowattError,
    ConnectionFailed,
    Forbidden,
    JobFailed,
    NotFound,
    Problem,
    Refused,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    WaitTimedOut,
    WebhookNotVerified,
)
from billowatt_client.models import (
    ApiKey,
    Attempt,
    Batch,
    BatchEntry,
    Bill,
    Delivery,
    Event,
    Hours,
    Job,
    LedgerBill,
    LoadProfile,
    Money,
    Months,
    ProfileMonth,
    Project,
    Reading,
    Tenant,
    WebhookEndpoint,
)
from billowatt_client.sending.downloads import AsyncExport, Export
from billowatt_client.synchronous import Client
from billowatt_client.verification import verify_get_webhook, verify_webhook

__all__ = [
    "ApiKey",
    "AsyncClient",
    "AsyncExport",
    "Attempt",
    "Batch",
    "BatchEntry",
    "Bill",
    "BillowattError",
    "Client",
    "ConnectionFailed",
    "Delivery",
    "Event",
    "Export",
    "Forbidden",
    "Hours",
    "Job",
    "JobFailed",
    "LedgerBill",
    "LoadProfile",
    "Money",
    "Months",
    "NotFound",
    "Problem",
    "ProfileMonth",
    "Project",
    "Reading",
    "Refused",
    "Tenant",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "WaitTimedOut",
    "WebhookEndpoint",
    "WebhookNotVerified",
    "verify_get_webhook",
    "verify_webhook",
]
