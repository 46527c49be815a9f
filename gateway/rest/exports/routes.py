"""The routes of exports."""

from gateway.rest.exports import energy, tables
from gateway.rest.route import PROJECT, Route

_EXPORTS = "/v1/exports"

ROUTES: tuple[Route, ...] = (
    Route("GET", _EXPORTS + "/bills", "export_bills", "read", tables.export_bills),
    Route("GET", _EXPORTS + "/charges", "export_charges", "read", tables.export_bills),
    Route("GET", _EXPORTS + "/usages", "export_usages", "read", tables.export_bills),
    Route("GET", PROJECT + "/exports/months", "export_months", "read", tables.export_months),
    Route("GET", PROJECT + "/exports/load_profile", "export_load_profile", "read", tables.export_load_profile),
    Route("GET", _EXPORTS + "/green_button", "export_green_button", "read", energy.export_green_button),
    Route(
        "GET",
        _EXPORTS + "/portfolio_manager/{meter_id}",
        "export_portfolio_manager",
        "read",
        energy.export_portfolio_manager,
    ),
)
