"""Where a running Billowatt answers, and with which key: what the settings say, else what the data folder says."""

import json
from dataclasses import dataclass, field

from billowatt.up import READY_FILE
from runtime.settings import Settings


class NotRunning(Exception):
    """Nothing is known to run there; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where, and the key."""

    url: str
    api_key: str = field(repr=False)


def address(settings: Settings) -> Address:
    """Return where the commands find Billowatt.

    Raises:
        NotRunning: neither the settings nor the data folder tell.
    """
    if settings.url:
        if not settings.api_key:
            raise NotRunning("BILLOWATT_API_KEY must hold the key for the address that was given")
        return Address(settings.url, settings.api_key)
    path = settings.data / READY_FILE
    try:
        ready = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise NotRunning(
            f"nothing runs on {settings.data}: start it with `billowatt up --data {settings.data}`, or give --url"
        ) from error
    return Address(ready["url"], settings.api_key or ready["api_key"])
