"""``billowatt demo``, ``upload``, ``watch``, ``projects`` and ``profile``: what one does with a running Billowatt every day."""

from pathlib import Path

import click

from billowatt.commands.options import AS_JSON, DASHED, Where, remote
from billowatt.exits import Exit
from billowatt.terminal import Talk

WAIT_SECONDS = 600.0
PROJECTS_MAX = 50


@click.command()
@remote
def demo(where: Where, talk: Talk) -> None:
    """Show a sample bill on its whole way through a running Billowatt.

    It uploads a bill, follows its job, receives the webhook, and prints what was read and the twelve months.
    """
    from billowatt.remote.demo import demo as run_demo

    run_demo(where.settings(), talk)


@click.command()
@click.argument("files", nargs=-1, required=True, type=DASHED)
@click.option("--project", "project_id", metavar="ID", help="The project's id; without it a project is made.")
@click.option("--name", default="Bills", show_default=True, help="Name of the project that is made.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until every bill was read.")
@AS_JSON
@remote
def upload(
    files: tuple[Path, ...],
    project_id: str | None,
    name: str,
    wait: bool,
    as_json: bool,
    where: Where,
    talk: Talk,
) -> int:
    r"""Upload bills to a running Billowatt, and show what was read.

    FILES are PDF, JPEG, PNG, GIF or WEBP; - is standard input. Sent again after a break, a bill is not made twice.

    \b
    Examples:
      billowatt upload bill.pdf
      billowatt upload --project ID --json *.pdf
    """
    from billowatt.remote.uploading import upload_files

    seconds = WAIT_SECONDS if wait else 0
    with where.client() as client:
        all_read = upload_files(client, talk, files, project_id, name, wait_seconds=seconds, as_json=as_json)
    return Exit.DONE if all_read else Exit.FAILED


@click.command()
@click.argument("project_id")
@click.option("--follow", is_flag=True, help="Go on when every bill was read, until Ctrl-C.")
@AS_JSON
@remote
def watch(project_id: str, follow: bool, as_json: bool, where: Where, talk: Talk) -> int:
    """Watch a project's bills being read, until all of them are.

    At a terminal a table renews itself; elsewhere each change is a line.
    """
    from billowatt.remote.watching import watch_project

    with where.client() as client:
        all_read = watch_project(client, talk, project_id, follow=follow, as_json=as_json)
    return Exit.DONE if all_read else Exit.FAILED


@click.command()
@click.option("--limit", default=PROJECTS_MAX, show_default=True, type=click.IntRange(1), help="At most so many.")
@AS_JSON
@remote
def projects(limit: int, as_json: bool, where: Where, talk: Talk) -> None:
    """List the projects that the key sees.

    The newest ones first.
    """
    from billowatt.remote.profiles import show_projects

    with where.client() as client:
        show_projects(client, talk, limit=limit, as_json=as_json)


@click.command()
@click.argument("project_id")
@AS_JSON
@remote
def profile(project_id: str, as_json: bool, where: Where, talk: Talk) -> None:
    """Show a project's load profile: twelve months, and their sources.

    Each month says its energy, its cost, and whether it was billed, prorated, in a history, or estimated.
    """
    from billowatt.remote.profiles import show_profile

    with where.client() as client:
        show_profile(client, talk, project_id, as_json=as_json)
