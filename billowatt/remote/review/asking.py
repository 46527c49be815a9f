"""``billowatt review``: goes through what is in doubt with a person at a terminal, or lists it for programs."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import count
from typing import Any

import click

from billowatt.chart import MONTHS
from billowatt.exits import WrongUsage
from billowatt.remote.review.doubts import Item, amend, confirm, field_of, items_of, records_of, said
from billowatt.terminal import Talk, escaped, plain, print_json
from billowatt_client import Client, LedgerBill, NotFound, Refused

REASON = "corrected in review"


def list_items(client: Client, talk: Talk, project_id: str, bill_id: str | None, *, as_json: bool) -> int:
    """Print what is to be looked at and return how many things that are."""
    number = 0
    for number, item in zip(count(1), items_of(client, project_id, bill_id), strict=False):
        if as_json:
            print_json(item.told())
        else:
            _print(talk, item, f"{number}.")
    if number == 0:
        talk.say("nothing to review: no doubt is left")
    return number


def go_through(client: Client, talk: Talk, project_id: str, bill_id: str | None, by: str) -> None:
    """Show one thing after the other and do with it what the person says."""
    items = list(items_of(client, project_id, bill_id))
    for number, item in enumerate(items, 1):
        _print(talk, item, f"[{number}/{len(items)}]")
        # An earlier answer may have made another record of the same bill.
        record = _standing(client, item)
        if record is None or not _answered(client, talk, item, record, by):
            break
    left = len(list(items_of(client, project_id, bill_id)))
    talk.say("nothing to review: no doubt is left" if not left else f"{left} left to review")


def settle(
    client: Client,
    talk: Talk,
    project_id: str,
    bill_id: str,
    *,
    confirmed: Iterable[str],
    changes: Mapping[str, str | None],
    by: str,
    reason: str,
) -> None:
    """Confirm and correct fields of a bill of one statement without asking.

    Raises:
        WrongUsage: the bill has several statements, or none, or no such field.
    """
    bill = client.bill(project_id, bill_id)
    records = records_of(client, bill)
    if len(records) != 1:
        raise WrongUsage(
            f"{bill.file_name} has {len(records)} statements",
            "`billowatt review` without --confirm and --set asks for each",
        )
    record = records[0]
    if changes:
        record = _changed(client, talk, record, changes, by, reason or REASON)
    if names := tuple(confirmed):
        values = {field_of(one): said(one) for item in _all(client, project_id, bill_id) for one in item.values}
        unknown = [name for name in names if name not in values]
        if unknown:
            known = ", ".join(sorted(filter(None, values))) or "no field of this bill"
            raise WrongUsage(f"not in doubt: {', '.join(unknown)}", f"in doubt: {known}")
        confirm(client, record, {name: values[name] for name in names}, by)
        talk.say(f"confirmed  {', '.join(names)}")


def _all(client: Client, project_id: str, bill_id: str) -> list[Item]:
    return list(items_of(client, project_id, bill_id))


def _standing(client: Client, item: Item) -> LedgerBill | None:
    records = records_of(client, item.bill)
    return next((one for one in records if one.statement == item.record.statement), None)


def _answered(client: Client, talk: Talk, item: Item, record: LedgerBill, by: str) -> bool:
    """Ask what to do until something is done; return whether to go on."""
    correctable = [one for one in item.values if field_of(one)]
    offers = "number to correct, c confirm, s skip, q quit" if correctable else "c confirm, s skip, q quit"
    while True:
        answer = click.prompt(f"  {offers}", default="s", err=True).strip().lower()
        if answer in ("q", "quit"):
            return False
        if answer in ("s", "skip", ""):
            return True
        if answer in ("c", "confirm"):
            fields = {field_of(one): said(one) for one in correctable}
            confirm(client, record, fields or {item.settled_by: item.sentence}, by)
            talk.say("  confirmed")
            return True
        if answer.isdecimal() and 1 <= int(answer) <= len(correctable):
            value = correctable[int(answer) - 1]
            new = click.prompt(f"  {value.field}, read as {said(value)}, is", default=said(value), err=True).strip()
            reason = click.prompt("  because", default=REASON, err=True)
            try:
                _changed(client, talk, record, {field_of(value): new}, by, reason)
            except Refused as refused:
                talk.error(
                    str(refused), "a number without its unit, a day as 2026-03-31, a period as 2026-03-01/2026-04-01"
                )
                continue
            return True


def _changed(
    client: Client, talk: Talk, record: LedgerBill, changes: Mapping[str, str | None], by: str, reason: str
) -> LedgerBill:
    """Correct fields and tell which months of the load profile moved."""
    assert record.project_id is not None
    before = _months(client, record.project_id)
    made = amend(client, record, changes, by, reason)
    talk.say(f"  corrected  {', '.join(changes)}")
    after = _months(client, record.project_id)
    for month, now in after.items():
        if before.get(month) != now:
            talk.say(f"  {MONTHS[month - 1]}  {_kwh(before.get(month))} → {_kwh(now)}")
    return made


def _months(client: Client, project_id: str) -> dict[int, Decimal | None]:
    try:
        return {one.month: one.energy_kwh for one in client.load_profile(project_id).months}
    except NotFound:
        return {}


def _kwh(energy: Decimal | None) -> str:
    return "–" if energy is None else f"{energy:,.0f} kWh"


def _print(talk: Talk, item: Item, head: str) -> None:
    console = talk.console()
    console.print(f"{escaped(head)} [bold]{escaped(item.bill.file_name)}[/]  {item.bill.utility_bill_id}")
    mark = "[red]≠[/]" if item.kind == "proof" else "[yellow]?[/]"
    console.print(f"  {mark} {escaped(item.sentence)}")
    numbers: Any = count(1)
    for one in item.values:
        number = next(numbers) if field_of(one) else " "
        console.print(
            f"    {number}  {escaped(one.field)} = {escaped(one.text)}  “{escaped(plain(one.printed))}” on page {one.page}"
        )
