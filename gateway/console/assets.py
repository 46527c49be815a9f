"""The console's own files, read once: each is named with a digest of its bytes, so that browsers may keep it for good."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from aiohttp import web

from gateway.call import Call, Rooms
from gateway.problems import EdgeProblem

_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_KEPT = "public, max-age=31536000, immutable"
DIGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    body: bytes
    media_type: str
    digest: str


OURS, VENDORED = "static", "vendor/swagger-ui"
"""Folders below this one: our own files, and those of another project as they came (``vendor/VENDOR.toml``)."""


def _read(folder: str) -> dict[str, Asset]:
    found = {}
    for file in (files("gateway.console") / folder).iterdir():
        ending = file.name.rpartition(".")[2]
        if ending in _MEDIA_TYPES:
            body = file.read_bytes()
            found[file.name] = Asset(body, _MEDIA_TYPES[ending], hashlib.sha256(body).hexdigest()[:DIGEST_LENGTH])
    return found


OWN_ASSETS = _read(OURS)
ASSETS = {**_read(VENDORED), **OWN_ASSETS}


def address(name: str) -> str:
    """Return the address of a file.

    Raises:
        KeyError: there is none of this name.
    """
    return f"/console/static/{ASSETS[name].digest}/{name}"


async def get_asset(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Serve one file; an older digest is served the present file, so that a page in hand goes on working."""
    asset = ASSETS.get(call.request.match_info["name"])
    if asset is None:
        raise EdgeProblem("NO_SUCH_ROUTE")
    fresh = call.request.match_info["digest"] == asset.digest
    headers = {"Cache-Control": _KEPT if fresh else "no-cache"}
    return web.Response(body=asset.body, content_type=asset.media_type, charset="utf-8", headers=headers)
