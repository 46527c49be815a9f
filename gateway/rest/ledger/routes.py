"""The routes of the ledger."""

from gateway.rest.ledger import accounts
from gateway.rest.route import PROJECT, Route

ROUTES: tuple[Route, ...] = (Route("GET", PROJECT + "/accounts", "list_accounts", "read", accounts.list_accounts),)
