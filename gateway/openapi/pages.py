"""Serves the document and its pages."""

from aiohttp import web

from gateway.call import Call, Rooms
from gateway.console.view import POLICY_OF_DOCS, page
from gateway.problems import EdgeProblem

_CACHE = "public, max-age=300"


async def get_openapi(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Serve the document."""
    return web.Response(
        body=rooms.papers.document_json,
        content_type="application/json",
        headers={"Cache-Control": _CACHE, "Access-Control-Allow-Origin": "*"},
    )


async def show_docs(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Serve the document to try it out: Swagger UI, from our own files alone."""
    answer = page("docs.html")
    answer.headers["Content-Security-Policy"] = POLICY_OF_DOCS
    return answer


async def show_reference(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Serve the document to read it: one page without any script."""
    return _page(rooms, rooms.papers.reference_html)


async def list_problems(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Serve the list of all types of problems."""
    return _page(rooms, rooms.papers.problems_html)


async def show_problem(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Serve the page about one type of problem."""
    found = rooms.papers.problem_html.get(call.request.match_info["name"])
    if found is None:
        raise EdgeProblem("NO_SUCH_ROUTE")
    return _page(rooms, found)


def _page(rooms: Rooms, html: str) -> web.Response:
    return web.Response(
        text=html,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": rooms.papers.policy, "Cache-Control": _CACHE},
    )
