"""Loads the sample project: its bills are uploaded like any partner's, for a first look around."""

import threading
from collections.abc import Callable
from contextlib import suppress

from billowatt.sample import PROJECT_EXTERNAL_ID, PROJECT_NAME, SAMPLES, sample
from billowatt_client import BillowattError, Client, NotFound, Project

DELETED_MAX = 20
"""Sample projects of one day that were deleted again: the key that made one is refused for the rest of the day."""


def load_samples(client: Client) -> tuple[Project, bool]:
    """Upload the sample bills that a project of their own lacks, once however often; return it, and whether it was made now."""
    found = next((one for one in client.projects() if one.external_id == PROJECT_EXTERNAL_ID), None)
    project = found or _made(client)
    held = {bill.file_name for bill in client.bills(project.project_id)}
    for name in SAMPLES:
        if name not in held:
            key = f"{project.project_id}-{name}"
            with suppress(NotFound):  # it was uploaded before, and somebody deleted it
                client.upload(project.project_id, sample(name), file_name=name, idempotency_key=key)
    return project, found is None


def _made(client: Client) -> Project:
    for turn in range(DELETED_MAX - 1):
        with suppress(NotFound):
            return _asked(client, turn)
    return _asked(client, DELETED_MAX - 1)


def _asked(client: Client, turn: int) -> Project:
    return client.create_project(PROJECT_NAME, PROJECT_EXTERNAL_ID, idempotency_key=f"{PROJECT_EXTERNAL_ID}-{turn}")


def load_beside(url: str, api_key: str, say: Callable[[str], None]) -> None:
    """Load the sample project from a thread of its own, beside what serves it."""

    def load() -> None:
        try:
            with Client(url, api_key) as client:
                project, made = load_samples(client)
        except BillowattError as error:
            say(f"the sample project was not loaded: {error}")
            return
        say(f"sample project {project.project_id} {'loaded' if made else 'is there already'}")

    threading.Thread(target=load, name="sample", daemon=True).start()
