"""``billowatt read``: its words and options, and the order in which things are told."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from billowatt.commands.options import AS_JSON, DASHED, FILE, FOLDER, NEW_FILE, settings_with_logs, talking
from billowatt.exits import Exit
from billowatt.terminal import Talk

if TYPE_CHECKING:
    from billowatt.reading.running import Reader, Source
    from billowatt.reading.telling import Teller

PASSWORD_BYTES_MAX = 1024


@click.command()
@click.argument("files", nargs=-1, type=DASHED)
@click.option("--sample", is_flag=True, help="Read two sample bills of our own; on one of them a sum does not hold.")
@AS_JSON
@click.option("--csv", "as_csv", is_flag=True, help="A row a file, the columns named in the first one.")
@click.option("--fields", default="", metavar="A,B,…", help="Only these: facts of the summary, or values by name.")
@click.option("--why", default="", metavar="FIELD", help="Why this value is believed: print, place, and sums.")
@click.option("--out", type=FOLDER, metavar="DIR", help="Write NAME.json a file here, too; with --why, a picture.")
@click.option("--show", "picture", type=NEW_FILE, help="Draw the pages of one file, every value boxed, as a PNG.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Files read at once.  [default: BILLOWATT_PARSER_SLOTS]")
@click.option("--fail-on", type=click.Choice(["doubt"]), help="Exit with 3 where a bill holds a doubt.")
@click.option("--password-file", type=FILE, help="File whose first line opens protected PDFs.")
@talking
def read(
    files: tuple[Path, ...],
    sample: bool,
    as_json: bool,
    as_csv: bool,
    fields: str,
    why: str,
    out: Path | None,
    picture: Path | None,
    jobs: int | None,
    fail_on: str | None,
    password_file: Path | None,
    talk: Talk,
) -> int:
    r"""Read bills here and now, with no server.

    FILES are PDF, JPEG, PNG, GIF or WEBP; - is standard input.

    \b
    Examples:
      billowatt read bill.pdf
      billowatt read --json *.pdf | jq .summary.electricity_kwh
      billowatt read --csv --fields account_number,electricity_kwh *.pdf > usage.csv
      billowatt read --why amount_due --out seen bill.pdf
      billowatt read --sample
    """
    from billowatt.reading import running
    from billowatt.reading.report import check_fields
    from billowatt.reading.telling import Teller

    names = tuple(name.strip() for name in fields.split(",") if name.strip())
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    if why and (as_csv or names):
        raise click.UsageError("--why goes with --json only")
    if sample == bool(files):
        raise click.UsageError("give files to read, or --sample")
    if picture is not None and len(files) != 1:
        raise click.UsageError("--show draws one file")
    check_fields(names)
    settings = settings_with_logs(talk)
    running.check_engines(settings)
    sources = running.distinct(running.sample_sources() if sample else [running.Source.of(path) for path in files])
    form = "json" if as_json else "csv" if as_csv else "table"
    teller = Teller(talk=talk, form=form, fields=names, why=why, out=out, picture=picture)
    slots = min(jobs or settings.parser_slots, len(sources))
    asyncio.run(_read(running.Reader(settings, slots, _password(password_file)), sources, teller))
    if teller.failed:
        return Exit.FAILED
    return Exit.DOUBTS if fail_on and teller.doubtful else Exit.DONE


async def _read(reader: "Reader", sources: "Sequence[Source]", teller: "Teller") -> None:
    with teller.talk.progress() as progress:
        async with reader:
            await reader.read_all(sources, progress, teller.tell)


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open(encoding="utf-8") as file:
        return file.readline(PASSWORD_BYTES_MAX).rstrip("\r\n")
