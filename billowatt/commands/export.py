"""``billowatt export``: what can be exported, in which forms, and which options each takes."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import click

from billowatt.commands.options import NEW_FILE, Where, remote
from billowatt.terminal import Talk

WHOSE = ("project_id", "property_id", "account_id", "meter_id", "from_day", "until_day")
DAY = click.DateTime(formats=["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class What:
    """One thing to export: where it stands, its forms (the first where none is asked for), its options, the needed ones first."""

    path: str
    forms: tuple[str, ...]
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    form_name: str = "form"


TABLE = ("csv", "xlsx", "jsonl")
WHATS = {
    "bills": What("/v1/exports/bills", TABLE, (*WHOSE, "selection")),
    "charges": What("/v1/exports/charges", TABLE, (*WHOSE, "selection")),
    "usages": What("/v1/exports/usages", TABLE, (*WHOSE, "selection")),
    "months": What("/v1/projects/{project_id}/exports/months", TABLE, needs=("project_id",)),
    "load-profile": What("/v1/projects/{project_id}/exports/load_profile", TABLE, needs=("project_id",)),
    "hours": What(
        "/v1/projects/{project_id}/load_profile/hours",
        ("csv", "json"),
        ("year", "interval"),
        needs=("project_id",),
        form_name="format",
    ),
    "green-button": What("/v1/exports/green_button", ("xml",), WHOSE),
    "portfolio-manager": What(
        "/v1/exports/portfolio_manager/{meter_id}", ("xml",), ("from_day", "until_day", "part"), needs=("meter_id",)
    ),
    "tenant": What("/v1/tenant/export", ("zip",)),
}
OPTIONS = {
    "project_id": "--project",
    "property_id": "--property",
    "account_id": "--account",
    "meter_id": "--meter",
    "from_day": "--from",
    "until_day": "--until",
    "selection": "--selection",
    "year": "--year",
    "interval": "--interval",
    "part": "--part",
}


@click.command()
@click.argument("what", type=click.Choice(list(WHATS)))
@click.option("-o", "--out", type=NEW_FILE, metavar="FILE", help="Where to.  [default: standard output]")
@click.option("--form", help="csv, xlsx or jsonl; hours: csv or json.  [default: csv, or the only one]")
@click.option("--project", "project_id", metavar="ID", help="Of this project; months and profiles need it.")
@click.option("--property", "property_id", metavar="ID", help="Of this property.")
@click.option("--account", "account_id", metavar="ID", help="Of this account.")
@click.option("--meter", "meter_id", metavar="ID", help="Of this meter; portfolio-manager needs it.")
@click.option("--from", "from_day", type=DAY, metavar="DAY", help="From this day on, as 2026-03-01.")
@click.option("--until", "until_day", type=DAY, metavar="DAY", help="Before this day.")
@click.option("--selection", type=click.Choice(["standing", "archived", "all"]), help="Which records of the ledger.")
@click.option("--year", type=click.IntRange(1970, 2100), help="Of the hours.")
@click.option("--interval", type=click.Choice(["60", "30", "15"]), help="Minutes of one value of the hours.")
@click.option("--part", type=click.IntRange(1, 1000), help="Only this part of portfolio-manager.")
@remote
def export(
    what: str, out: Path | None, form: str | None, where: Where, talk: Talk, **given: str | int | datetime | None
) -> None:
    r"""Export bills, months, profiles or all of a tenant to a file.

    A file is written whole or not at all. Files larger than memory are no matter: they are written as they come.

    \b
    Examples:
      billowatt export bills --project ID -o bills.xlsx
      billowatt export hours --project ID --year 2026 > hours.csv
      billowatt export green-button --meter ID -o usage.xml
      billowatt export tenant -o all.zip
    """
    from billowatt.remote.exporting import export as run_export

    kind = WHATS[what]
    told = {name: _text(value) for name, value in given.items() if value is not None}
    foreign = [OPTIONS[name] for name in told if name not in (*kind.takes, *kind.needs)]
    if foreign:
        raise click.UsageError(f"{what} does not take {', '.join(foreign)}")
    missing = [OPTIONS[name] for name in kind.needs if name not in told]
    if missing:
        raise click.UsageError(f"{what} needs {', '.join(missing)}")
    form = form or _form_of(out, kind) or kind.forms[0]
    if form not in kind.forms:
        raise click.UsageError(f"{what} comes as {', '.join(kind.forms)}, not as {form}")
    path = kind.path.format(**{name: quote(told.pop(name), safe="") for name in kind.needs})
    query = {**told, **({kind.form_name: form} if len(kind.forms) > 1 else {})}
    with where.client() as client:
        run_export(client, talk, path, query, out)


def _form_of(out: Path | None, kind: What) -> str:
    """Return the form that the file's name asks for, where it is one of them."""
    ending = out.suffix.removeprefix(".").lower() if out else ""
    return ending if ending in kind.forms else ""


def _text(value: str | int | datetime | None) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value)
