"""The sample project: two bills of a utility that does not exist, uploaded like any partner's, for a first look around."""

import threading
from collections.abc import Callable
from importlib.resources import files

from billowatt_client import BillowattError, Client, Project

SAMPLES = ("sample-bill.pdf", "sample-bill-doubt.pdf")
NAME = "Sample home"
EXTERNAL_ID = "billowatt-sample"
"""The same on every load, so that a second one finds the first."""


def load_samples(client: Client) -> tuple[Project, bool]:
    """Upload the sample bills into a project of their own, once; return it, and whether it was made now."""
    for project in client.projects():
        if project.external_id == EXTERNAL_ID:
            return project, False
    project = client.create_project(NAME, EXTERNAL_ID)
    for name in SAMPLES:
        client.upload(project.project_id, sample(name), file_name=name)
    return project, True


def sample(name: str) -> bytes:
    """Return a sample bill."""
    return (files("billowatt") / "sample" / name).read_bytes()


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
