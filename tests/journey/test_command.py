"""The command beside a running Billowatt: everything a person does from the shell, with the sample project loaded at start."""

import asyncio
import json
import re
import signal
import subprocess
import zipfile
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from bench.installation import Up, eventually
from bench.partner import Endpoint
from billowatt.command import run as run_here
from billowatt.commands.export import WHATS
from billowatt.doctor import stores
from billowatt.doctor.check import State
from billowatt.doctor.running import server
from billowatt.exits import Exit
from runtime.settings import Settings
from tests.billowatt.shell import COMMAND, DOUBTFUL, ROOT, SAMPLE, at_terminal, environment
from tests.billowatt.shell import run as run_command

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPERATOR = {"BILLOWATT_OPERATOR_KEY": "the operator of this test, long enough"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory):
    running = await Up.start(tmp_path_factory.mktemp("up") / "data", "--sample", **OPERATOR)
    yield running
    await running.stop()


@pytest.fixture
def run(up):
    """Run the command on the data folder, in a thread, so that endpoints of the test answer meanwhile."""

    async def running(*arguments, **more):
        return await asyncio.to_thread(run_command, *arguments, "--data", up.data, **more)

    return running


def lines(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def uploaded(run, *files):
    told = lines(await run("upload", "--json", *files))
    return told[0]["project_id"], [one["utility_bill_id"] for one in told]


async def test_sample_project_is_there_once_and_has_twelve_months(run, up):
    from billowatt.remote.samples import load_samples
    from billowatt.sample import PROJECT_EXTERNAL_ID
    from billowatt_client import Client

    async def loaded():
        found = [one for one in lines(await run("projects", "--json")) if one["external_id"] == PROJECT_EXTERNAL_ID]
        return found[0]["project_id"] if found else None

    project = await eventually(loaded)
    watched = await run("watch", project)
    profile = lines(await run("profile", "--json", project))[0]

    def again():
        with Client(up.ready["url"], up.ready["api_key"]) as client:
            return load_samples(client)

    found, made = await asyncio.to_thread(again)
    assert (watched.returncode, watched.stdout.count("succeeded")) == (0, 2)
    assert [month["energy_kwh"] is not None for month in profile["months"]] == [True] * 12
    assert (found.project_id, made) == (project, False)
    assert f"sample project {project} loaded" in up.log.read_text()


async def test_upload_watch_and_profile_speak_to_a_running_server(run, up, tmp_path):
    broken, text = tmp_path / "broken.pdf", tmp_path / "text.txt"
    broken.write_bytes(b"%PDF-1.7 and no more")
    text.write_text("no bill")

    (told,) = lines(await run("upload", "--json", SAMPLE))
    project = told["project_id"]
    shown = await run("upload", "--project", project, SAMPLE)
    failed = await run("upload", "--json", "--project", project, broken, text)
    watched = await run("watch", project)
    profile = await run("profile", project)
    (as_json,) = lines(await run("profile", "--json", project, "--url", up.ready["url"],
                                 BILLOWATT_API_KEY=up.ready["api_key"]))  # fmt: skip
    refused = await run("profile", "no-such-project")

    assert (told["status"], told["file"]) == ("succeeded", "sample-bill.pdf")
    assert told["summary"]["electricity_kwh"]
    assert "the same bytes as" in shown.stderr
    assert "Example Valley Power & Light" in shown.stdout
    assert failed.returncode == Exit.FAILED
    assert [json.loads(one)["failure"]["reason"] for one in failed.stdout.splitlines()] == [
        "corrupt",
        "unsupported_type",
    ]
    assert f"error: {broken}: corrupt: " in failed.stderr
    assert watched.returncode == Exit.FAILED
    assert (watched.stdout.count("succeeded"), watched.stdout.count("failed")) == (2, 1)
    assert re.search(r"^Jun  █.* kWh", profile.stdout, re.MULTILINE)
    assert len(as_json["months"]) == 12
    assert (refused.returncode, refused.stdout) == (Exit.REFUSED, "")
    assert "NO_SUCH_PROJECT" in refused.stderr
    assert "try: `billowatt projects`" in refused.stderr


async def test_watching_hears_of_bills_that_come_later(run, up):
    project, _ = await uploaded(run, SAMPLE)
    watching = await asyncio.create_subprocess_exec(
        *COMMAND, "watch", project, "--follow", "--json", "--data", str(up.data),
        env=environment(PYTHONPATH=str(ROOT)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert watching.stdout
    first = json.loads(await asyncio.wait_for(watching.stdout.readline(), 60))
    await run("upload", "--project", project, DOUBTFUL)
    seen = set()
    while ("sample-bill-doubt.pdf", "succeeded") not in seen:
        told = json.loads(await asyncio.wait_for(watching.stdout.readline(), 60))
        seen.add((told["file_name"], told["status"]))
    watching.send_signal(signal.SIGINT)
    assert first["status"] == "succeeded"
    assert await asyncio.wait_for(watching.wait(), 30) == Exit.INTERRUPTED


async def test_doubt_is_listed_corrected_and_gone_and_a_confirmation_stays(run):
    project, (bill,) = await uploaded(run, DOUBTFUL)
    (doubt,) = lines(await run("review", project, "--list", "--json"))
    gate = await run("review", project, "--list", "--fail-on", "doubt")
    unknown = await run("review", project, "--bill", bill, "--set", "colour=red")
    fields = [one["field"] for one in doubt["fields"]]
    confirmed = await run("review", project, "--bill", bill, "--confirm", "new_charges", "--by", "Robin")
    corrected = await run(
        "review", project, "--bill", bill, "--set", "payments=122.93", "--reason", "digits changed about"
    )
    rest = await run("review", project, "--list", "--fail-on", "doubt")
    (record,) = [
        json.loads(line)
        for line in (await run("export", "bills", "--project", project, "--form", "jsonl")).stdout.splitlines()
    ]

    assert (doubt["kind"], fields) == ("proof", ["previous_balance", "payments", "new_charges", "amount_due"])
    assert gate.returncode == Exit.DOUBTS
    assert unknown.returncode == Exit.REFUSED
    assert confirmed.returncode == corrected.returncode == Exit.DONE, corrected.stderr
    assert (rest.returncode, rest.stdout) == (Exit.DONE, "")
    assert "no doubt is left" in rest.stderr
    assert record["payments"] == 122.93


async def test_review_asks_at_a_terminal_and_does_what_is_answered(run, up):
    project, _ = await uploaded(run, DOUBTFUL)
    keys = b"2\n122.93\ndigits changed about\n"
    status, shown = await asyncio.to_thread(at_terminal, "review", project, "--data", up.data, keys=keys)
    other, _ = await uploaded(run, DOUBTFUL)
    confirmed = await asyncio.to_thread(at_terminal, "review", other, "--data", up.data, keys=b"c\n")
    skipped, _ = await uploaded(run, DOUBTFUL)
    left = await asyncio.to_thread(at_terminal, "review", skipped, "--data", up.data, keys=b"q\n")

    assert status == Exit.DONE
    assert "122.93 - 122.39 + 0 + 106.95 = 106.95" in shown
    assert "corrected  payments" in shown
    assert "no doubt is left" in shown
    assert "no doubt is left" in confirmed[1]
    assert "1 left to review" in left[1]


async def test_confirmation_is_kept_with_who_and_outlives_a_correction_of_another_field(run, up):
    from billowatt_client import Client

    project, (bill,) = await uploaded(run, DOUBTFUL)
    await run("review", project, "--bill", bill, "--confirm", "new_charges", "--by", "Robin")
    await run("review", project, "--bill", bill, "--set", "payments=122.93", "--by", "Kim")
    await run("review", project, "--bill", bill, "--confirm-bill", "--by", "Kim", "--reason", "looked at")

    def standing():
        with Client(up.ready["url"], up.ready["api_key"]) as client:
            return client.review(project, bill)

    review = await asyncio.to_thread(standing)
    (statement,) = review.statements
    assert review.state == "confirmed"
    assert statement.amended_fields == ("payments",)
    assert [(one["path"], one["confirmed_by"]) for one in statement.confirmed_values] == [("new_charges", "Robin")]


async def test_bill_that_waits_is_listed_and_counts_once_it_is_confirmed(run, up):
    async with up.partner() as partner:
        project = await partner.project()
        await partner.ask("PUT", f"/v1/projects/{project}/review_settings", json={"hold": "always"})
    await run("upload", "--project", project, "--no-wait", SAMPLE, DOUBTFUL)
    await run("watch", project)

    async def waiting():
        found = lines(await run("review", project, "--list", "--json"))
        return [one for one in found if one["kind"] == "held"] if len(found) == 3 else None

    held = await eventually(waiting)
    none = await run("profile", project)
    good, doubtful = (
        next(one["utility_bill_id"] for one in held if one["file"] == name.name) for name in (SAMPLE, DOUBTFUL)
    )
    confirmed = await run("review", project, "--bill", good, "--confirm-bill")
    rejected = await asyncio.to_thread(
        at_terminal, "review", project, "--bill", doubtful, "--data", up.data, keys=b"s\nr\nof another site\n"
    )
    left = await run("review", project, "--list", "--fail-on", "doubt")
    profile = await run("profile", project)

    assert none.returncode == Exit.REFUSED
    assert (confirmed.returncode, rejected[0]) == (Exit.DONE, Exit.DONE), confirmed.stderr
    assert "rejected" in rejected[1]
    assert (left.returncode, left.stdout) == (Exit.DONE, "")
    assert "7,884 kWh" in profile.stdout


@pytest.mark.parametrize("via", ["webhook", "events"])
async def test_listening_shows_events_and_passes_them_on_signed(run, up, via):
    async with up.partner() as partner:
        now = (await partner.ask("GET", "/v1/events?after=end"))["next_after"]
    async with Endpoint() as mine:
        told_of = ["--event", "new_bill", "--limit", "1", "--json", "--forward", mine.url]
        begin = [] if via == "webhook" else ["--after", now]
        listening = asyncio.create_task(run("webhooks", "listen", "--via", via, *told_of, *begin))
        if via == "webhook":
            await eventually(lambda: _has_an_endpoint(run))
        _, (bill,) = await uploaded(run, SAMPLE)
        done = await asyncio.wait_for(listening, 60)
        delivered = mine.deliveries[0]

    (told,) = lines(done)
    (secret,) = re.findall(r"secret +(whsec_\S+)", done.stderr)
    assert (told["type"], told["data"]["utility_bill_id"], told["forwarded"]) == ("new_bill", bill, 204)
    assert told["verified"] is (True if via == "webhook" else None)
    assert Webhook(secret).verify(delivered.body, delivered.headers)["data"] == told["data"]
    assert delivered.id == told["event_id"]
    assert lines(await run("webhooks", "list", "--json")) == []


async def _has_an_endpoint(run):
    return lines(await run("webhooks", "list", "--json"))


async def test_interrupted_listener_takes_its_endpoint_away(run, up):
    listening = await asyncio.create_subprocess_exec(
        *COMMAND, "webhooks", "listen", "--data", str(up.data),
        env=environment(PYTHONPATH=str(ROOT)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert listening.stderr
    assert b"listening  http://127.0.0.1:" in await asyncio.wait_for(listening.stderr.readline(), 60)
    listening.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(listening.wait(), 30) == Exit.TERMINATED
    assert lines(await run("webhooks", "list", "--json")) == []


async def test_endpoint_is_made_tested_looked_at_and_deleted(run):
    async with Endpoint() as mine:
        made = await run("webhooks", "create", mine.url, "--event", "new_bill", "--description", "mine")
        unknown = await run("webhooks", "create", mine.url, "--format", "nobody")
        (endpoint,) = lines(await run("webhooks", "list", "--json"))
        endpoint_id = endpoint["webhook_endpoint_id"]
        taken = await run("webhooks", "test", endpoint_id)
        mine.answer = 500
        refused = await run("webhooks", "test", endpoint_id)
        logged = lines(await run("webhooks", "deliveries", endpoint_id, "--json"))
        # The sample project's bills may be on their way to the endpoint as well.
        newest, oldest = (one for one in logged if one["event_type"] == "webhook.test")
        mine.answer = 204
        again = await run("webhooks", "resend", endpoint_id, newest["delivery_id"])
        since = f"{datetime.now(UTC):%Y-%m-%d}"
        stretch = await run("webhooks", "resend", endpoint_id, "--since", since, "--which", "succeeded")
        shown = await run("webhooks", "deliveries", endpoint_id, newest["delivery_id"])
        listed = await run("webhooks", "list")
        deleted = await run("webhooks", "delete", endpoint_id)

    assert made.stdout.startswith("whsec_")
    assert (unknown.returncode, "bayou" in unknown.stderr) == (Exit.REFUSED, True)
    assert (taken.returncode, "taken" in taken.stdout) == (Exit.DONE, True)
    assert refused.returncode == Exit.FAILED
    assert "it answered 500" in refused.stderr
    assert oldest["status"] == "succeeded"
    assert (again.returncode, stretch.returncode) == (Exit.DONE, Exit.DONE), stretch.stderr
    assert "answered 500" in shown.stdout
    assert "new_bill" in listed.stdout
    assert deleted.returncode == Exit.DONE


async def test_keys_are_made_rotated_and_revoked(run, up):
    made = await run("keys", "create", "nightly", "--scope", "read")
    text = made.stdout.strip()
    reading = await run("projects", BILLOWATT_API_KEY=text)
    lacking = await run("keys", "list", BILLOWATT_API_KEY=text)
    key_id = next(one["key_id"] for one in lines(await run("keys", "list", "--json")) if one["name"] == "nightly")
    rotated = await run("keys", "rotate", key_id, "--grace-hours", "1")
    asked = await run("keys", "revoke", key_id)
    revoked = await run("keys", "revoke", key_id, "--yes")
    listed = await run("keys", "list", "--all")

    assert text.startswith("bk_live_")
    assert reading.returncode == Exit.DONE
    assert (lacking.returncode, "MISSING_SCOPE" in lacking.stderr) == (Exit.REFUSED, True)
    assert rotated.stdout.startswith("bk_live_")
    assert rotated.stdout.strip() != text
    assert asked.returncode == Exit.USAGE
    assert revoked.returncode == Exit.DONE
    assert listed.stdout.count("nightly") == 2


async def test_operator_makes_lists_and_erases_a_tenant(run):
    without = await run("tenants", "list")
    (made,) = lines(await run("tenants", "create", "Second", **OPERATOR))
    listed = await run("tenants", "list", **OPERATOR)
    own = await run("projects", "--json", BILLOWATT_API_KEY=made["api_key"])
    (receipt,) = lines(await run("tenants", "erase", made["tenant_id"], "--yes", **OPERATOR))

    assert (without.returncode, "BILLOWATT_OPERATOR_KEY" in without.stderr) == (Exit.USAGE, True)
    assert made["tenant_id"] in listed.stdout
    assert (own.returncode, own.stdout) == (0, "")
    assert receipt["state"] == "erased"


async def test_everything_is_exported_whole_in_each_of_its_forms(run, up, tmp_path):
    project, _ = await uploaded(run, SAMPLE)
    usages = (await run("export", "usages", "--project", project, "--form", "jsonl")).stdout.splitlines()
    meter = next(one["meter_id"] for one in map(json.loads, usages) if one["meter_id"])
    written = {}
    for what, kind in WHATS.items():
        needed = {"project_id": ("--project", project), "meter_id": ("--meter", meter)}
        options = [word for name in kind.needs for word in needed[name]]
        for form in kind.forms:
            path = tmp_path / f"{what}.{form}"
            words = ["export", what, *options, "-o", str(path), "--data", str(up.data)]
            # In this process: a score of interpreters would take longer than all the exports.
            assert await asyncio.to_thread(run_here, words) == Exit.DONE, path.name
            written[path.name] = path.read_bytes()
    assert written["bills.csv"].startswith(b"ledger_bill_id,")
    assert len(written["hours.csv"].splitlines()) == 8761
    assert b"<feed " in written["green-button.xml"]
    assert b"meterData" in written["portfolio-manager.xml"]
    assert written["months.xlsx"][:2] == b"PK"
    assert "bills" in str(zipfile.ZipFile(tmp_path / "tenant.zip").namelist())
    assert list(tmp_path.glob(".*.part")) == []


async def test_export_says_what_it_lacks_and_leaves_no_half_file(run, up, tmp_path):
    foreign = await run("export", "months", "--project", "x", "--meter", "y")
    lacking = await run("export", "months")
    refused = await run("export", "months", "--project", "no-such-project", "-o", tmp_path / "months.csv")
    status, shown = await asyncio.to_thread(at_terminal, "export", "tenant", "--data", up.data)
    assert foreign.returncode == lacking.returncode == Exit.USAGE
    assert "--meter" in foreign.stderr
    assert "--project" in lacking.stderr
    assert refused.returncode == Exit.REFUSED
    assert list(tmp_path.iterdir()) == []
    assert (status, "-o " in shown) == (Exit.USAGE, True)


async def test_bench_measures_what_runs_and_leaves_neither_bill_nor_project(run):
    before = lines(await run("projects", "--json"))
    (told,) = lines(await run("bench", "service", "--bills", "2", "--json"))
    assert told["service"]["bills"] == 2
    assert 0 < told["service"]["upload_ms_median"] <= told["service"]["numbers_ms_median"]
    assert lines(await run("projects", "--json")) == before


async def test_doctor_finds_the_service_well(up):
    settings = Settings(data=up.data)
    checks = [
        await asyncio.to_thread(server, settings),
        *await stores.database(settings),
        await stores.objects(settings),
    ]
    assert {one.name: one.state for one in checks} == dict.fromkeys(("service", "database", "object store"), State.OK)
