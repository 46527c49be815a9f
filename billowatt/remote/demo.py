"""``billowatt demo``: a sample bill goes the whole way through a running Billowatt, and each step is shown."""

import asyncio
import json
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from rich.console import Console

from billowatt.remote.address import Address, NotRunning, address
from billowatt.remote.chart import print_months, print_summary
from runtime.settings import Settings

READY_SECONDS = 60.0
JOB_SECONDS = 60.0
WEBHOOK_SECONDS = 20.0
POLL_SECONDS = 0.1
SAMPLE = "sample-bill.pdf"
EVENT = "utility_bill_upload_job_completed"


class DemoFailed(Exception):
    """The demo could not go on; the sentence says what to do."""


async def demo(data: Path) -> None:
    """Upload the sample bill, follow its job, receive the webhook, and print what was read.

    Raises:
        DemoFailed: nothing answers, or a step did not come about in its time.
    """
    console = Console()
    ready = await _ready(data)
    session = aiohttp.ClientSession(ready.url, headers={"Authorization": f"Bearer {ready.api_key}"})
    async with session, _Receiver() as receiver:
        endpoint = await _ask(session, "POST", "/v1/webhook_endpoints", json={"url": receiver.url, "events": [EVENT]})
        try:
            await _show(console, session, receiver)
        finally:
            await _ask(session, "DELETE", f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}")


async def _show(console: Console, session: aiohttp.ClientSession, receiver: "_Receiver") -> None:
    project = await _ask(session, "POST", "/v1/projects", json={"name": "Demo"})
    bills = f"/v1/projects/{project['project_id']}/utility_bills"
    uploaded = await _ask(
        session,
        "POST",
        bills,
        data=(files("billowatt") / "sample" / SAMPLE).read_bytes(),
        headers={"Content-Disposition": f'attachment; filename="{SAMPLE}"'},
    )
    console.print(f"uploaded   {SAMPLE} as bill {uploaded['utility_bill_id']}", highlight=False)
    job = await _finished(console, session, uploaded["job_id"])
    if job["status"] != "succeeded":
        raise DemoFailed(f"the sample bill was not read: {job.get('failure_reason')}")
    # The webhook says that the result can be fetched; the job only that the bill was read.
    event = await receiver.event(project["project_id"])
    console.print(f"webhook    {json.dumps(event)}", highlight=False, soft_wrap=True)
    reading = await _ask(session, "GET", f"{bills}/{uploaded['utility_bill_id']}/reading")
    print_summary(console, reading["summary"])
    profile = await _ask(session, "GET", f"/v1/projects/{project['project_id']}/load_profile")
    console.print(f"\nload profile of project {project['project_id']}, version {profile['version']}", highlight=False)
    print_months(console, profile)


async def _ready(data: Path) -> Address:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            return address(Settings(data=data))
        except NotRunning as error:
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"nothing runs on {data}: start it with `make run` (or `billowatt up --data {data}`)"
                ) from error
        await asyncio.sleep(POLL_SECONDS)


async def _ask(session: aiohttp.ClientSession, method: str, path: str, **options: Any) -> dict[str, Any]:
    try:
        async with session.request(method, path, timeout=aiohttp.ClientTimeout(total=30), **options) as response:
            answer: dict[str, Any] = await response.json(content_type=None) if response.status != 204 else {}
            if response.status >= 400:
                raise DemoFailed(f"{method} {path} was answered {response.status}: {answer.get('detail')}")
            return answer
    except aiohttp.ClientConnectionError as error:
        raise DemoFailed("nothing answers there any more: start it again with `make run`") from error


async def _finished(console: Console, session: aiohttp.ClientSession, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + JOB_SECONDS
    shown = None
    while time.monotonic() < deadline:
        job = await _ask(session, "GET", f"/v1/jobs/{job_id}")
        progress = (job["status"], job.get("pages_done", 0), job.get("pages_total", 0))
        if progress != shown:
            pages = f"  page {progress[1]} of {progress[2]}" if progress[2] else ""
            console.print(f"job        {progress[0]}{pages}", highlight=False)
            shown = progress
        if job["status"] in {"succeeded", "failed"}:
            return job
        await asyncio.sleep(POLL_SECONDS)
    raise DemoFailed(f"the job did not finish within {JOB_SECONDS:.0f} s")


class _Receiver:
    """A webhook endpoint on loopback for as long as the demo runs."""

    def __init__(self) -> None:
        self.url = ""
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue(100)
        self._runner = web.AppRunner(self._application())

    async def __aenter__(self) -> "_Receiver":
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def event(self, project_id: str) -> dict[str, Any]:
        """Return the first event of a project."""
        try:
            async with asyncio.timeout(WEBHOOK_SECONDS):
                while (event := await self._events.get()).get("data", {}).get("project_id") != project_id:
                    pass
                return event
        except TimeoutError as error:
            raise DemoFailed("the webhook did not come") from error

    def _application(self) -> web.Application:
        async def receive(request: web.Request) -> web.Response:
            await self._events.put(await request.json())
            return web.Response(status=204)

        application = web.Application()
        application.router.add_post("/", receive)
        return application
