"""The console as a dialect of its own: its addresses, its credentials (a session's cookie) and its way to tell of problems."""

from gateway.console import assets, pages
from gateway.console.accounts import pages as accounts
from gateway.console.keys import pages as keys
from gateway.console.pages import Console
from gateway.console.projects import hours, reasons
from gateway.console.projects import pages as projects
from gateway.console.review.routes import ROUTES as REVIEW
from gateway.console.samples import Samples
from gateway.console.session import Once, Sessions
from gateway.console.webhooks import deliveries, endpoints
from gateway.console.work import pages as work
from gateway.dialects.dialect import Dialect
from gateway.rest.route import Route

_MOUNT = "/console"
_PROJECT = _MOUNT + "/projects/{project_id}"
_BILL = _PROJECT + "/bills/{utility_bill_id}"


_ENDPOINT = endpoints.WEBHOOKS + "/{webhook_endpoint_id}"
_DELIVERY = _ENDPOINT + "/deliveries/{delivery_id}"
_WEBHOOKS = (
    Route("GET", endpoints.WEBHOOKS, "console_list_endpoints", "webhooks", endpoints.list_endpoints),
    Route("POST", endpoints.WEBHOOKS, "console_create_endpoint", "webhooks", endpoints.create),
    Route("GET", endpoints.WEBHOOKS + "/new", "console_new_endpoint", "webhooks", endpoints.show_new),
    Route("GET", _ENDPOINT, "console_show_endpoint", "webhooks", deliveries.show_endpoint),
    Route("GET", _ENDPOINT + "/edit", "console_edit_endpoint", "webhooks", endpoints.show_edit),
    Route("POST", _ENDPOINT + "/edit", "console_update_endpoint", "webhooks", endpoints.update),
    Route("POST", _ENDPOINT + "/switch", "console_switch_endpoint", "webhooks", endpoints.switch),
    Route("POST", _ENDPOINT + "/delete", "console_delete_endpoint", "webhooks", endpoints.delete),
    Route("GET", _ENDPOINT + "/secret", "console_show_secret", "webhooks", endpoints.show_secret),
    Route("POST", _ENDPOINT + "/secret/rotate", "console_rotate_secret", "webhooks", endpoints.rotate),
    Route("POST", _ENDPOINT + "/test", "console_test_endpoint", "webhooks", endpoints.test),
    Route("POST", _ENDPOINT + "/again", "console_send_again", "webhooks", endpoints.send_again),
    Route("GET", _DELIVERY, "console_show_delivery", "webhooks", deliveries.show_delivery),
    Route("POST", _DELIVERY + "/resend", "console_resend", "webhooks", deliveries.resend),
)


def build_console(sessions: Sessions, once: Once, samples: Samples) -> Dialect:
    """Return the console."""
    console = Console(sessions, once, samples)
    return Dialect(
        name="console",
        mount=_MOUNT,
        routes=(
            Route("GET", "/", "console_root", None, pages.show_root),
            Route("GET", _MOUNT + "/static/{digest}/{name}", "console_asset", None, assets.get_asset),
            Route("GET", pages.SIGN_IN, "console_show_sign_in", None, console.show_sign_in),
            Route("POST", pages.SIGN_IN, "console_sign_in", None, console.sign_in),
            Route("POST", _MOUNT + "/sign-out", "console_sign_out", None, console.sign_out),
            Route("GET", projects.PROJECTS, "console_show_projects", "read", console.show_projects),
            Route("POST", _MOUNT + "/samples", "console_load_samples", "upload", samples.load),
            Route("POST", projects.PROJECTS, "console_create_project", "upload", projects.create_project),
            Route("GET", _PROJECT, "console_show_project", "read", projects.show_project),
            Route("POST", _PROJECT + "/policy", "console_update_policy", "amend", projects.update_policy),
            Route("GET", _PROJECT + "/why", "console_show_why", "read", reasons.show_why),
            Route("GET", _PROJECT + "/hours", "console_show_hours", "read", hours.show_hours),
            Route("POST", _PROJECT + "/bills", "console_upload_bill", "upload", projects.upload_bill),
            *REVIEW,
            Route("POST", _BILL + "/settled", "console_settle_bill", "amend", work.settle),
            Route("POST", _BILL + "/read", "console_read_bill_again", "amend", work.read_again),
            Route("GET", _MOUNT + "/bills/{utility_bill_id}", "console_find_bill", "read", accounts.find_bill),
            Route("GET", accounts.ACCOUNTS, "console_list_accounts", "read", accounts.list_accounts),
            Route("GET", accounts.ACCOUNTS + "/{account_id}", "console_show_account", "read", accounts.show_account),
            Route("GET", work.WORK, "console_show_work", "read", work.show_work),
            *_WEBHOOKS,
            Route("GET", keys.KEYS, "console_list_keys", "admin", keys.list_them),
            Route("POST", keys.KEYS, "console_create_key", "admin", keys.create),
            Route("POST", keys.KEYS + "/{key_id}/rotate", "console_rotate_key", "admin", keys.rotate),
            Route("POST", keys.KEYS + "/{key_id}/revoke", "console_revoke_key", "admin", keys.revoke),
        ),
        key_of=sessions.key_of,
        refusal=pages.refusal_page,
    )
