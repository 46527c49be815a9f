"""Shows a project's load profile: twelve bars for people, the service's own answer for programs."""

import json

from rich.console import Console

from billowatt.remote.chart import print_months
from billowatt_client import Client


def show_profile(client: Client, project_id: str, *, as_json: bool) -> None:
    """Print the twelve months of a project."""
    profile = client.load_profile(project_id)
    if as_json:
        print(json.dumps(profile.raw, ensure_ascii=False))
        return
    console = Console()
    active = profile.active_utility_bill_id
    console.print(
        f"load profile of project {profile.project_id}, version {profile.version}"
        + (f", active bill {active}" if active else ""),
        highlight=False,
        soft_wrap=True,
    )
    print_months(console, profile.raw)
