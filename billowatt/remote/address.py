"""Where a running Billowatt answers, and with which key: what the settings say, else what the data folder says."""

import fcntl
import json
from dataclasses import dataclass, field
from pathlib import Path

from billowatt.exits import Unreachable, WrongUsage
from billowatt.secrets import LOCK_FILE, READY_FILE
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Address:
    """Where, and the key."""

    url: str
    api_key: str = field(repr=False)


def address(settings: Settings) -> Address:
    """Return where the commands find Billowatt, and the key of the tenant.

    Raises:
        Unreachable: nothing runs on the data folder.
        WrongUsage: an address was given, and no key.
    """
    if settings.url:
        if not settings.api_key:
            raise WrongUsage(
                "BILLOWATT_API_KEY must hold the key for the address that was given",
                "export BILLOWATT_API_KEY=bk_live_…",
            )
        return Address(settings.url, settings.api_key)
    ready = ready_of(settings.data)
    if ready is None:
        raise Unreachable(
            f"nothing runs on {settings.data}",
            f"`billowatt up --data {settings.data}` in another terminal, or --url with BILLOWATT_API_KEY",
        )
    return Address(ready["url"], settings.api_key or ready["api_key"])


def operator_address(settings: Settings) -> Address:
    """Return where the commands find Billowatt, and the operator's key.

    Raises:
        Unreachable: nothing runs on the data folder.
        WrongUsage: there is no operator's key.
    """
    if not settings.operator_key:
        raise WrongUsage(
            "tenants are the operator's: BILLOWATT_OPERATOR_KEY is not set",
            "set it to the same 32 or more characters here and where Billowatt runs",
        )
    ready = None if settings.url else ready_of(settings.data)
    if not settings.url and ready is None:
        raise Unreachable(f"nothing runs on {settings.data}", f"`billowatt up --data {settings.data}`, or --url")
    return Address(settings.url or (ready or {})["url"], settings.operator_key)


def ready_of(data: Path) -> dict[str, str] | None:
    """Return what a Billowatt that runs on a data folder says of itself; None where none runs, or where it was killed."""
    try:
        told: dict[str, str] = json.loads((data / READY_FILE).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return told if _held(data / LOCK_FILE) else None


def _held(lock: Path) -> bool:
    """Tell whether somebody holds the data folder: what was killed leaves its word behind, and its lock is gone."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
