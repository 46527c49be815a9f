"""Delivers: leases what is due, attempts it, records what came of it. Kill it at any moment: the lease lapses, it goes again.

A lease is short and renewed for as long as its attempt is under way, so that what a killed worker held goes again soon.

One task claims, up to ``workers`` attempts are under way, one task records results in batches. A dead endpoint holds a
few attempts at most (its lane's limit), and one probe at a time once its breaker is open, so it delays no other.
"""

import asyncio
import uuid

from domain.refusals import ForbiddenTarget, Refusal
from gateway.call import Records
from gateway.webhooks.formats import Formats, NotRendered
from gateway.webhooks.guard import Guard
from gateway.webhooks.request import request_of
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.seal import Seal
from gateway.webhooks.send import Answer, Sender
from gateway.webhooks.store import queue, results, upkeep
from gateway.webhooks.store.fanout import CHANNEL
from gateway.webhooks.store.queue import Delivery
from gateway.webhooks.store.results import Result
from runtime.component import sleep_or_stop
from runtime.lease import Held
from runtime.logs import logger
from runtime.postgres import Database

CLAIM_MAX = 128
RECORD_MAX = 128
POLL_SECONDS = 1.0
"""How late a retry may be: nobody rings when its time comes."""

LEASE_SECONDS = 15.0
"""How long a delivery waits for its worker after that worker's last sign of life."""

STORE_RETRY_SECONDS = 1.0
TIDY_SECONDS, TIDY_BITE_SECONDS = 60.0, 0.2
"""How often old and deleted things are looked for, and the pause between two bites of them."""


class Dispatcher:
    """Delivers what is due until told to stop; in other vendors' words what ``records`` and ``formats`` make of it."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        guard: Guard,
        seal: Seal,
        *,
        schedule: Schedule,
        workers: int,
        log_days: float,
        records: Records | None = None,
        formats: Formats | None = None,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        tidy_seconds: float = TIDY_SECONDS,
    ) -> None:
        self._database = database
        self._sender = sender
        self._guard = guard
        self._seal = seal
        self._schedule = schedule
        self._workers = workers
        self._lease_seconds = lease_seconds
        self._log_days = log_days
        self._records = records
        self._formats = formats or Formats()
        self._poll_seconds = poll_seconds
        self._tidy_seconds = tidy_seconds
        self._name = f"webhooks-{uuid.uuid4().hex[:12]}"
        self._results: asyncio.Queue[Result] = asyncio.Queue(maxsize=max(workers, RECORD_MAX))
        self._wake = asyncio.Event()
        self._held: set[Held] = set()
        self._log = logger("webhooks").bind(worker=self._name)

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until ``stopping`` is set; then let attempts in hand end and be recorded."""
        async with asyncio.TaskGroup() as group:
            ended = asyncio.Event()
            recorder = group.create_task(self._record(), name="record")
            helpers = [
                recorder,
                group.create_task(self._ring(), name="ring"),
                group.create_task(self._renew(ended), name="renew"),
                group.create_task(self._expire(ended), name="expire"),
                group.create_task(self._tidy(ended), name="tidy"),
            ]
            stopper = group.create_task(self._wake_at(stopping), name="stop")
            async with asyncio.TaskGroup() as attempts:
                await self._claim(attempts, stopping)
            await self._results.join()
            ended.set()
            for task in (*helpers, stopper):
                task.cancel()

    async def _claim(self, attempts: asyncio.TaskGroup, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            room = min(self._workers - len(self._held), CLAIM_MAX)
            try:
                deliveries, more = await self._claim_once(room) if room > 0 else ([], False)
            except Exception as error:
                self._note_broken("claim_failed", error)
                await sleep_or_stop(STORE_RETRY_SECONDS, stopping)
                continue
            for delivery in deliveries:
                self._held.add(delivery.held)
                attempts.create_task(self._attempt(delivery))
            if not more:
                await self._wake.wait()

    async def _claim_once(self, room: int) -> tuple[list[Delivery], bool]:
        async with self._database.service() as connection:
            return await queue.claim(connection, self._seal, self._name, room, self._lease_seconds)

    async def _attempt(self, delivery: Delivery) -> None:
        answer = await self._answer_or_broken(delivery)
        # What went well stands in the delivery log; a line each would cost a tenth of all deliveries' time.
        note = self._log.debug if answer.accepted else self._log.info
        note(
            "delivery_attempted",
            delivery_id=delivery.delivery_id,
            endpoint_id=delivery.endpoint_id,
            event_id=delivery.event_id,
            attempt=delivery.attempt,
            status=answer.status,
            error=answer.error,
            milliseconds=answer.latency_ms,
        )
        await self._results.put(Result(delivery, answer))

    async def _answer(self, delivery: Delivery) -> Answer:
        try:
            body = await self._body(delivery)
            request = request_of(delivery, body, self._guard, self._formats.named(delivery.format))
        except NotRendered as error:
            self._log.warning("delivery_not_rendered", delivery_id=delivery.delivery_id, reason=error.reason)
            return Answer.unsent("not_rendered")
        except ForbiddenTarget:
            return Answer.unsent("forbidden_target")
        if request is None:
            return Answer.unsent("secret_unreadable")
        return await self._sender.send(request.url, request.headers, request.body)

    async def _body(self, delivery: Delivery) -> bytes:
        if not delivery.format:
            return delivery.body
        if self._records is None:
            raise NotRendered("UNKNOWN_FORMAT")
        return await self._formats.body_of(delivery.format, self._records, delivery.telling)

    async def _answer_or_broken(self, delivery: Delivery) -> Answer:
        """Make one attempt. What breaks in it is that attempt's failure: one endpoint must not end the deliveries of all."""
        try:
            return await self._answer(delivery)
        except Exception as error:
            self._note_broken("attempt_broke", error)
            return Answer.unsent("attempt_broke")

    async def _record(self) -> None:
        while True:
            batch = [await self._results.get()]
            while len(batch) < RECORD_MAX and not self._results.empty():
                batch.append(self._results.get_nowait())
            try:
                async with self._database.service() as connection:
                    await results.record(connection, batch, self._schedule)
            except Exception as error:
                # The leases lapse and the deliveries go again, with the same ids: at least once is kept.
                self._note_broken("record_failed", error)
            finally:
                for result in batch:
                    self._results.task_done()
                    self._held.discard(result.delivery.held)
                self._wake.set()

    async def _ring(self) -> None:
        bell = self._database.bell(CHANNEL)
        while True:
            await bell.wait(self._poll_seconds)
            self._wake.set()

    async def _wake_at(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._wake.set()

    async def _renew(self, ended: asyncio.Event) -> None:
        while not await sleep_or_stop(self._lease_seconds / 3, ended):
            if not self._held:
                continue
            try:
                async with self._database.service() as connection:
                    await queue.renew(connection, list(self._held), self._lease_seconds)
            except Exception as error:
                self._note_broken("renew_failed", error)

    async def _expire(self, ended: asyncio.Event) -> None:
        while not await sleep_or_stop(min(self._lease_seconds / 3, 5.0), ended):
            try:
                async with self._database.service() as connection:
                    count = await queue.expire(connection, self._schedule)
            except Exception as error:
                self._note_broken("expire_failed", error)
                continue
            if count:
                self._log.info("deliveries_taken_back", deliveries=count)

    async def _tidy(self, ended: asyncio.Event) -> None:
        removed = 0
        while not await sleep_or_stop(TIDY_BITE_SECONDS if removed else self._tidy_seconds, ended):
            try:
                async with self._database.service() as connection:
                    removed = await upkeep.tidy(connection, self._seal, self._log_days)
            except Exception as error:
                removed = 0
                self._note_broken("tidy_failed", error)

    def _note_broken(self, event: str, error: Exception) -> None:
        """Log what went wrong and go on: one bad row or one lost connection must not end all deliveries."""
        if isinstance(error, Refusal):
            self._log.warning(event, reason=error.reason)
        else:
            self._log.error(event, exc_info=error)
