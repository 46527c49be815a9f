"""Upkeep of what the edge keeps: old answers and old rows of the log go, in small bites."""

import asyncio
import random

from domain.refusals import Refusal
from gateway.http.kept import store
from runtime.component import Task, sleep_or_stop
from runtime.logs import logger
from runtime.postgres import Database

EVERY_SECONDS = 900.0
BITE_ROWS = 1000


def tidying(database: Database, audit_days: int) -> Task:
    """Return the task that tidies up now and then; several processes at the same time do no harm."""

    async def run(stopping: asyncio.Event) -> None:
        while not await sleep_or_stop(EVERY_SECONDS * random.uniform(0.75, 1.25), stopping):  # noqa: S311 jitter
            try:
                await tidy_all(database, audit_days)
            except Refusal as refusal:
                logger("gateway").warning("upkeep_put_off", reason=refusal.reason)

    return run


async def tidy_all(database: Database, audit_days: int) -> int:
    """Remove all that is old enough; return how many rows."""
    removed = 0
    while True:
        async with database.service() as connection:
            bite = await store.tidy(connection, audit_days, BITE_ROWS)
        removed += bite
        if not bite:
            return removed
