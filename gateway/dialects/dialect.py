"""What a dialect is: another vendor's addresses, credentials and errors over our records, mounted under one path."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.call import Rooms
from gateway.problems import Problem
from gateway.rest.route import Route
from gateway.webhooks.formats import Format

KeyOf = Callable[[web.Request], str]
KeyBehind = Callable[[Rooms, str], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor's way of asking and answering.

    ``routes`` have paths that begin with ``mount``; ``key_of`` finds the API key in a request as the vendor's clients send it
    (it raises NoKey or BadKey); ``refusal`` answers a problem as the vendor words errors. ``webhooks`` is how the vendor tells
    events, where it does so by POST; endpoints choose it by its name. ``key_behind`` gives the API key behind a token, where the
    vendor's clients send one that its login gave (it raises BadKey).
    """

    name: str
    mount: str
    routes: tuple[Route, ...]
    key_of: KeyOf
    refusal: Callable[[Problem], web.Response]
    webhooks: Format | None = None
    key_behind: KeyBehind | None = None

    def serves(self, path: str) -> bool:
        """Return whether a path is below the mount."""
        return path == self.mount or path.startswith(f"{self.mount}/")
