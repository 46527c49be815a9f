"""``billowatt review``: its words and options."""

import sys

import click

from billowatt.commands.options import AS_JSON, Where, remote
from billowatt.exits import Exit
from billowatt.terminal import Talk


@click.command()
@click.argument("project_id")
@click.option("--bill", "bill_id", metavar="ID", help="Only this bill.")
@click.option("--list", "only_list", is_flag=True, help="List what is in doubt, and ask nothing.")
@click.option("--confirm", "confirmed", multiple=True, metavar="FIELD", help="This field of --bill is right as read.")
@click.option(
    "--set", "changes", multiple=True, metavar="FIELD=VALUE", help="This field of --bill says something else."
)
@click.option("--confirm-bill", is_flag=True, help="--bill is right as it is; one that waits takes effect.")
@click.option("--reject", default="", metavar="REASON", help="--bill waits, and is to be kept out.")
@click.option("--reason", default="", help="Why it is corrected or confirmed; kept with who and when.")
@click.option("--by", default="", help="Who reviews.  [default: the user of this machine]")
@click.option("--fail-on", type=click.Choice(["doubt"]), help="With --list: exit with 3 where a doubt is left.")
@AS_JSON
@remote
def review(
    project_id: str,
    bill_id: str | None,
    only_list: bool,
    confirmed: tuple[str, ...],
    changes: tuple[str, ...],
    confirm_bill: bool,
    reject: str,
    reason: str,
    by: str,
    fail_on: str | None,
    as_json: bool,
    where: Where,
    talk: Talk,
) -> int:
    r"""Go through the doubts of a project's bills: confirm or correct.

    At a terminal one doubt after the other is shown with the sum that does not hold, what is printed where, and asked about;
    so are bills that wait for somebody. Corrections are kept with who, when and why; months and load profile follow at once.
    Elsewhere, or with --list, all of it is listed.

    \b
    Examples:
      billowatt review PROJECT_ID
      billowatt review PROJECT_ID --list --json
      billowatt review PROJECT_ID --bill ID --set payments=122.93 --reason "digits changed about"
      billowatt review PROJECT_ID --bill ID --confirm account_number
    """
    from getpass import getuser

    from billowatt.remote.review import asking

    settled = asking.Settled(
        confirmed=confirmed,
        changes=dict(_pair(one) for one in changes),
        confirm_bill=confirm_bill,
        reject=reject,
        reason=reason,
    )
    if settled and not bill_id:
        raise click.UsageError("--confirm, --set, --confirm-bill and --reject need --bill")
    if confirm_bill and reject:
        raise click.UsageError("--confirm-bill and --reject exclude each other")
    by = by or getuser()
    with where.client() as client:
        if settled and bill_id:
            asking.settle(client, talk, project_id, bill_id, settled, by)
            return Exit.DONE
        if only_list or as_json or not sys.stdin.isatty():
            left = asking.list_items(client, talk, project_id, bill_id, as_json=as_json)
            return Exit.DOUBTS if fail_on and left else Exit.DONE
        asking.go_through(client, talk, project_id, bill_id, by)
    return Exit.DONE


def _pair(text: str) -> tuple[str, str | None]:
    """Split FIELD=VALUE; an empty value takes the field off the page."""
    field, equals, value = text.partition("=")
    if not equals or not field:
        raise click.UsageError(f"--set takes FIELD=VALUE, not {text!r}")
    return field, value or None
