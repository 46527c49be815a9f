"""``billowatt doctor --bundle``: what somebody needs who is to help, in one archive, and no secret in it.

It holds the checks, the settings with secrets left out and addresses without their passwords, the versions of what is
installed, and the system. It holds no bill, no log, no name of a tenant.
"""

import io
import json
import platform
import re
import sys
import tarfile
import time
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from billowatt.doctor.check import Check
from runtime.settings import Settings, variable

OWNER_ONLY = 0o600
LEFT_OUT = "(left out)"
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
QUERY = re.compile(r"(\?)[^\s'\"]+")


def write_bundle(path: Path, settings: Settings, checks: Sequence[Check]) -> None:
    """Write the archive.

    Raises:
        OSError: it cannot be written.
    """
    contents = {
        "checks.json": json.dumps([_told(check, settings) for check in checks], indent=1, ensure_ascii=False),
        "settings.json": json.dumps(told_settings(settings), indent=1, ensure_ascii=False),
        "packages.txt": "\n".join(sorted({f"{one.name}=={one.version}" for one in distributions()})),
        "system.json": json.dumps(_system(), indent=1),
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in contents.items():
            data = (text + "\n").encode()
            entry = tarfile.TarInfo(f"billowatt-doctor/{name}")
            entry.size, entry.mtime, entry.mode = len(data), int(time.time()), OWNER_ONLY
            archive.addfile(entry, io.BytesIO(data))


def told_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings as they may be shown: secrets as set or not, addresses without what opens them."""
    return {variable(of): _shown(getattr(settings, of.name), secret=not of.repr) for of in fields(Settings)}


def redacted(text: str, settings: Settings) -> str:
    """Return a text without any secret of the settings and without the credentials and queries of addresses."""
    for of in fields(Settings):
        value = getattr(settings, of.name)
        if not of.repr and value:
            text = text.replace(str(value), LEFT_OUT)
    return QUERY.sub(r"\1" + LEFT_OUT, CREDENTIALS.sub(f"{LEFT_OUT}@", text))


def _told(check: Check, settings: Settings) -> dict[str, str | None]:
    return {name: None if text is None else redacted(text, settings) for name, text in check.told().items()}


def _shown(value: object, *, secret: bool) -> Any:
    if secret:
        return "set" if value else "not set"
    if isinstance(value, str | Path):
        return QUERY.sub(r"\1" + LEFT_OUT, CREDENTIALS.sub(f"{LEFT_OUT}@", str(value)))
    return value


def _system() -> dict[str, str]:
    return {"python": sys.version, "platform": platform.platform(), "machine": platform.machine()}
