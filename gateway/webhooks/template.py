"""URL templates: endpoints that are called by GET take what they need to know from the URL, as Aurora's webhooks do.

``https://partner.example/hook?job=<JOB_ID>&status=<STATUS>``: a placeholder stands for the event's value of that name,
percent-encoded, and for nothing where the event has none.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from yarl import URL

from domain.refusals import ForbiddenTarget
from gateway.webhooks.events import PARAMETERS
from gateway.webhooks.guard import Guard

PLACEHOLDERS = ("EVENT_ID", "EVENT_TYPE", *(name.upper() for name in PARAMETERS))
_PLACEHOLDER = re.compile(r"<([^<>]*)>")
VALUE_LETTERS = 36
"""A template is checked with values as long as an id, so that what passes here is not too long for every event."""


def check_template(guard: Guard, template: str) -> URL:
    """Return one URL of a template, checked; they all lead to the same host.

    Raises:
        ForbiddenTarget: a placeholder is none of ours or stands before the path, or the URL may not be called.
    """
    for name in _PLACEHOLDER.findall(template):
        if name not in PLACEHOLDERS:
            raise ForbiddenTarget(f"<{name[:40]}> is no placeholder; known: {', '.join(PLACEHOLDERS)}.")
    first, second = (guard.check_url(_PLACEHOLDER.sub(letter * VALUE_LETTERS, template)) for letter in "ab")
    if first.origin() != second.origin():
        raise ForbiddenTarget("Placeholders may stand in the path and the query only.")
    if "<" in _PLACEHOLDER.sub("", template) or ">" in _PLACEHOLDER.sub("", template):
        raise ForbiddenTarget("The URL holds a < or > that is part of no placeholder.")
    return first


def fill(template: str, event_id: str, event_type: str, parameters: Mapping[str, str]) -> str:
    """Return the URL of one event."""
    values = {"EVENT_ID": event_id, "EVENT_TYPE": event_type}
    values |= {name.upper(): value for name, value in parameters.items()}
    return _PLACEHOLDER.sub(lambda found: quote(values.get(found[1], ""), safe=""), template)
