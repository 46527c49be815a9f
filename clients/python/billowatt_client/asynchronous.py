"""The client that awaits: the same methods as the one that blocks."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from billowatt_client import calls, office
from billowatt_client.calls import job_id_of
from billowatt_client.errors import JobFailed, NotFound, WaitTimedOut
from billowatt_client.models import (
    ApiKey,
    Batch,
    Bill,
    Delivery,
    Event,
    Hours,
    Job,
    Json,
    LedgerBill,
    LoadProfile,
    Months,
    Project,
    Reading,
    Review,
    Tenant,
    WebhookEndpoint,
)
from billowatt_client.sending import AsyncSending
from billowatt_client.sending.answers import polls
from billowatt_client.sending.downloads import AsyncExport
from billowatt_client.sending.live import Trail
from billowatt_client.uploads import File


class AsyncClient(AsyncSending):
    """Speaks to one Billowatt with one API key; a context, to be closed at the end.

    Every method raises ``Problem`` (see ``errors``) where the service says no, and ``ConnectionFailed`` where nobody answers.
    """

    async def create_project(
        self, name: str, external_id: str | None = None, *, idempotency_key: str | None = None
    ) -> Project:
        """Make a project; the same key within a day gives the one made first."""
        return await self._make(calls.create_project(name, external_id, idempotency_key))

    async def project(self, project_id: str) -> Project:
        """Retrieve a project."""
        return await self._make(calls.project(project_id))

    def projects(self) -> AsyncIterator[Project]:
        """Iterate over all projects, newest first, page by page."""
        return self._items(calls.projects)

    async def delete_project(self, project_id: str) -> None:
        """Delete a project with its bills, what was read from them, its events and its numbers."""
        await self._make(calls.delete_project(project_id))

    async def upload(
        self, project_id: str, file: File, *, file_name: str | None = None, idempotency_key: str | None = None
    ) -> Bill:
        """Upload a bill: a path, bytes, or an open binary file.

        A key for idempotency is drawn where none is given, so that a retry finds the first upload. A stream that cannot
        be read again is sent once.
        """
        return await self._make(calls.upload(project_id, file, file_name, idempotency_key))

    async def upload_batch(self, project_id: str, archive: File, *, idempotency_key: str | None = None) -> Batch:
        """Upload a ZIP archive of bills; each of its files is a bill with a job of its own, or is refused by itself."""
        return await self._make(calls.upload_batch(project_id, archive, idempotency_key))

    def bills(self, project_id: str) -> AsyncIterator[Bill]:
        """Iterate over a project's bills, newest first, page by page."""
        return self._items(lambda token: calls.bills(project_id, token))

    async def bill(self, project_id: str, utility_bill_id: str) -> Bill:
        """Retrieve a bill with a fresh download link."""
        return await self._make(calls.bill(project_id, utility_bill_id))

    async def delete_bill(self, project_id: str, utility_bill_id: str) -> None:
        """Delete a bill with everything that was read from it."""
        await self._make(calls.delete_bill(project_id, utility_bill_id))

    async def reparse(self, project_id: str, utility_bill_id: str) -> Job:
        """Read a bill again."""
        return await self._make(calls.reparse(project_id, utility_bill_id))

    async def job(self, job_id: str) -> Job:
        """Retrieve a job."""
        return await self._make(calls.job(job_id))

    async def wait(
        self, job: Bill | Job | str, *, timeout_seconds: float = 300.0, on_progress: Callable[[Job], None] | None = None
    ) -> Job:
        """Wait until a job ended, and return it.

        Args:
            job: a job, its id, or the bill that an upload returned.
            timeout_seconds: how long to wait at most.
            on_progress: is told of the job each time it was looked at.

        Raises:
            JobFailed: the bill was not read.
            WaitTimedOut: the job did not end in time.
        """
        job_id = job_id_of(job)
        for seconds in polls(timeout_seconds):
            now = await self.job(job_id)
            if on_progress is not None:
                on_progress(now)
            if now.status == "failed":
                raise JobFailed(now)
            if now.ended:
                return now
            await asyncio.sleep(seconds)
        raise WaitTimedOut(f"job {job_id} did not end within {timeout_seconds:g} s")

    async def reading(self, project_id: str, utility_bill_id: str, *, wait_seconds: float = 0.0) -> Reading:
        """Retrieve what was read of a bill.

        Between the end of its job and this being there lies a moment; ``wait_seconds`` is how long to wait for it.
        """
        call = calls.reading(project_id, utility_bill_id)
        for seconds in polls(wait_seconds):
            try:
                return await self._make(call)
            except NotFound as error:
                if error.reason != "NO_READING":
                    raise
            await asyncio.sleep(seconds)
        return await self._make(call)

    async def load_profile(self, project_id: str) -> LoadProfile:
        """Retrieve the project's twelve months."""
        return await self._make(calls.load_profile(project_id))

    async def hours(
        self,
        project_id: str,
        *,
        year: int | None = None,
        interval: int | None = None,
        shape_class: str | None = None,
        tariff_hours: str | None = None,
    ) -> Hours:
        """Work out the hours, or shorter intervals [min], of typical days (``shape_class``) and a tariff's ``tariff_hours``."""
        return await self._make(
            calls.hours(project_id, year=year, interval=interval, shape_class=shape_class, tariff_hours=tariff_hours)
        )

    async def months(
        self,
        project_id: str,
        *,
        commodity: str | None = None,
        meter_id: str | None = None,
        page_token: str | None = None,
    ) -> Months:
        """Work out the project's calendar months; for earlier ones ``page_token`` is the ``next_page_token`` of those after."""
        return await self._make(calls.months(project_id, commodity=commodity, meter_id=meter_id, page_token=page_token))

    async def events(self, project_id: str | None = None, *, after: str = "0") -> AsyncIterator[Event]:
        """Iterate over what happened behind a position, oldest first, in a project or in all of them, to the end."""
        page = await self._make(calls.events(project_id, after))
        for event in page.events:
            yield event
        while page.more:
            page = await self._make(calls.events(project_id, page.next_after))
            for event in page.events:
                yield event

    async def position(self, project_id: str | None = None) -> str:
        """Return where the end of what happened is now; ``follow`` and ``events`` go on behind it."""
        return (await self._make(calls.events(project_id, "end"))).next_after

    async def follow(
        self, project_id: str | None = None, *, after: str = "end", poll_seconds: float = 1.0
    ) -> AsyncGenerator[Event, None]:
        """Iterate over what happens, for ever: from now on, or behind the position that was handled last.

        Events are streamed as they happen; where no stream comes through, it asks every ``poll_seconds``. Nothing is missed when
        a stream breaks. Raises ``Refused`` (``POSITION_PRUNED``) where the position is no longer kept.
        """
        trail = Trail(project_id, after)
        while True:
            page = await self._make(calls.events(project_id, trail.after))
            trail.after = page.next_after
            for event in page.events:
                yield event
            if page.more:
                continue
            if trail.streams:
                async with contextlib.aclosing(self._streamed(trail)) as streamed:
                    async for event in streamed:
                        yield event
            await asyncio.sleep(poll_seconds)

    def export(self, path: str, **query: str) -> AbstractAsyncContextManager[AsyncExport]:
        """Open what stands at a path below ``/v1``, to be taken in pieces: ``with client.export("/v1/exports/bills") as it``."""
        return self._opened(office.export(path, query))

    async def create_webhook_endpoint(
        self,
        url: str | None = None,
        *,
        url_template: str | None = None,
        events: Sequence[str] | None = None,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        strict_order: bool | None = None,
        description: str | None = None,
        auth: Mapping[str, str] | None = None,
        body_format: str | None = None,
    ) -> WebhookEndpoint:
        """Make an endpoint that is called by POST at ``url``, or by GET from ``url_template``; keep its ``secret``.

        ``body_format``: whose words bodies are in, ``bayou`` or ``utilityapi``; None: the service's own envelope.
        """
        choices = calls.choices_of(
            url=url,
            url_template=url_template,
            events=events,
            filters=filters,
            strict_order=strict_order,
            description=description,
            auth=auth,
            format=body_format,
        )
        return await self._make(calls.create_webhook_endpoint(choices))

    async def webhook_endpoints(self) -> tuple[WebhookEndpoint, ...]:
        """List the endpoints, newest first."""
        return await self._make(calls.webhook_endpoints())

    async def webhook_endpoint(self, webhook_endpoint_id: str) -> WebhookEndpoint:
        """Retrieve an endpoint."""
        return await self._make(calls.webhook_endpoint(webhook_endpoint_id))

    async def update_webhook_endpoint(self, webhook_endpoint_id: str, **choices: Any) -> WebhookEndpoint:
        """Change what is given of an endpoint: what ``create_webhook_endpoint`` takes, and ``enabled``."""
        return await self._make(calls.update_webhook_endpoint(webhook_endpoint_id, calls.choices_of(**choices)))

    async def delete_webhook_endpoint(self, webhook_endpoint_id: str) -> None:
        """Delete an endpoint with its secrets and its log."""
        await self._make(calls.delete_webhook_endpoint(webhook_endpoint_id))

    async def webhook_secrets(self, webhook_endpoint_id: str) -> tuple[str, ...]:
        """Show the secrets that sign now, newest first."""
        return await self._make(calls.webhook_secrets(webhook_endpoint_id))

    async def rotate_webhook_secret(self, webhook_endpoint_id: str) -> str:
        """Make a new secret and return it; the old one signs beside it for a day."""
        return await self._make(calls.rotate_webhook_secret(webhook_endpoint_id))

    async def test_webhook_endpoint(self, webhook_endpoint_id: str) -> Delivery:
        """Send an event that says only that events arrive."""
        return await self._make(calls.test_webhook_endpoint(webhook_endpoint_id))

    def deliveries(self, webhook_endpoint_id: str, *, status: str | None = None) -> AsyncIterator[Delivery]:
        """Iterate over an endpoint's deliveries, newest first, page by page."""
        return self._items(lambda token: calls.deliveries(webhook_endpoint_id, status, token))

    async def delivery(self, webhook_endpoint_id: str, delivery_id: str) -> Delivery:
        """Retrieve a delivery with its attempts."""
        return await self._make(calls.delivery(webhook_endpoint_id, delivery_id))

    async def redeliver(self, webhook_endpoint_id: str, delivery_id: str) -> Delivery:
        """Deliver once more: same id, same body."""
        return await self._make(calls.redeliver(webhook_endpoint_id, delivery_id))

    async def redeliver_since(
        self,
        webhook_endpoint_id: str,
        since: datetime,
        *,
        until: datetime | None = None,
        which: str = "failed",
        event_types: Sequence[str] = (),
    ) -> int:
        """Deliver once more what failed since a time (or is missing, or succeeded, or all); return how many deliveries."""
        queued, rest = 0, since
        while True:
            told = await self._make(calls.redeliver_since(webhook_endpoint_id, rest, until, which, event_types))
            queued += told.deliveries
            if told.rest_since is None:
                return queued
            rest = told.rest_since

    def api_keys(self, *, live: bool | None = None) -> AsyncIterator[ApiKey]:
        """Iterate over the tenant's keys, newest first; ``live``: only those that work, or only those that do not."""
        return self._items(lambda token: office.api_keys(live, token))

    async def create_api_key(self, name: str, scopes: Sequence[str], *, expires_in_days: int | None = None) -> ApiKey:
        """Make a key; keep its ``api_key``, which is shown this once."""
        return await self._make(office.create_api_key(name, scopes, expires_in_days))

    async def rotate_api_key(self, key_id: str, *, grace_hours: int | None = None) -> ApiKey:
        """Make a key like this one and return it; the old one works on for the grace time, a day where none is given."""
        return await self._make(office.rotate_api_key(key_id, grace_hours))

    async def revoke_api_key(self, key_id: str) -> ApiKey:
        """End a key for good."""
        return await self._make(office.revoke_api_key(key_id))

    def tenants(self) -> AsyncIterator[Tenant]:
        """Iterate over all tenants, newest first; with the operator's key."""
        return self._items(office.tenants)

    async def create_tenant(self, name: str) -> Tenant:
        """Make a tenant and a first key, which is shown this once; with the operator's key."""
        return await self._make(office.create_tenant(name))

    async def erase_tenant(self, tenant_id: str) -> Json:
        """Erase all of a tenant and return the receipt; ``erasing``: ask again. With the operator's key."""
        return await self._make(office.erase_tenant(tenant_id))

    def ledger_bills(self, **filters: str) -> AsyncIterator[LedgerBill]:
        """Iterate over records of the ledger, the one made last first; ``filters`` are the service's own, as ``project_id``."""
        return self._items(lambda token: office.ledger_bills(filters, token))

    async def amend_ledger_bill(
        self, ledger_bill_id: str, changes: Mapping[str, str | None], *, amended_by: str, reason: str
    ) -> LedgerBill:
        """Correct fields of a record, all of them or none, and return the one that now stands; None takes a value out."""
        return await self._make(office.amend_ledger_bill(ledger_bill_id, changes, amended_by, reason))

    async def review(self, project_id: str, utility_bill_id: str) -> Review:
        """Retrieve a bill as it is to be reviewed: what waits where something does, else what is in effect."""
        return await self._make(office.review(project_id, utility_bill_id))

    async def confirm_bill(
        self,
        project_id: str,
        utility_bill_id: str,
        *,
        reviewed_by: str,
        reason: str | None = None,
        version: str | None = None,
    ) -> Review:
        """Let a bill count as found right; one that waits takes effect."""
        call = office.confirm_bill(project_id, utility_bill_id, reviewed_by=reviewed_by, reason=reason, version=version)
        return await self._make(call)

    async def reject_bill(
        self, project_id: str, utility_bill_id: str, *, reviewed_by: str, reason: str, version: str | None = None
    ) -> Review:
        """Keep a bill that waits out of the ledger; it can be confirmed later."""
        call = office.reject_bill(project_id, utility_bill_id, reviewed_by=reviewed_by, reason=reason, version=version)
        return await self._make(call)

    async def confirm_values(
        self,
        project_id: str,
        utility_bill_id: str,
        paths: Sequence[str],
        *,
        reviewed_by: str,
        statement: int = 1,
        undo: bool = False,
        version: str | None = None,
    ) -> Review:
        """Let values count as found right, by the names that proofs use, or take that back with ``undo``."""
        call = office.confirm_values(
            project_id,
            utility_bill_id,
            paths=list(paths),
            reviewed_by=reviewed_by,
            statement=statement,
            undo=undo or None,
            version=version,
        )
        return await self._make(call)

    async def put_ledger_bill_metadata(self, ledger_bill_id: str, metadata: Json) -> LedgerBill:
        """Replace the metadata of a record."""
        return await self._make(office.put_ledger_bill_metadata(ledger_bill_id, metadata))
