"""The console as a dialect of its own: its addresses, its credentials (a session's cookie) and its way to tell of problems."""

from gateway.console import assets, pages
from gateway.console.pages import Console
from gateway.console.review.routes import ROUTES as REVIEW
from gateway.console.session import Once, Sessions
from gateway.dialects.dialect import Dialect
from gateway.rest.route import Route

_MOUNT = "/console"
_PROJECT = _MOUNT + "/projects/{project_id}"


def build_console(sessions: Sessions, once: Once) -> Dialect:
    """Return the console."""
    console = Console(sessions, once)
    return Dialect(
        name="console",
        mount=_MOUNT,
        routes=(
            Route("GET", "/", "console_root", None, pages.show_root),
            Route("GET", _MOUNT + "/static/{digest}/{name}", "console_asset", None, assets.get_asset),
            Route("GET", pages.SIGN_IN, "console_show_sign_in", None, console.show_sign_in),
            Route("POST", pages.SIGN_IN, "console_sign_in", None, console.sign_in),
            Route("POST", _MOUNT + "/sign-out", "console_sign_out", None, console.sign_out),
            Route("GET", pages.PROJECTS, "console_show_projects", "read", pages.show_projects),
            Route("POST", pages.PROJECTS, "console_create_project", "upload", pages.create_project),
            Route("GET", _PROJECT, "console_show_project", "read", pages.show_project),
            Route("POST", _PROJECT + "/bills", "console_upload_bill", "upload", pages.upload_bill),
            *REVIEW,
        ),
        key_of=sessions.key_of,
        refusal=pages.refusal_page,
    )
