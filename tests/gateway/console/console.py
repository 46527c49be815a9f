"""A browser of the tests, as far as the console notices: it keeps the cookie, says where its requests come from, runs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp

from gateway.console.session import COOKIE
from tests.gateway.edge import Edge

SIGN_IN = "/console/sign-in"
OWN = {"Sec-Fetch-Site": "same-origin"}


class Markup(HTMLParser):
    """What a page is made of: its elements with their attributes, and the text between."""

    def __init__(self, text):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag, name):
        return [attributes[name] for one, attributes in self.elements if one == tag and name in attributes]

    def elements_named(self, name):
        """What fields of this name hold."""
        return [attributes["value"] for _, attributes in self.elements if attributes.get("name") == name]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@dataclass
class Screen:
    """One page as it came."""

    status: int
    headers: Mapping[str, str]
    text: str
    location: str
    page: Markup = field(init=False)

    def __post_init__(self):
        self.page = Markup(self.text)


@dataclass
class Browser:
    """Asks as a person at the screen does; ``cookie`` is the session."""

    edge: Edge
    cookie: str = ""

    async def sign_in(self, key=None):
        screen = await self.post(SIGN_IN, data={"key": key or self.edge.key})
        assert (screen.status, screen.location) == (303, "/console/projects"), screen.text
        return screen

    async def get(self, path, **rest):
        return await self.ask("GET", path, **rest)

    async def post(self, path, *, headers=OWN, **rest):
        return await self.ask("POST", path, headers=headers, **rest)

    async def bytes(self, path):
        """What stands at an address, as it is."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(self.edge.url + path, headers={"Cookie": f"{COOKIE}={self.cookie}", **OWN}) as answer,
        ):
            assert answer.status == 200
            return await answer.read()

    async def ask(self, method, path, *, headers=None, **rest):
        sent = {**({"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}), **(headers or {})}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.request(method, self.edge.url + path, headers=sent, allow_redirects=False, **rest) as answer,
        ):
            if COOKIE in answer.cookies:
                self.cookie = answer.cookies[COOKIE].value
            text = (await answer.read()).decode("utf-8", "replace")
            return Screen(answer.status, answer.headers, text, answer.headers.get("Location", ""))
