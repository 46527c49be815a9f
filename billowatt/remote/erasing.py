"""Erases a tenant: the service does it a stretch at a time, and is asked until it is done."""

import time

from billowatt.exits import Unreachable
from billowatt.terminal import Talk
from billowatt_client import Client
from billowatt_client.models import Json

ERASE_SECONDS = 600.0
AGAIN_SECONDS = 1.0


def erase_tenant(client: Client, talk: Talk, tenant_id: str) -> Json:
    """Erase a tenant and return the receipt.

    Raises:
        Unreachable: it did not end in time; asked again, it goes on.
    """
    deadline = time.monotonic() + ERASE_SECONDS
    while True:
        receipt = client.erase_tenant(tenant_id)
        if receipt["state"] == "erased":
            return receipt
        if time.monotonic() > deadline:
            raise Unreachable(
                "erasing goes on, and did not end in time",
                "run the same command again; the role `webhooks` must run, too",
            )
        talk.detail(f"erasing    {receipt['bills']} bills so far")
        time.sleep(AGAIN_SECONDS)
