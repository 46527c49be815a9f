"""The addresses of the review."""

from gateway.console.review import acts, pages, settings
from gateway.rest.route import Route

_PROJECT = "/console/projects/{project_id}"
_BILL = _PROJECT + "/bills/{utility_bill_id}"

ROUTES: tuple[Route, ...] = (
    Route("GET", _BILL, "console_show_bill", "read", pages.show_bill),
    Route("POST", _BILL + "/corrections", "console_correct_bill", "amend", acts.correct),
    Route("POST", _BILL + "/values", "console_confirm_value", "amend", acts.confirm_value),
    Route("POST", _BILL + "/decision", "console_decide_bill", "amend", acts.decide),
    Route("POST", _BILL + "/pin", "console_pin_bill", "amend", acts.pin),
    Route("GET", _PROJECT + "/review", "console_show_review_settings", "read", settings.show_settings),
    Route("POST", _PROJECT + "/review", "console_update_review_settings", "amend", settings.update_settings),
)
