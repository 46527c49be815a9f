"""Shows projects, and a project's load profile: twelve bars for people, the service's own answer for programs."""

from itertools import islice

from billowatt.chart import print_months
from billowatt.terminal import Talk, escaped, print_json
from billowatt_client import Client


def show_projects(client: Client, talk: Talk, *, limit: int, as_json: bool) -> None:
    """Print projects, newest first."""
    projects = islice(client.projects(), limit)
    if as_json:
        for project in projects:
            print_json(project.raw)
        return
    from rich.table import Table

    table = Table("project", "name", "external id", "made", box=None, pad_edge=False)
    for project in projects:
        made = f"{project.created_at:%Y-%m-%d %H:%M}"
        table.add_row(project.project_id, escaped(project.name), escaped(project.external_id or ""), made)
    talk.console().print(table)


def show_profile(client: Client, talk: Talk, project_id: str, *, as_json: bool) -> None:
    """Print the twelve months of a project."""
    profile = client.load_profile(project_id)
    if as_json:
        print_json(profile.raw)
        return
    console, active = talk.console(), profile.active_utility_bill_id
    console.print(
        f"load profile of project {profile.project_id}, version {profile.version}"
        + (f", active bill {active}" if active else ""),
        soft_wrap=True,
    )
    print_months(console, profile.raw)
