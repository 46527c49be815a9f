"""Sessions: a cookie that holds the API key a person signed in with, sealed, so that nobody but us can read it.

The key itself decides what may be done and until when; revoking it ends the session. The cookie is HttpOnly and SameSite=Strict.
A site is more than an origin (every port of a machine is one site), so the browser's own word decides further: a request that
changes something must come from a page of ours, and one that reads must not come from somebody else's page. Why so:
docs/decisions/0019-sessions-and-policy.md.
"""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from domain.refusals import BadKey, NoKey
from gateway.credentials import key_of as bearer_of
from gateway.credentials import plain_key
from gateway.webhooks.seal import Seal, SealBroken

COOKIE = "billowatt_session"
SESSION_SECONDS = 12 * 3600
"""A working day; then the key is asked for again."""

ONCE_SECONDS = 900
_OWNER = "console session"
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_FETCH_SITE = "Sec-Fetch-Site"
_LOOKING = ("same-origin", "none")
"""What a browser says of a look (Fetch Metadata) that a page of ours or the person at the screen began."""


class Sessions:
    """Seals keys into cookies and finds them there again; ``public_url`` is where people reach us, if a proxy stands before."""

    def __init__(self, seal: Seal, public_url: str = "") -> None:
        self._seal = seal
        self._public_host = urlsplit(public_url).netloc

    def begin(self, response: web.StreamResponse, key: str, *, secure: bool) -> None:
        """Give the browser a session for a key."""
        ends = int(time.time()) + SESSION_SECONDS
        sealed = self._seal.close(f"{ends} {key}".encode(), _OWNER)
        response.set_cookie(
            COOKIE,
            base64.urlsafe_b64encode(sealed).decode(),
            max_age=SESSION_SECONDS,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=secure,
        )

    def end(self, response: web.StreamResponse) -> None:
        """Take the session from the browser."""
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")

    def key_of(self, request: web.Request) -> str:
        """Return the key of the session that a request carries.

        Raises:
            NoKey: it carries none, or does not come from where it must (``may_come``).
            BadKey: the session is over or was altered.
        """
        text = request.cookies.get(COOKIE)
        if not text:
            raise NoKey
        if not self.may_come(request):
            raise NoKey("A session is for the pages of this console alone.")
        try:
            opened = self._seal.open(base64.urlsafe_b64decode(text), _OWNER).decode()
        except (SealBroken, binascii.Error, ValueError) as error:
            raise BadKey from error
        ends, _, key = opened.partition(" ")
        if int(ends) <= time.time():
            raise BadKey("The session is over; sign in again.")
        return plain_key(key)

    def bearer_or_session(self, request: web.Request) -> str:
        """Return the key of a request to the API: the header Authorization decides where it stands, else the session.

        Raises:
            NoKey: neither is there, or the session's request does not come from where it must.
            BadKey: the key is a token of our own processes; the session is over or was altered.
        """
        if hdrs.AUTHORIZATION in request.headers or COOKIE not in request.cookies:
            return bearer_of(request)
        return self.key_of(request)

    def may_come(self, request: web.Request) -> bool:
        """Return whether a request may use a session: a change from our own page only, a look also by hand or from a bookmark."""
        if request.method not in _SAFE_METHODS:
            return self.from_own_page(request)
        return request.headers.get(_FETCH_SITE, "none") in _LOOKING

    def from_own_page(self, request: web.Request) -> bool:
        """Return whether the browser says that a request comes from a page of ours.

        Sec-Fetch-Site is sent to secure addresses and to one's own machine; Origin goes with every change.
        """
        site = request.headers.get(_FETCH_SITE)
        if site is not None:
            return site == "same-origin"
        host = urlsplit(request.headers.get(hdrs.ORIGIN, "")).netloc
        return bool(host) and host in (request.host, self._public_host)


@dataclass
class Once:
    """Words that open the console once: printed at start for whoever sits at the machine."""

    _words: dict[str, tuple[float, str]] = field(default_factory=dict)

    def word_for(self, key: str) -> str:
        """Return a new word that signs in with a key, once, within ONCE_SECONDS."""
        word = secrets.token_urlsafe(24)
        self._words[word] = (time.monotonic() + ONCE_SECONDS, key)
        return word

    def take(self, word: str) -> str:
        """Return the key that a word stands for, and forget it.

        Raises:
            BadKey: it stands for none, or no longer.
        """
        ends, key = self._words.pop(word, (0.0, ""))
        if time.monotonic() >= ends:
            raise BadKey("This address has been used, or is over; sign in with your key.")
        return key
