"""Content codings (RFC 9110, 12.5.3): gzip or deflate for JSON and CSV that are worth it, as the client prefers.

zlib is what aiohttp offers and every client reads. Brotli and Zstandard would save some more bytes of answers that are a few
kilobytes long, for a compiled dependency each; not worth it here.
"""

from aiohttp import web
from aiohttp.web import ContentCoding

BYTES_MIN = 1024
"""Below, the packet is not even full."""

TYPES = frozenset(
    {"application/json", "application/problem+json", "text/csv", "text/html", "text/css", "text/javascript"}
)
_CODINGS = (ContentCoding.gzip, ContentCoding.deflate)


def choose(header: str) -> ContentCoding | None:
    """Return the coding that an Accept-Encoding asks for most, gzip where it cares for none more; None: as it is."""
    weights = dict(_weighed(one) for one in header.lower().split(",") if one.strip())
    rest = weights.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: weights.get(coding.value, rest))
    return best if weights.get(best.value, rest) > 0 else None


def worth_coding(response: web.StreamResponse) -> bool:
    """Tell whether an answer gets smaller by it; one without a known length is long."""
    if response.content_type not in TYPES or "Content-Encoding" in response.headers:
        return False
    if not isinstance(response, web.Response):
        return True
    return isinstance(response.body, bytes) and len(response.body) >= BYTES_MIN


def _weighed(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0
