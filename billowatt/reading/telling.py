"""What is told of each file once it is read, in the form that was asked for, and how many were not read or hold doubts."""

from dataclasses import dataclass, field
from pathlib import Path

import click

from billowatt.exits import Denied
from billowatt.reading.report import csv_head, csv_line, csv_row, json_line, picked
from billowatt.reading.running import Read, Reader
from billowatt.reading.tables import print_fields, print_report
from billowatt.reading.why import asked_value, print_why, why_json
from billowatt.terminal import Talk, print_json


@dataclass(slots=True, kw_only=True)
class Teller:
    """Tells of one file after the other. ``form`` is table, json or csv; ``picture`` is where the one file is drawn to."""

    talk: Talk
    form: str
    fields: tuple[str, ...]
    why: str
    out: Path | None
    picture: Path | None
    failed: int = 0
    doubtful: int = 0
    _told: int = field(default=0, init=False)

    async def tell(self, reader: Reader, read: Read) -> None:
        """Tell of one file: results on standard output, for programs failures as well; for people those on standard error.

        Raises:
            Denied: a file that was asked for cannot be written, or a page not drawn.
            WrongUsage: the bill has no value of the name that is to be explained.
        """
        succeeded = read.report["status"] == "succeeded"
        self.failed += not succeeded
        self.doubtful += bool(read.report["doubts"])
        if self.why and succeeded:
            await self._tell_why(reader, read)
        else:
            self._tell(read)
        self._told += 1
        if self.out is not None:
            path = self.out / f"{read.source.kept_as}.json"
            into(path, (json_line(read.report, ()) + "\n").encode())
            self.talk.detail(f"wrote {path}")
        if self.picture is not None and succeeded:
            into(self.picture, await reader.draw(read))

    def _tell(self, read: Read) -> None:
        report = read.report
        if self.form == "json":
            click.echo(json_line(report, self.fields))
        elif self.form == "csv":
            head = "" if self._told else csv_line(csv_head(self.fields))
            click.echo(head + csv_line(csv_row(report, self.fields)), nl=False)
        if report["status"] == "failed":
            failure = report["failure"]
            self.talk.error(f"{report['path']}: {failure['reason']}: {failure['detail']}", read.remedy)
        elif self.form == "table" and self.fields:
            print_fields(self.talk.console(), report, picked(report, self.fields))
        elif self.form == "table":
            print_report(self.talk.console(), report)

    async def _tell_why(self, reader: Reader, read: Read) -> None:
        value = asked_value(read.report, self.why)
        picture = ""
        if self.out is not None and (drawn := await reader.draw_value(read, value)) is not None:
            plain = "".join(sign if sign.isalnum() else "-" for sign in value.field).strip("-")
            picture = str(self.out / f"{read.source.kept_as}.{plain}.webp")
            into(Path(picture), drawn)
        if self.form == "json":
            print_json(why_json(read.report, value, picture))
        else:
            print_why(self.talk.console(), read.report, value, picture)


def into(path: Path, data: bytes) -> None:
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
