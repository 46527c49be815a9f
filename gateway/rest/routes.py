"""The table of routes: every address that the edge serves, who may use it, and who answers; each folder brings its own."""

from gateway.openapi import pages
from gateway.rest import health
from gateway.rest.account.routes import ROUTES as ACCOUNT
from gateway.rest.bills.routes import ROUTES as BILLS
from gateway.rest.exports.routes import ROUTES as EXPORTS
from gateway.rest.ledger.routes import ROUTES as LEDGER
from gateway.rest.live.routes import ROUTES as LIVE
from gateway.rest.projects.routes import ROUTES as PROJECTS
from gateway.rest.reviews.routes import ROUTES as REVIEWS
from gateway.rest.route import Route
from gateway.rest.webhooks.routes import ROUTES as WEBHOOKS

_SERVICE: tuple[Route, ...] = (
    Route("GET", "/healthz", "healthz", None, health.healthz),
    Route("GET", "/readyz", "readyz", None, health.readyz),
    Route("GET", "/openapi.json", "get_openapi", None, pages.get_openapi),
    Route("GET", "/docs", "show_docs", None, pages.show_docs),
    Route("GET", "/reference", "show_reference", None, pages.show_reference),
    Route("GET", "/problems", "list_problems", None, pages.list_problems),
    Route("GET", "/problems/{name}", "show_problem", None, pages.show_problem),
)

ROUTES: tuple[Route, ...] = (*PROJECTS, *BILLS, *REVIEWS, *LEDGER, *EXPORTS, *LIVE, *ACCOUNT, *WEBHOOKS, *_SERVICE)
