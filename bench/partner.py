"""A partner's side of a journey: a client of the REST API, and a webhook endpoint that remembers what it got."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp import web

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
EVENT = "utility_bill_upload_job_completed"


@dataclass
class Delivery:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Endpoint:
    """A webhook endpoint on loopback. ``answer`` decides the status; None never answers."""

    deliveries: list[Delivery] = field(default_factory=list)
    answer: int | None = 204
    url: str = ""
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> "Endpoint":
        application = web.Application()
        application.router.add_post("/", self._receive)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._runner
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        delivery = Delivery({key.lower(): value for key, value in request.headers.items()}, await request.read())
        async with self._came:
            self.deliveries.append(delivery)
            self._came.notify_all()
        if self.answer is None:
            await asyncio.Event().wait()
        return web.Response(status=self.answer or 500)

    def of(self, bill_id: str) -> list[Delivery]:
        """Return the deliveries that tell of a bill."""
        return [one for one in self.deliveries if one.event["data"].get("utility_bill_id") == bill_id]

    async def wait_for(self, bill_id: str, count: int = 1) -> Delivery:
        """Return the delivery number ``count`` that tells of a bill."""
        async with asyncio.timeout(WAIT_SECONDS), self._came:
            await self._came.wait_for(lambda: len(self.of(bill_id)) >= count)
        return self.of(bill_id)[count - 1]


class Partner:
    """Speaks REST with one key."""

    def __init__(self, url: str, api_key: str) -> None:
        self._session = aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {api_key}"})

    async def __aenter__(self) -> "Partner":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, *, expect: int | None = None, **options: Any) -> Any:
        """Return the answer's JSON; ``expect`` is the status it must have (any success where None)."""
        async with self._session.request(method, path, **options) as response:
            answer = await response.read()
            wanted = response.status == expect if expect else response.status < 300
            assert wanted, f"{method} {path} was answered {response.status}: {answer.decode(errors='replace')}"
            return json.loads(answer) if answer else None

    async def project(self, name: str = "Home") -> str:
        return (await self.ask("POST", "/v1/projects", json={"name": name}))["project_id"]

    async def listen(self, endpoint: Endpoint) -> dict[str, Any]:
        return await self.ask("POST", "/v1/webhook_endpoints", json={"url": endpoint.url, "events": [EVENT]})

    async def upload(
        self, project: str, data: bytes, name: str = "bill.pdf", *, key: str | None = None, expect: int = 202
    ) -> dict[str, Any]:
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if key:
            headers["Idempotency-Key"] = key
        return await self.ask(
            "POST", f"/v1/projects/{project}/utility_bills", data=data, headers=headers, expect=expect
        )

    async def bill(self, project: str, bill: str) -> dict[str, Any]:
        return await self.ask("GET", f"/v1/projects/{project}/utility_bills/{bill}")

    async def profile(self, project: str, expect: int = 200) -> dict[str, Any]:
        return await self.ask("GET", f"/v1/projects/{project}/load_profile", expect=expect)

    async def finished(self, job: str) -> dict[str, Any]:
        """Poll the job until it ended."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            answer = await self.ask("GET", f"/v1/jobs/{job}")
            if answer["status"] in {"succeeded", "failed"}:
                return answer
            await asyncio.sleep(POLL_SECONDS)
        raise AssertionError(f"job {job} did not finish: {answer}")
