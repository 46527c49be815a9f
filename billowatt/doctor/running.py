"""What runs: whether it answers, and whether its parts are there. Nothing running is no fault."""

import json
import urllib.error
import urllib.request

from billowatt.doctor.check import Check, fail, ok
from billowatt.remote.address import ready_of
from runtime.settings import Settings

ANSWER_SECONDS = 10.0


def server(settings: Settings) -> Check:
    """Ask what runs whether it can serve."""
    name, url = "service", settings.url
    if not url:
        ready = ready_of(settings.data)
        if ready is None:
            return ok(name, f"nothing runs on {settings.data}; `billowatt up` starts it")
        url = ready["url"]
    if not url.startswith(("http://", "https://")):
        return fail(name, f"{url} is no address", "BILLOWATT_URL begins with http:// or https://")
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - checked above
            state = json.load(answer)
    except urllib.error.HTTPError as error:
        away = _away(error.read())
        return fail(name, f"{url} answers, and {away}", "see the logs of the part that is away, and start it again")
    except (OSError, ValueError) as error:
        return fail(name, f"{url} does not answer: {error}", "start it: `billowatt up`, or see BILLOWATT_URL")
    return ok(name, f"{url} is {state['status']}: {', '.join(state['checks'])}")


def _away(body: bytes) -> str:
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError):
        return "is not ready"
    return ", ".join(f"{name} is {state}" for name, state in checks.items() if state != "ok")
