"""``billowatt bench``: its words and options."""

import asyncio

import click

from billowatt.commands.options import AS_JSON, Where, remote
from billowatt.exits import Unreachable
from billowatt.terminal import Talk, print_json

PARTS = ("start", "read", "service")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option(
    "--bills", default=20, show_default=True, type=click.IntRange(1, 10_000), help="So many bills for each part."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Files read at once.  [default: BILLOWATT_PARSER_SLOTS]")
@AS_JSON
@remote
def bench(parts: tuple[str, ...], bills: int, jobs: int | None, as_json: bool, where: Where, talk: Talk) -> None:
    r"""Measure how fast this machine reads bills, and what runs on it.

    start: how long the command takes to start. read: bills a minute, with no server. service: from upload to numbers, on what
    runs; its project is deleted again. All of them where none is named, service only where something runs.

    Whoever has the repository measures more: `make` lists the benchmarks.

    \b
    Examples:
      billowatt bench
      billowatt bench read --bills 100 --jobs 4 --json
    """
    from billowatt.remote import measuring

    settings = where.settings()
    figures: dict[str, dict[str, object]] = {}
    with talk.progress() as progress:
        if "start" in parts or not parts:
            figures["start"] = measuring.start_figures()
        if "read" in parts or not parts:
            slots = jobs or settings.parser_slots
            figures["read"] = asyncio.run(measuring.read_figures(settings, bills, slots, progress))
        if "service" in parts or not parts:
            try:
                with where.client() as client:
                    figures["service"] = measuring.service_figures(client, bills, progress)
            except Unreachable as error:
                if parts:
                    raise
                talk.say(f"service    not measured: {error.sentence}")
    if as_json:
        print_json(figures)
        return
    console = talk.console()
    for part, told in figures.items():
        console.print(
            f"{part:10} " + "  ".join(f"{name.replace('_', ' ')} [bold]{value}[/]" for name, value in told.items())
        )
