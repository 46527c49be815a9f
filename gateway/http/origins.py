"""Cross-origin requests (the Fetch standard's CORS): browsers of the origins that the operator names may read the answers.

Keys travel in a header that a page must set itself. The console's session is a cookie, but it serves our own pages alone, so
credentials are not allowed here and ``*`` is safe to say.
"""

from collections.abc import Mapping

from aiohttp import web

EXPOSED = "Content-Disposition, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
ALLOWED_HEADERS = (
    "Accept, Authorization, Content-Disposition, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
    "X-Request-Id"
)
ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
PREFLIGHT_SECONDS = 7200
"""Chromium remembers no longer."""


class Origins:
    """The origins whose pages may use the edge."""

    def __init__(self, setting: str) -> None:
        self._origins = frozenset(one.strip().rstrip("/") for one in setting.split(",") if one.strip())

    def preflight(self, request: web.Request) -> web.Response | None:
        """Return the answer to a preflight; None where the request is none, or nobody is let in."""
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        allowed = self.headers(request)
        if "Access-Control-Allow-Origin" not in allowed:
            return None
        return web.Response(
            status=204,
            headers={
                **allowed,
                "Access-Control-Allow-Methods": ALLOWED_METHODS,
                "Access-Control-Allow-Headers": ALLOWED_HEADERS,
                "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
            },
        )

    def headers(self, request: web.Request) -> Mapping[str, str]:
        """Return what lets the page that asks read the answer."""
        origin = request.headers.get("Origin", "")
        if not self._origins:
            return {}
        if "*" in self._origins:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
        if origin not in self._origins:
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED,
            "Vary": "Origin",
        }
