"""The console's first pages: sign in, and what is shown in place of a page that is refused."""

from dataclasses import dataclass

from aiohttp import hdrs, web

from domain.refusals import BadKey, NoKey
from gateway.call import Call, Rooms
from gateway.console.projects.pages import PROJECTS, show_projects
from gateway.console.samples import Samples
from gateway.console.session import Once, Sessions
from gateway.console.view import lead_to, page
from gateway.credentials import plain_key
from gateway.problems import Problem

SIGN_IN = "/console/sign-in"


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one process: its sessions, its one-time words and its sample bills."""

    sessions: Sessions
    once: Once
    samples: Samples

    async def show_projects(self, rooms: Rooms, call: Call) -> web.StreamResponse:
        """Show the tenant's projects; where there is none, how to begin."""
        return await show_projects(rooms, call, samples=bool(self.samples.files))

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


def refusal_page(problem: Problem) -> web.Response:
    """Show what went wrong, and what to do; who is not signed in is led to where one does."""
    if problem.kind.status == 401:
        return lead_to(SIGN_IN)
    answer = page("problem.html", problem.kind.status, problem=problem)
    answer.headers.update(problem.headers)
    return answer
