"""The routes of reviews."""

from gateway.rest.reviews import reviews, settings
from gateway.rest.route import PROJECT, Route

_BILL = PROJECT + "/utility_bills/{utility_bill_id}"
_SETTINGS = PROJECT + "/review_settings"

ROUTES: tuple[Route, ...] = (
    Route("GET", _SETTINGS, "get_review_settings", "read", settings.get_settings),
    Route("PUT", _SETTINGS, "update_review_settings", "amend", settings.update_settings),
    Route("GET", PROJECT + "/held_utility_bills", "list_held_utility_bills", "read", settings.list_held),
    Route("GET", _BILL + "/review", "get_review", "read", reviews.get_review),
    Route("GET", _BILL + "/review/preview", "preview_review", "read", reviews.preview_review),
    Route("POST", _BILL + "/confirm", "confirm_utility_bill", "amend", reviews.confirm_bill),
    Route("POST", _BILL + "/reject", "reject_utility_bill", "amend", reviews.reject_bill),
    Route("POST", _BILL + "/confirmed_values", "confirm_values", "amend", reviews.confirm_values),
)
