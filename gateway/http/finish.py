"""The last touch on an answer: its entity tag, 304 where the client holds it already, and the content coding."""

from aiohttp import web

from gateway.http import codings, validators


def finished(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return what to send in place of an answer that a handler made."""
    if response.prepared or not isinstance(response, web.Response):
        return response
    tag = _tag(request, response)
    if tag and validators.not_modified(request, tag):
        kept = {name: response.headers[name] for name in ("Cache-Control", "Link") if name in response.headers}
        response = web.Response(status=304, headers={"Cache-Control": validators.KEPT, **kept})
        response.etag = tag
        return response
    coding = code(request, response)
    if tag:
        response.etag = f"{tag}-{coding}" if coding else tag
        response.headers.setdefault("Cache-Control", validators.KEPT)
    return response


def code(request: web.Request, response: web.StreamResponse) -> str:
    """Choose the coding of an answer that is not yet begun, and return its name; empty where it stays as it is."""
    if not codings.worth_coding(response):
        return ""
    response.headers.add("Vary", "Accept-Encoding")
    coding = codings.choose(request.headers.get("Accept-Encoding", ""))
    if coding is None:
        return ""
    response.enable_compression(coding)
    return coding.value


def _tag(request: web.Request, response: web.Response) -> str:
    if request.method not in ("GET", "HEAD") or response.status != 200 or response.etag is not None:
        return ""
    if response.content_type != "application/json" or not isinstance(response.body, bytes):
        return ""
    return validators.tag_of(response.body)
