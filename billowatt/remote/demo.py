"""``billowatt demo``: a sample bill goes the whole way through a running Billowatt, and each step is shown."""

import json
import time
from collections.abc import Callable
from typing import Any

from billowatt.chart import print_months, print_summary
from billowatt.exits import Denied, Unreachable
from billowatt.remote.address import Address, address
from billowatt.remote.webhooks.receiver import Receiver
from billowatt.sample import SAMPLES, sample
from billowatt.terminal import Talk
from billowatt_client import Bill, Client, Job, JobFailed, Refused
from runtime.settings import Settings

READY_SECONDS = 60.0
JOB_SECONDS = 60.0
WEBHOOK_SECONDS = 20.0
READING_SECONDS = 30.0
POLL_SECONDS = 0.1
EVENT = "utility_bill_upload_job_completed"


def demo(settings: Settings, talk: Talk) -> None:
    """Upload the sample bill, follow its job, receive the webhook, and print what was read.

    Raises:
        CommandFailed: nothing answers, or a step did not come about in its time.
    """
    found = _ready(settings)
    with Client(found.url, found.api_key) as client, Receiver() as receiver:
        endpoint = _endpoint(client, receiver, talk)
        try:
            _show(client, receiver if endpoint else None, talk)
        finally:
            if endpoint:
                client.delete_webhook_endpoint(endpoint)


def _endpoint(client: Client, receiver: Receiver, talk: Talk) -> str:
    """Register the receiver and return the endpoint's id; "" where the service may not call this machine."""
    try:
        endpoint = client.create_webhook_endpoint(receiver.url, events=[EVENT])
    except Refused as refused:
        if refused.reason != "FORBIDDEN_TARGET":
            raise
        talk.say(
            "webhook    none: BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK=1, as `make run` sets it, lets it come to this machine"
        )
        return ""
    receiver.secrets = [endpoint.secret or ""]
    return endpoint.webhook_endpoint_id


def _show(client: Client, receiver: Receiver | None, talk: Talk) -> None:
    console, name = talk.console(), SAMPLES[0]
    project = client.create_project("Demo").project_id
    bill = client.upload(project, sample(name), file_name=name)
    console.print(f"uploaded   {name} as bill {bill.utility_bill_id}")
    _wait(client, bill, console.print)
    if receiver is not None:
        # The webhook says that the result can be fetched; the job only that the bill was read.
        console.print(f"webhook    {json.dumps(_webhook_of(receiver, project))}", soft_wrap=True, markup=False)
    reading = client.reading(project, bill.utility_bill_id, wait_seconds=READING_SECONDS)
    print_summary(console, reading.summary)
    profile = client.load_profile(project)
    console.print(f"\nload profile of project {project}, version {profile.version}")
    print_months(console, profile.raw)


def _ready(settings: Settings) -> Address:
    deadline = time.monotonic() + (0 if settings.url else READY_SECONDS)
    while True:
        try:
            return address(settings)
        except Unreachable as error:
            if time.monotonic() > deadline:
                raise Unreachable(error.sentence, f"`make run`, or `billowatt up --data {settings.data}`") from error
        time.sleep(POLL_SECONDS)


def _wait(client: Client, bill: Bill, show: Callable[[str], None]) -> None:
    seen: list[tuple[str, int]] = []

    def tell(job: Job) -> None:
        now = (job.status, job.pages_done)
        if now not in seen:
            seen.append(now)
            pages = f"  page {job.pages_done} of {job.pages_total}" if job.pages_total else ""
            show(f"job        {job.status}{pages}")

    try:
        client.wait(bill, timeout_seconds=JOB_SECONDS, on_progress=tell)
    except JobFailed as failed:
        raise Denied(f"the sample bill was not read: {failed}", "`billowatt doctor` looks for the cause") from failed


def _webhook_of(receiver: Receiver, project_id: str) -> dict[str, Any]:
    """Return the body of a project's first webhook whose signature fits."""
    deadline = time.monotonic() + WEBHOOK_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        received = receiver.next(left)
        if received and received.event and received.event.data.get("project_id") == project_id:
            body: dict[str, Any] = json.loads(received.body)
            return body
    raise Unreachable("the webhook did not come", "`billowatt webhooks deliveries` shows what became of it")
