"""Renders the console's pages: one template environment, one strict policy, and the words and marks that pages share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from domain.period import days_said, said
from gateway.console.assets import address
from gateway.console.inert import inert, visible

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No script, style, image or connection from anywhere else, and no text that turns into markup."""

POLICY_OF_DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What Swagger UI works under: its stylesheet holds its pictures, and React makes markup of texts. Those are our own document's;
what it shows of answers is text."""

_HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
"""Without a referrer policy that lets our own origin know, browsers send ``Origin: null`` with our own forms."""

STATES = {
    "confirmed": ("☑", "confirmed by a person"),
    "proved": ("✓", "proved"),
    "read": ("•", "read"),
    "doubt": ("?", "doubt"),
    "failed": ("≠", "does not add up"),
}
"""What is known of a value: a sign and a word; colour and line stand in the stylesheet beside them."""


def page(template: str, status: int = 200, **values: Any) -> web.Response:
    """Return a page."""
    body = _ENVIRONMENT.get_template(template).render(**values)
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS)


def lead_to(address: str) -> web.Response:
    """Lead the browser to another page, by a look."""
    return web.Response(status=303, headers={"Location": address})


def _finished(value: Any) -> Any:
    """Take from whatever a template shows what hides or moves: a place that forgot to ask for ``inert`` is safe as well."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _named(text: str) -> str:
    """Show a name; words in its place where nothing of it can be seen, for a link must have something to click."""
    return inert(text) or "(no name)"


def _number(text: str | Decimal | None, places: int = 0) -> str:
    """Show a number with thousands set apart; a dash where there is none."""
    if text is None or text == "":
        return "–"
    return f"{Decimal(text):,.{places}f}"


def _moment(text: str | None, *, seconds: bool = False) -> str:
    """Show a moment to the minute, or to the second, in UTC."""
    if not text:
        return "–"
    at = datetime.fromisoformat(text).astimezone(UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


_ENVIRONMENT = Environment(
    loader=PackageLoader("gateway.console", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_finished,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    number=_number, moment=_moment, inert=inert, visible=visible, named=_named, said=said, decimal=Decimal
)
_ENVIRONMENT.globals.update(asset=address, states=STATES, days_said=days_said)
