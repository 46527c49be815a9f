"""The client against the edge: everything it can ask, what it is told when it may not, blocking and awaiting."""

import asyncio
import inspect
import io
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billowatt_client import (
    AsyncClient,
    Client,
    Forbidden,
    Job,
    JobFailed,
    NotFound,
    Refused,
    Unauthenticated,
    WaitTimedOut,
    verify_get_webhook,
    verify_webhook,
)
from billowatt_client.models import LoadProfile, built
from domain.outcome import Failure, FailureReason
from gateway.openapi.topics import profiles
from runtime.wire import outcome_to_proto
from tests.gateway.delivering import completed, dispatching, following, in_log
from tests.gateway.edge import PDF


async def test_bill_goes_the_whole_way_when_the_client_awaits(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        project = await client.create_project("Home", "mine-1")
        assert (await client.project(project.project_id)).external_id == "mine-1"
        bill = await client.upload(project.project_id, PDF, file_name="März.pdf")
        assert (bill.file_name, bill.status) == ("März.pdf", "pending")
        seen: list[Job] = []
        waiting = asyncio.create_task(client.wait(bill, timeout_seconds=30, on_progress=seen.append))
        await edge.read_next()
        assert (await waiting).status == "succeeded"
        assert seen[-1].ended
        reading = await client.reading(project.project_id, bill.utility_bill_id, wait_seconds=20)
        assert reading.summary["electricity_kwh"] is not None
        profile = await client.load_profile(project.project_id)
        assert [month.month for month in profile.months] == list(range(1, 13))
        assert isinstance(profile.annual_energy_kwh, Decimal)
        hours = await client.hours(project.project_id, year=2026)
        assert len(hours.energy_kwh) == 8760
        chosen = await client.hours(project.project_id, year=2026, shape_class="us-commercial", tariff_hours="none")
        assert sum(chosen.energy_kwh) == sum(hours.energy_kwh)
        assert chosen.energy_kwh != hours.energy_kwh
        months = await client.months(project.project_id)
        assert (months.project_id, months.next_page_token) == (project.project_id, None)
        with pytest.raises(Refused):
            await client.months(project.project_id, page_token="no token")
        one = await client.bill(project.project_id, bill.utility_bill_id)
        assert one.file_url
        assert one.status == "succeeded"
        again = await client.reparse(project.project_id, bill.utility_bill_id)
        assert again.utility_bill_id == bill.utility_bill_id
        await client.delete_bill(project.project_id, bill.utility_bill_id)
        with pytest.raises(NotFound) as absent:
            await client.bill(project.project_id, bill.utility_bill_id)
        assert absent.value.reason == "NO_SUCH_BILL"


async def test_bill_goes_the_whole_way_when_the_client_blocks(edge, tmp_path):
    path = tmp_path / "bill.pdf"
    path.write_bytes(PDF)

    def upload():
        with Client(edge.url, edge.key) as client:
            project = client.create_project("Home")
            return client.upload(project.project_id, path)

    def read(bill):
        with Client(edge.url, edge.key) as client:
            client.wait(bill, timeout_seconds=30)
            client.wait(client.job(bill.job_id))
            reading = client.reading(bill.project_id, bill.utility_bill_id, wait_seconds=20)
            return (
                reading,
                client.load_profile(bill.project_id),
                list(client.bills(bill.project_id)),
                list(client.projects()),
            )

    bill = await asyncio.to_thread(upload)
    await edge.read_next()
    reading, profile, bills, projects = await asyncio.to_thread(read, bill)
    assert reading.utility_bill_id == bill.utility_bill_id
    assert len(profile.months) == 12
    assert [one.utility_bill_id for one in bills] == [bill.utility_bill_id]
    assert [one.project_id for one in projects] == [bill.project_id]


async def test_lists_are_iterated_over_all_pages(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        project = await client.create_project("Many")
        made = [(await client.upload(project.project_id, PDF + bytes([n]))).utility_bill_id for n in range(60)]
        assert [bill.utility_bill_id async for bill in client.bills(project.project_id)] == made[::-1]


async def test_upload_takes_bytes_paths_and_streams_and_finds_itself_again(edge, tmp_path):
    path = tmp_path / "on disk.pdf"
    path.write_bytes(PDF)
    async with AsyncClient(edge.url, edge.key) as client:
        project = (await client.create_project("Home")).project_id
        stream = io.BytesIO(b"before" + PDF)
        stream.seek(6)
        bills = [
            await client.upload(project, PDF),
            await client.upload(project, path),
            await client.upload(project, str(path), file_name="other.pdf"),
            await client.upload(project, stream),
            await client.upload(project, _Pipe(PDF)),
        ]
        assert [bill.file_name for bill in bills] == ["bill", "on disk.pdf", "other.pdf", "bill", "bill"]
        assert len({bill.sha256 for bill in bills}) == 1
        keyed = [await client.upload(project, PDF, idempotency_key="one") for _ in range(2)]
        assert keyed[0].utility_bill_id == keyed[1].utility_bill_id


class _Pipe(io.RawIOBase):
    """A stream that cannot be read again."""

    def __init__(self, data):
        self._inner = io.BytesIO(data)

    def readable(self):
        return True

    def seekable(self):
        return False

    def read(self, size=-1):
        return self._inner.read(size)


async def test_archive_is_uploaded_as_a_batch(edge):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("march.pdf", PDF)
        files.writestr("notes.txt", b"no bill")
    async with AsyncClient(edge.url, edge.key) as client:
        project = (await client.create_project("Home")).project_id
        batch = await client.upload_batch(project, archive.getvalue())
        assert (batch.accepted, batch.refused) == (1, 1)
        assert [entry.reason for entry in batch.entries] == [None, "UNSUPPORTED_TYPE"]
        assert batch.entries[0].job_id
        assert (await client.job(batch.entries[0].job_id)).utility_bill_id == batch.entries[0].utility_bill_id


async def test_failed_reading_is_an_error_that_says_why(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        project = (await client.create_project("Home")).project_id
        bill = await client.upload(project, PDF)
        with pytest.raises(WaitTimedOut):
            await client.wait(bill, timeout_seconds=0.2)
        await edge.read_next(
            outcome_to_proto(Failure(reason=FailureReason.NOT_A_BILL, detail="The pages show no bill."))
        )
        with pytest.raises(JobFailed) as failed:
            await client.wait(bill, timeout_seconds=30)
    assert failed.value.job.failure_reason == "not_a_bill"


async def test_refusals_are_typed_and_carry_the_problem(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        project = (await client.create_project("Home")).project_id
        with pytest.raises(Refused) as wrong:
            await client.upload(project, b"no bill at all")
        assert (wrong.value.status, wrong.value.reason) == (415, "UNSUPPORTED_TYPE")
        assert wrong.value.request_id
        with pytest.raises(NotFound):
            await client.project("../projects")
    async with AsyncClient(edge.url, await edge.new_key(scopes=("read",))) as reader:
        with pytest.raises(Forbidden):
            await reader.create_project("Home")
    async with AsyncClient(edge.url, "bk_live_nobody00_00000000000000000000000000000000") as stranger:
        with pytest.raises(Unauthenticated):
            await stranger.project(project)


async def test_webhook_endpoints_are_managed_and_their_events_verified(edge, receiver):
    async with AsyncClient(edge.url, edge.key) as client:
        made = await client.create_webhook_endpoint(
            f"{receiver.url}/hook", events=["utility_bill_upload_job_completed"], filters={"status": "succeeded"}
        )
        got = await client.create_webhook_endpoint(url_template=f"{receiver.url}/get?job=<JOB_ID>")
        endpoint_id = made.webhook_endpoint_id
        assert made.secret
        assert got.secret
        assert [one.webhook_endpoint_id for one in await client.webhook_endpoints()] == [
            got.webhook_endpoint_id,
            endpoint_id,
        ]
        change = completed(edge, position=1)
        async with following(edge), dispatching(edge):
            await edge.changes.tell(change)
            [by_post] = await receiver.wait("/hook")
            [by_get] = await receiver.wait("/get")
            rotated = await client.rotate_webhook_secret(endpoint_id)
            test = await client.test_webhook_endpoint(endpoint_id)
            by_test = (await receiver.wait("/hook", 2))[1]
            await in_log(edge, {"webhook_endpoint_id": endpoint_id}, 2)
            [done] = [
                one
                async for one in client.deliveries(endpoint_id, status="succeeded")
                if one.event_id == change.event_id
            ]
            whole = await client.delivery(endpoint_id, done.delivery_id)
            assert (await client.redeliver(endpoint_id, done.delivery_id)).event_id == change.event_id
            await receiver.wait("/hook", 3)
            since = datetime.now(UTC) - timedelta(days=1)
            await in_log(edge, {"webhook_endpoint_id": endpoint_id}, 2)
            assert await client.redeliver_since(endpoint_id, since, which="failed") == 0
        event = verify_webhook(made.secret, by_post.headers, by_post.body)
        assert (event.event_id, event.data["job_id"]) == (change.event_id, change.parse_completed.job_id)
        assert verify_get_webhook(got.secret, by_get.headers, receiver.url + by_get.url) == change.event_id
        assert verify_webhook([rotated], by_test.headers, by_test.body).event_id == test.event_id
        assert await client.webhook_secrets(endpoint_id) == (rotated, made.secret)
        assert [attempt.status for attempt in whole.attempt_log] == [204]
        changed = await client.update_webhook_endpoint(endpoint_id, enabled=False, strict_order=True)
        assert (changed.enabled, changed.strict_order) == (False, True)
        assert (await client.webhook_endpoint(endpoint_id)).disabled_reason == "person"
        await client.delete_webhook_endpoint(endpoint_id)
        with pytest.raises(NotFound):
            await client.webhook_endpoint(endpoint_id)


async def test_what_happens_is_listed_and_followed_from_a_position(edge):
    async with AsyncClient(edge.url, edge.key) as client:
        project = (await client.create_project("Home")).project_id
        bill = await client.upload(project, PDF)
        await edge.read_next()
        await client.reading(project, bill.utility_bill_id, wait_seconds=20)
        listed = [event async for event in client.events(project)]
        assert "utility_bill_upload_job_completed" in [event.type for event in listed]
        assert all(event.data["project_id"] == project for event in listed)
        rest = [event async for event in client.events(after=listed[0].position or "")]
        assert rest == listed[1:]
        followed = client.follow(project, after=listed[-1].position or "", poll_seconds=0.05)
        waiting = asyncio.ensure_future(anext(followed))
        await client.delete_bill(project, bill.utility_bill_id)
        async with asyncio.timeout(20):
            happened = await waiting
        await followed.aclose()
        assert happened.position is not None
        assert int(happened.position) > int(listed[-1].position or 0)

    def listing():
        with Client(edge.url, edge.key) as blocking:
            return list(blocking.events(project)), next(blocking.follow(project, after="0"))

    again, first = await asyncio.to_thread(listing)
    assert again[0] == first


def test_both_clients_have_the_same_methods_with_the_same_words():
    def surface(kind):
        return {
            name: (
                [one for one in inspect.signature(method).parameters if one != "self"],
                inspect.getdoc(method),
            )
            for name, method in vars(kind).items()
            if not name.startswith("_")
        }

    assert surface(Client) == surface(AsyncClient)


def test_answer_with_members_of_a_later_version_is_understood():
    told = built(LoadProfile, {**profiles.LOAD_PROFILE, "new_in_version_2": 7})
    assert told.raw["new_in_version_2"] == 7
