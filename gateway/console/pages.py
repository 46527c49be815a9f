"""The console's pages: sign in, projects, one project with its bills and months."""

from dataclasses import dataclass

from aiohttp import hdrs, web

from domain.refusals import BadKey, NoKey, NoLoadProfile
from gateway.call import Call, Rooms, ask
from gateway.console.chart import HEIGHT, WIDTH, bars_of
from gateway.console.session import Once, Sessions
from gateway.console.view import page
from gateway.credentials import plain_key
from gateway.problems import Problem
from gateway.rest.bills.shapes import STATES, bill_json
from gateway.rest.bills.uploads import receive
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2

SIGN_IN = "/console/sign-in"
PROJECTS = "/console/projects"
PAGE_SIZE = 100


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
        response = _to(SIGN_IN)
        self.sessions.end(response)
        return response

    def _begin(self, call: Call, key: str) -> web.Response:
        response = _to(PROJECTS)
        self.sessions.begin(response, key, secure=call.base_url.startswith("https:"))
        return response


async def show_root(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Lead to the console."""
    return _to(PROJECTS)


async def show_projects(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the tenant's projects, newest first."""
    request = ingest_pb2.ListProjectsRequest(page_size=PAGE_SIZE, page_token=call.request.query.get("after", ""))
    answer = await ask(rooms, call, rooms.ingest.ListProjects, request)
    return page("projects.html", projects=answer.projects, following=answer.next_page_token)


async def create_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a project and lead to it."""
    form = await call.request.post()
    request = ingest_pb2.CreateProjectRequest(name=str(form.get("name", "")).strip() or "Project")
    made = await ask(rooms, call, rooms.ingest.CreateProject, request)
    return _to(f"{PROJECTS}/{made.project_id}")


async def show_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show a project: its bills with what came of each, all or those of one status, and its months."""
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    wanted = call.request.query.get("status", "")
    request = ingest_pb2.ListBillsRequest(
        project_id=call.project_id,
        page_size=PAGE_SIZE,
        page_token=call.request.query.get("after", ""),
        state=STATES.get(wanted, ingest_pb2.BILL_STATE_UNSPECIFIED),
    )
    answer = await ask(rooms, call, rooms.ingest.ListBills, request)
    try:
        profile = await ask(
            rooms, call, rooms.profiles.GetLoadProfile, profile_pb2.GetLoadProfileRequest(project_id=call.project_id)
        )
    except NoLoadProfile:
        profile = None
    return page(
        "project.html",
        project=project,
        bills=[bill_json(bill) for bill in answer.bills],
        wanted=wanted if wanted in STATES else "",
        following=answer.next_page_token,
        profile=profile,
        bars=bars_of(profile.months) if profile is not None else [],
        size=(WIDTH, HEIGHT),
    )


async def upload_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Take a bill from the form and lead back to the project, where its progress stands."""
    await receive(rooms, call)
    return _to(f"{PROJECTS}/{call.project_id}")


def refusal_page(problem: Problem) -> web.Response:
    """Show what went wrong, and what to do; who is not signed in is led to where one does."""
    if problem.kind.status == 401:
        return _to(SIGN_IN)
    answer = page("problem.html", problem.kind.status, problem=problem)
    answer.headers.update(problem.headers)
    return answer


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
