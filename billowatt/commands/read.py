"""``billowatt read``: its words and options, and the order in which things are told."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from billowatt.commands.options import AS_JSON, FILE, FOLDER, NEW_FILE, settings_with_logs, talking
from billowatt.exits import Denied, Exit
from billowatt.terminal import Talk, print_json

if TYPE_CHECKING:
    from billowatt.reading.running import Read, Reader, Source

DASHED = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
PASSWORD_BYTES_MAX = 1024


class Asked:
    """What the options ask for, checked against each other."""

    def __init__(self, *, as_json: bool, as_csv: bool, fields: str, why: str, out: Path | None, talk: Talk) -> None:
        self.as_json, self.as_csv, self.why, self.out, self.talk = as_json, as_csv, why, out, talk
        self.fields = tuple(name.strip() for name in fields.split(",") if name.strip())
        if as_json and as_csv:
            raise click.UsageError("--json and --csv exclude each other")
        if why and (as_csv or self.fields):
            raise click.UsageError("--why goes with --json only")


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

    asked = Asked(as_json=as_json, as_csv=as_csv, fields=fields, why=why, out=out, talk=talk)
    if sample == bool(files):
        raise click.UsageError("give files to read, or --sample")
    if picture is not None and len(files) != 1:
        raise click.UsageError("--show draws one file")
    check_fields(asked.fields)
    settings = settings_with_logs(talk)
    running.check_engines(settings)
    sources = running.sample_sources() if sample else [running.Source.of(path) for path in files]
    password = _password(password_file)
    slots = min(jobs or settings.parser_slots, len(sources))
    reads = asyncio.run(_read(running.Reader(settings, slots, password), sources, asked, picture))
    if any(one.report["status"] == "failed" for one in reads):
        return Exit.FAILED
    return Exit.DOUBTS if fail_on and any(one.report["doubts"] for one in reads) else Exit.DONE


async def _read(reader: "Reader", sources: "Sequence[Source]", asked: Asked, picture: Path | None) -> "list[Read]":
    from billowatt.reading.report import csv_head, csv_line

    heads = [csv_line(csv_head(asked.fields))] if asked.as_csv else []
    async with reader:
        with asked.talk.progress() as progress:

            def tell(read: "Read") -> None:
                if asked.why and read.report["status"] == "succeeded":
                    return  # its picture is drawn first
                _tell(read, asked, heads)

            reads = await reader.read_all(sources, progress, tell)
        for read in reads:
            if asked.why and read.report["status"] == "succeeded":
                await _tell_why(reader, read, asked)
        if asked.out is not None:
            _write(reads, asked.out, asked.talk)
        if picture is not None and reads[0].report["status"] == "succeeded":
            drawn = await reader.draw(reads[0])
            _into(picture, drawn)
    return reads


def _tell(read: "Read", asked: Asked, heads: list[str]) -> None:
    """Tell of one file: results on standard output, for programs failures as well; for people those on standard error."""
    from billowatt.reading.report import csv_line, csv_row, json_line, picked

    report = read.report
    if asked.as_json:
        click.echo(json_line(report, asked.fields))
    elif asked.as_csv:
        click.echo("".join([*heads, csv_line(csv_row(report, asked.fields))]), nl=False)
        heads.clear()
    if report["status"] == "failed":
        failure = report["failure"]
        asked.talk.error(f"{report['path']}: {failure['reason']}: {failure['detail']}", read.remedy)
    elif not asked.as_json and not asked.as_csv:
        from billowatt.reading.tables import print_fields, print_report

        if asked.fields:
            print_fields(asked.talk.console(), report, picked(report, asked.fields))
        else:
            print_report(asked.talk.console(), report)


async def _tell_why(reader: "Reader", read: "Read", asked: Asked) -> None:
    from billowatt.reading.why import asked_value, print_why, why_json

    value = asked_value(read.report, asked.why)
    path = ""
    if asked.out is not None and (drawn := await reader.draw_value(read, value)) is not None:
        plain = "".join(sign if sign.isalnum() else "-" for sign in value.field).strip("-")
        path = str(asked.out / f"{read.source.name}.{plain}.webp")
        _into(Path(path), drawn)
    if asked.as_json:
        print_json(why_json(read.report, value, path))
    else:
        print_why(asked.talk.console(), read.report, value, path)


def _write(reads: "Sequence[Read]", folder: Path, talk: Talk) -> None:
    from billowatt.reading.report import json_line
    from billowatt.reading.running import distinct_names

    for read, named in zip(reads, distinct_names([one.source for one in reads]), strict=True):
        path = folder / f"{named.name}.json"
        _into(path, (json_line(read.report, ()) + "\n").encode())
        talk.detail(f"wrote {path}")


def _into(path: Path, data: bytes) -> None:
    """Write a file, its folder made where it is missing.

    Raises:
        Denied: it cannot be written.
    """
    try:
        if path.parent != Path():
            path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Denied(f"{path} not written: {error.strerror}", "give a place that you may write to") from error


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open(encoding="utf-8") as file:
        return file.readline(PASSWORD_BYTES_MAX).rstrip("\r\n")
