"""Kills in the middle: whatever dies, and whenever, nothing is lost, nothing counts twice, the right bill is active.

Where the moment matters, a lock that the test holds keeps the process in it while it is killed.
"""

import asyncio

import psutil
import pytest
import pytest_asyncio

from bench.installation import Up, eventually
from bench.partner import Endpoint, Partner


@pytest_asyncio.fixture
async def partner(installation, api_key):
    """A partner of the whole installation, started."""
    await installation.start()
    async with Partner(installation.url, api_key) as speaking:
        yield speaking


async def _completions(installation, bill):
    async with installation.database() as connection:
        return await connection.fetchval("SELECT count(*) FROM ingest.completion WHERE subject_id = $1", bill)


async def _changes(installation, bill):
    async with installation.database() as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM profile.change WHERE subject_id = $1 AND kind = 'parse_completed'", bill
        )


async def _settled(installation, partner, endpoint, project, uploaded):
    """Wait for the webhook, then check that the bill took effect once and is active."""
    bill = uploaded["utility_bill_id"]
    delivery = await endpoint.wait_for(bill)
    assert delivery.event["data"]["status"] == "succeeded"
    assert await _completions(installation, bill) == 1
    assert await _changes(installation, bill) == 1
    assert (await partner.profile(project))["active_utility_bill_id"] == bill


async def _waits_for_a_lock(installation):
    """Tell whether somebody waits for a lock."""
    async with installation.database() as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )


async def test_ingest_killed_after_the_object_and_before_the_row_loses_nothing(
    installation, partner, endpoint, text_pdf
):
    await partner.listen(endpoint)
    project = await partner.project()
    async with installation.database() as connection, connection.transaction():
        await connection.execute("LOCK TABLE ingest.bill IN EXCLUSIVE MODE")
        sending = asyncio.ensure_future(partner.upload(project, text_pdf, key="once"))
        await eventually(lambda: _waits_for_a_lock(installation))
        assert len(installation.objects) == 1
        await installation.kill("ingest")
    with pytest.raises(AssertionError, match=r"50[0234]"):
        await sending
    await installation.start("ingest")

    uploaded = await eventually(lambda: _uploaded(partner, project, text_pdf))

    await _settled(installation, partner, endpoint, project, uploaded)
    listed = await partner.ask("GET", f"/v1/projects/{project}/utility_bills")
    assert len(listed["utility_bills"]) == 1
    assert len(installation.objects) == 1


async def _uploaded(partner, project, data):
    """Send the bill again until the service is back."""
    try:
        return await partner.upload(project, data, key="once")
    except AssertionError:
        return None


async def test_ingest_killed_after_the_row_answers_the_retry_with_the_same_bill(
    installation, partner, endpoint, text_pdf
):
    await partner.listen(endpoint)
    project = await partner.project()
    first = await partner.upload(project, text_pdf, key="once")
    await installation.kill("ingest")
    await installation.start("ingest")

    again = await eventually(lambda: _uploaded(partner, project, text_pdf))

    assert again["utility_bill_id"] == first["utility_bill_id"]
    await _settled(installation, partner, endpoint, project, first)


async def test_parser_killed_after_the_lease_hands_the_bill_to_the_next(installation, partner, endpoint, pictures):
    await partner.listen(endpoint)
    project = await partner.project()
    uploaded = await partner.upload(project, pictures["png"], "bill.png")
    await eventually(lambda: _leased(installation, uploaded))
    await installation.kill("parser")
    await installation.start("parser")

    await _settled(installation, partner, endpoint, project, uploaded)
    assert (await partner.finished(uploaded["job_id"]))["attempts"] == 2


async def _leased(installation, uploaded):
    async with installation.database() as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM ingest.job WHERE id = $1 AND state = 'leased'", uploaded["job_id"]
        )


async def test_parser_killed_mid_parse_three_times_parks_the_bill_and_says_so(
    installation, partner, endpoint, pictures
):
    await partner.listen(endpoint)
    project = await partner.project()
    uploaded = await partner.upload(project, pictures["png"], "bill.png")
    for _ in range(3):
        await eventually(lambda: _leased(installation, uploaded))
        await installation.kill("parser")
        await eventually(lambda: _not_leased(installation, uploaded))
        await installation.start("parser")

    delivery = await endpoint.wait_for(uploaded["utility_bill_id"])
    assert (delivery.event["data"]["status"], delivery.event["data"]["reason"]) == ("failed", "gave_up")
    assert await _completions(installation, uploaded["utility_bill_id"]) == 1

    # What was parked is taken up again on request.
    again = await partner.ask(
        "POST", f"/v1/projects/{project}/utility_bills/{uploaded['utility_bill_id']}/reparse", expect=202
    )
    assert (await partner.finished(again["job_id"]))["status"] == "succeeded"


async def _not_leased(installation, uploaded):
    return not await _leased(installation, uploaded)


@pytest.mark.parametrize("victim", ["parser", "ingest"])
async def test_killed_after_the_outcome_is_sent_counts_it_once(victim, installation, partner, endpoint, text_pdf):
    await partner.listen(endpoint)
    project = await partner.project()
    async with installation.database() as connection, connection.transaction():
        # The outcome arrives, but closing the job waits for this lock.
        await connection.execute("SELECT 1 FROM runtime.journal_head WHERE journal = 'ingest.completion' FOR UPDATE")
        uploaded = await partner.upload(project, text_pdf)
        await eventually(lambda: _waits_for_a_lock(installation))
        await installation.kill(victim)
    await installation.start(victim)

    await _settled(installation, partner, endpoint, project, uploaded)


async def test_profile_killed_in_the_fold_applies_it_once(installation, partner, endpoint, text_pdf):
    await partner.listen(endpoint)
    project = await partner.project()
    async with installation.database() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM runtime.journal_head WHERE journal = 'profile.change' FOR UPDATE")
        uploaded = await partner.upload(project, text_pdf)
        await eventually(lambda: _waits_for_a_lock(installation))
        await installation.kill("profile")
    await installation.start("profile")

    await _settled(installation, partner, endpoint, project, uploaded)


async def test_webhooks_killed_between_fold_and_delivery_deliver_after_all(installation, partner, endpoint, text_pdf):
    await partner.listen(endpoint)
    project = await partner.project()
    await installation.kill("webhooks")
    uploaded = await partner.upload(project, text_pdf)
    await eventually(lambda: _changes(installation, uploaded["utility_bill_id"]))
    assert endpoint.deliveries == []
    await installation.start("webhooks")

    await _settled(installation, partner, endpoint, project, uploaded)


async def test_webhooks_killed_while_an_endpoint_hangs_send_the_same_again(installation, partner, text_pdf):
    async with Endpoint(answer=None) as endpoint:
        await partner.listen(endpoint)
        project = await partner.project()
        uploaded = await partner.upload(project, text_pdf)
        first = await endpoint.wait_for(uploaded["utility_bill_id"])
        await installation.kill("webhooks")
        endpoint.answer = 204
        await installation.start("webhooks")
        second = await endpoint.wait_for(uploaded["utility_bill_id"], count=2)

    assert (first.id, first.body) == (second.id, second.body)


async def test_gateway_killed_loses_nothing_that_was_answered(installation, partner, endpoint, text_pdf, api_key):
    await partner.listen(endpoint)
    project = await partner.project()
    uploaded = await partner.upload(project, text_pdf)
    await installation.kill("gateway")
    await installation.start("gateway")

    async with Partner(installation.url, api_key) as returned:
        await _settled(installation, returned, endpoint, project, uploaded)


async def test_everything_and_postgres_killed_restarts_onto_the_same_data(tmp_path, text_pdf, pictures):
    tmp_path.chmod(0o755)
    up = await Up.start(tmp_path / "data")
    try:
        async with up.partner() as partner:
            project = await partner.project()
            first = await partner.upload(project, text_pdf)
            await partner.finished(first["job_id"])
            second = await partner.upload(project, pictures["png"], "bill.png")
        key = up.ready["api_key"]
        _kill_postgres(up)
        await up.kill()

        up = await Up.start(tmp_path / "data")
        assert up.ready["api_key"] == key
        async with up.partner() as partner:
            assert (await partner.finished(second["job_id"]))["status"] == "succeeded"
            await eventually(lambda: _is_active(partner, project, second))
    finally:
        await up.stop()


async def test_postgres_killed_under_a_running_billowatt_comes_back_by_itself(tmp_path, text_pdf, pictures):
    tmp_path.chmod(0o755)
    up = await Up.start(tmp_path / "data")
    try:
        async with up.partner() as partner:
            project = await partner.project()
            uploaded = await partner.upload(project, pictures["png"], "bill.png")
            _kill_postgres(up)
            await eventually(lambda: _is_active(partner, project, uploaded), seconds=60)
            third = await partner.upload(project, text_pdf)
            await eventually(lambda: _is_active(partner, project, third))
    finally:
        assert await up.stop() == 0


async def _is_active(partner, project, uploaded):
    try:
        return (await partner.profile(project))["active_utility_bill_id"] == uploaded["utility_bill_id"]
    except AssertionError:
        return False


def _kill_postgres(up):
    """Kill the database server of a running Billowatt as a power cut would."""
    (postmaster,) = [child for child in psutil.Process(up.process.pid).children() if child.name() == "postgres"]
    postmaster.kill()
