"""The browser that measurements drive: Debian's Chromium, or one of its kin."""

import os
import shutil
from typing import TypedDict

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_path() -> str | None:
    """Return the program of a browser, or None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Launch(TypedDict):
    """What Playwright's ``launch`` takes."""

    executable_path: str
    args: list[str]


def launching() -> Launch:
    """Return what Playwright needs to start it.

    Raises:
        FileNotFoundError: this machine has no Chromium.
    """
    path = browser_path()
    if path is None:
        raise FileNotFoundError("no Chromium here: `make browser` installs Debian's")
    # Chromium's own sandbox refuses to start as root.
    return {"executable_path": path, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}
