"""The far end of a webhook: a small HTTP server on loopback that keeps what it gets and answers as it is told."""

import asyncio
import json
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from standardwebhooks import Webhook

from tests.gateway.edge import DOCUMENT
from tests.gateway.schema import errors


@dataclass
class Received:
    """One request as it came."""

    method: str
    url: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def event(self):
        return json.loads(self.body)

    def verify(self, secret):
        """Return the event, its signature checked by the reference library, its shape by the document."""
        event = Webhook(secret).verify(self.body, self.headers)
        described = DOCUMENT["webhooks"][event["type"]]["post"]["requestBody"]["content"]["application/json"]
        assert errors(event, described["schema"], DOCUMENT) == []
        return event


class Receiver:
    """Answers 204, or what ``answers`` holds for a path: each a status, a function of the request, or a response."""

    def __init__(self):
        self.url = ""
        self.received = []
        self.answers = defaultdict(list)
        self.always = {}
        self._came = asyncio.Condition()

    async def handle(self, request):
        received = Received(
            request.method,
            request.raw_path,
            request.path,
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
        )
        async with self._came:
            self.received.append(received)
            self._came.notify_all()
        answer = self.answers[request.path].pop(0) if self.answers[request.path] else self.always.get(request.path, 204)
        if isinstance(answer, web.Response):
            return answer
        return web.Response(status=answer) if isinstance(answer, int) else await answer(request)

    def at(self, path):
        return [one for one in self.received if one.path == path]

    async def wait(self, path, count=1, seconds=20):
        """Return what came to a path, once it is so many."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(lambda: len(self.at(path)) >= count)
        return self.at(path)


@asynccontextmanager
async def receiving():
    """Run a receiver."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", receiver.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield receiver
    await runner.cleanup()
