"""The process that delivers in a soak: the product's own dispatcher, on a schedule whose waits a soak can sit out."""

import asyncio
import sys

from gateway.webhooks.dispatch import Dispatcher
from gateway.webhooks.guard import Guard
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.seal import Seal
from gateway.webhooks.send import Sender
from runtime.logs import configure_logs
from runtime.postgres import Database

SCHEDULE = Schedule(
    waits_seconds=(0.0,) + (0.05,) * 199, probe_seconds=0.1, probe_seconds_max=0.2, disable_after_seconds=86400.0
)
"""Never gives up: what the soak shows is that nothing is lost, not when patience ends."""

TIMEOUT_SECONDS = 1.0
LEASE_SECONDS = 2.5


async def main() -> None:
    """Deliver what lies in a database until killed; ``argv``: the database's address and the settings' secret."""
    _, database_url, secret = sys.argv
    configure_logs("error", "json")
    guard = Guard(allow_loopback=True)
    async with (
        await Database.open(database_url, application_name="deliverer") as database,
        Sender(guard, timeout_seconds=TIMEOUT_SECONDS) as sender,
    ):
        dispatcher = Dispatcher(
            database,
            sender,
            guard,
            Seal(secret),
            schedule=SCHEDULE,
            workers=256,
            lease_seconds=LEASE_SECONDS,
            log_days=90,
            poll_seconds=0.05,
        )
        print("delivering", flush=True)
        await dispatcher.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main())
