"""Shows a project's load profile: twelve bars for people, the service's own answer for programs."""

import json

from rich.console import Console

from billowatt.remote.chart import month_lines
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
    for line in month_lines(profile.raw["months"]):
        console.print(line, highlight=False)
    if profile.annual_energy_kwh is not None:
        console.print(f"{'year':35}{profile.annual_energy_kwh:>10,.0f} kWh", highlight=False)
