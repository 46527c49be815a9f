"""The console's first pages: sign in, one bill under review, and what is shown in place of a page that is refused."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web

from domain.refusals import Absent, BadKey, NoKey, NoReading, TimedOut
from gateway.bodies import whole_of
from gateway.call import Call, Rooms, ask
from gateway.console.projects.pages import PROJECTS
from gateway.console.session import Once, Sessions
from gateway.console.values import Shown, findings_of, identities_of, values_of
from gateway.console.view import lead_to, page
from gateway.credentials import plain_key
from gateway.problems import Problem
from gateway.rest.bills.shapes import bill_json
from protos.ingest.v1 import ingest_pb2
from protos.parser.v1 import parser_pb2
from protos.profile.v1 import profile_pb2
from runtime.rpc.refusals import refusals_raised

IMAGE_WIDTH_PIXELS = 1440
PAGE_NUMBER_MAX = 9999
DRAWING_SECONDS = 60.0
SIGN_IN = "/console/sign-in"


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one process: its sessions and its one-time words."""

    sessions: Sessions
    once: Once

    async def show_sign_in(self, rooms: Rooms, call: Call) -> web.StreamResponse:
        """Ask for a key, or take a one-time word for one."""
        word = call.request.query.get("once")
        if word is None or call.request.method == hdrs.METH_HEAD:
            return page("sign_in.html", message="")
        try:
            key = self.once.take(word)
        except BadKey as refusal:
            return page("sign_in.html", 401, message=refusal.sentence)
        return self._begin(call, key)

    async def sign_in(self, rooms: Rooms, call: Call) -> web.StreamResponse:
        """Begin a session for a key that works."""
        if not self.sessions.from_own_page(call.request):
            return page("sign_in.html", 403, message="Sign in on this page itself.")
        form = await call.request.post()
        try:
            key = plain_key(str(form.get("key", "")).strip())
            await rooms.authenticator.caller(key)
        except (BadKey, NoKey):
            return page("sign_in.html", 401, message="This key is unknown, over or revoked.")
        return self._begin(call, key)

    async def sign_out(self, rooms: Rooms, call: Call) -> web.StreamResponse:
        """End the session of this browser; the key goes on working elsewhere."""
        if not self.sessions.from_own_page(call.request):
            raise NoKey("Sign out on a page of this console.")
        response = lead_to(SIGN_IN)
        self.sessions.end(response)
        return response

    def _begin(self, call: Call, key: str) -> web.Response:
        response = lead_to(PROJECTS)
        self.sessions.begin(response, key, secure=call.base_url.startswith("https:"))
        return response


async def show_root(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Lead to the console."""
    return lead_to(PROJECTS)


async def show_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show a bill under review: one page with a box around each value, the values, and the proof of the chosen one."""
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    bill = await ask(
        rooms, call, rooms.ingest.GetBill, ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    )
    try:
        request = profile_pb2.GetReadingRequest(project_id=call.project_id, bill_id=call.bill_id)
        readings = list((await ask(rooms, call, rooms.profiles.GetReading, request)).readings)
    except NoReading:
        readings = []
    identities = identities_of(readings)
    values = values_of(readings, identities)
    chosen = next((one for one in values if one.path == call.request.query.get("value")), None)
    number = _page_number(call.request.query.get("page", ""), chosen)
    drawn = await _drawn(rooms, call, bill.object_key, number)
    return page(
        "bill.html",
        project=project,
        bill=bill_json(bill),
        values=values,
        by_path={one.path: one for one in values},
        identities=identities,
        findings=findings_of(readings),
        chosen=chosen,
        number=number,
        drawn=drawn,
        here=f"{PROJECTS}/{call.project_id}/bills/{call.bill_id}",
        image=f"/v1/projects/{call.project_id}/utility_bills/{call.bill_id}/pages/{number}?width={IMAGE_WIDTH_PIXELS}",
        doubts=sum(one.state in ("doubt", "failed") for one in values),
        quote=lambda text: quote(text, safe=""),
    )


def refusal_page(problem: Problem) -> web.Response:
    """Show what went wrong, and what to do; who is not signed in is led to where one does."""
    if problem.kind.status == 401:
        return lead_to(SIGN_IN)
    answer = page("problem.html", problem.kind.status, problem=problem)
    answer.headers.update(problem.headers)
    return answer


async def _drawn(rooms: Rooms, call: Call, object_key: str, number: int) -> Any:
    request = parser_pb2.DrawPageRequest(object_key=object_key, page=number, width_pixels=IMAGE_WIDTH_PIXELS)
    try:
        with refusals_raised():
            return await rooms.parser.DrawPage(
                request, timeout=DRAWING_SECONDS, metadata=rooms.credentials.for_service()
            )
    except (Absent, TimedOut):
        return None


def _page_number(text: str, chosen: Shown | None) -> int:
    asked = whole_of(text, 1, PAGE_NUMBER_MAX)
    if asked is not None:
        return asked
    return chosen.page if chosen is not None and chosen.page else 1
