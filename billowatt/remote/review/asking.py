"""``billowatt review``: goes through what is to be looked at with a person at a terminal, or lists it for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

import click

from billowatt.chart import MONTHS
from billowatt.exits import WrongUsage
from billowatt.remote.review.doubts import (
    HELD,
    Item,
    bills_of,
    field_of,
    items_of,
    items_of_bill,
    items_of_review,
    review_of,
    said,
)
from billowatt.terminal import Talk, escaped, print_json
from billowatt_client import Bill, Client, NotFound, Refused

REASON = "corrected in review"
FORMS = "a number without its unit, a day as 2026-03-31, a period as 2026-03-01 to 2026-03-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is to be done with one bill without asking: fields found right, fields that say something else, the bill itself."""

    confirmed: tuple[str, ...]
    changes: Mapping[str, str | None]
    confirm_bill: bool
    reject: str
    reason: str

    def __bool__(self) -> bool:
        """Tell whether anything is to be done."""
        return bool(self.confirmed or self.changes or self.confirm_bill or self.reject)


def list_items(client: Client, talk: Talk, project_id: str, bill_id: str | None, *, as_json: bool) -> int:
    """Print what is to be looked at and return how many things that are."""
    number = 0
    for item in items_of(client, project_id, bill_id):
        number += 1
        if as_json:
            print_json(item.told())
        else:
            _print(talk, item, f"{number}.")
    if number == 0:
        talk.say("nothing to review: no doubt is left")
    return number


def go_through(client: Client, talk: Talk, project_id: str, bill_id: str | None, by: str) -> None:
    """Show one thing after the other and do with it what the person says.

    A bill is looked at anew after each answer: a correction may settle more than it was made for. Other bills are not.
    """
    left, going_on = 0, True
    for bill in bills_of(client, project_id, bill_id):
        if going_on:
            going_on = _through_bill(client, talk, bill, by)
        left += sum(1 for _ in items_of_bill(client, bill))
    talk.say(f"{left} left to review" if left else "nothing to review: no doubt is left")


def settle(client: Client, talk: Talk, project_id: str, bill_id: str, what: Settled, by: str) -> None:
    """Confirm and correct without asking, first the fields, then the bill.

    Raises:
        WrongUsage: the bill has several statements or no reading, or a field is none of those in doubt.
    """
    bill = client.bill(project_id, bill_id)
    review = review_of(client, bill)
    if review is None or len(review.statements) != 1:
        many = "no reading yet" if review is None else f"{len(review.statements)} statements"
        raise WrongUsage(f"{bill.file_name} has {many}", "`billowatt review` at a terminal asks for each")
    if what.confirmed:
        listed = [value for item in items_of_review(bill, review) for value in item.values]
        known = {name: value for value in listed for name in (value.field, field_of(value)) if name}
        if unknown := [name for name in what.confirmed if name not in known]:
            in_doubt = ", ".join(sorted(known)) or "no field of this bill"
            raise WrongUsage(f"not in doubt: {', '.join(unknown)}", f"in doubt: {in_doubt}")
        paths = [known[name].field for name in what.confirmed]
        client.confirm_values(project_id, bill_id, paths, reviewed_by=by)
        talk.say(f"confirmed  {', '.join(what.confirmed)}")
    if what.changes:
        _change(client, talk, project_id, review.statements[0].ledger_bill_id, what.changes, by, what.reason)
    if what.reject:
        client.reject_bill(project_id, bill_id, reviewed_by=by, reason=what.reject)
        talk.say(f"rejected   {bill_id}")
    elif what.confirm_bill:
        client.confirm_bill(project_id, bill_id, reviewed_by=by, reason=what.reason or None)
        talk.say(f"confirmed  {bill_id}")


def _through_bill(client: Client, talk: Talk, bill: Bill, by: str) -> bool:
    """Ask about one bill until nothing is left of it that was not skipped; return whether to go on with others."""
    skipped: set[tuple[int, str]] = set()
    while (item := next((one for one in items_of_bill(client, bill) if _told(one) not in skipped), None)) is not None:
        _print(talk, item, "")
        if not _answered(client, talk, item, by, skipped):
            return False
    return True


def _told(item: Item) -> tuple[int, str]:
    return item.statement, item.sentence


def _answered(client: Client, talk: Talk, item: Item, by: str, skipped: set[tuple[int, str]]) -> bool:
    """Ask what to do until something is done; return whether to go on."""
    correctable = [one for one in item.values if field_of(one)]
    offers = [*(["number to correct"] if correctable else []), "c confirm"]
    offers += [*(["r reject"] if item.kind == HELD else []), "s skip", "q quit"]
    while True:
        answer = click.prompt(f"  {', '.join(offers)}", default="s", err=True).strip().lower()
        try:
            match answer:
                case "q" | "quit":
                    return False
                case "s" | "skip":
                    skipped.add(_told(item))
                    return True
                case "c" | "confirm":
                    _confirm(client, talk, item, by)
                    return True
                case "r" | "reject" if item.kind == HELD:
                    reason = click.prompt("  because", err=True)
                    bill = item.bill
                    client.reject_bill(
                        bill.project_id,
                        bill.utility_bill_id,
                        reviewed_by=by,
                        reason=reason,
                        version=item.review.version,
                    )
                    talk.say("  rejected")
                    return True
                case number if number.isdecimal() and 1 <= int(number) <= len(correctable):
                    value = correctable[int(number) - 1]
                    new = click.prompt(f"  {value.field}, read as {said(value)}, is", default=said(value), err=True)
                    reason = click.prompt("  because", default=REASON, err=True)
                    _change(client, talk, item.bill.project_id, item.record, {field_of(value): new.strip()}, by, reason)
                    return True
        except Refused as refused:
            talk.error(str(refused), FORMS if refused.reason == "BAD_REQUEST" else "look at it again: it has changed")
            if refused.reason != "BAD_REQUEST":
                return True


def _confirm(client: Client, talk: Talk, item: Item, by: str) -> None:
    """Keep that a person found values right, or the bill as a whole where it is about no values."""
    project_id, bill_id, version = item.bill.project_id, item.bill.utility_bill_id, item.review.version
    if item.values:
        client.confirm_values(
            project_id, bill_id, item.paths, reviewed_by=by, statement=item.statement, version=version
        )
    else:
        client.confirm_bill(project_id, bill_id, reviewed_by=by, version=version)
    talk.say("  confirmed")


def _change(
    client: Client, talk: Talk, project_id: str, record: str, changes: Mapping[str, str | None], by: str, reason: str
) -> None:
    """Correct fields and tell which months of the load profile moved."""
    before = _months(client, project_id)
    client.amend_ledger_bill(record, changes, amended_by=by, reason=reason or REASON)
    talk.say(f"  corrected  {', '.join(changes)}")
    for month, now in _months(client, project_id).items():
        if before.get(month) != now:
            talk.say(f"  {MONTHS[month - 1]}  {_kwh(before.get(month))} → {_kwh(now)}")


def _months(client: Client, project_id: str) -> dict[int, Decimal | None]:
    try:
        return {one.month: one.energy_kwh for one in client.load_profile(project_id).months}
    except NotFound:
        return {}


def _kwh(energy: Decimal | None) -> str:
    return "–" if energy is None else f"{energy:,.0f} kWh"


def _print(talk: Talk, item: Item, head: str) -> None:
    console = talk.console()
    which = f", statement {item.statement}" if len(item.review.statements) > 1 else ""
    title = f"[bold]{escaped(item.bill.file_name)}[/]{which}  {item.bill.utility_bill_id}"
    console.print(f"{escaped(head)} {title}".strip())
    mark = "[red]≠[/]" if item.kind == "proof" else "[yellow]?[/]"
    console.print(f"  {mark} {escaped(item.sentence)}")
    numbers = count(1)
    for one in item.values:
        number = next(numbers) if field_of(one) else " "
        printed = f"“{escaped(one.printed)}” on page {one.page}"
        console.print(f"    {number}  {escaped(one.field)} = {escaped(one.text)}  {printed}")
