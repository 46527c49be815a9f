"""Loads the sample project: its bills are uploaded like any partner's, for a first look around."""

import threading
from collections.abc import Callable

from billowatt.sample import PROJECT_EXTERNAL_ID, PROJECT_NAME, SAMPLES, sample
from billowatt_client import BillowattError, Client, Project


def load_samples(client: Client) -> tuple[Project, bool]:
    """Upload the sample bills into a project of their own, once; return it, and whether it was made now."""
    for project in client.projects():
        if project.external_id == PROJECT_EXTERNAL_ID:
            return project, False
    project = client.create_project(PROJECT_NAME, PROJECT_EXTERNAL_ID)
    for name in SAMPLES:
        client.upload(project.project_id, sample(name), file_name=name)
    return project, True


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
