"""``billowatt doctor``: its words and options, and how what was found is shown."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from billowatt.commands.options import AS_JSON, NEW_FILE, Where, remote
from billowatt.exits import Denied, Exit
from billowatt.terminal import Talk, escaped, print_json

if TYPE_CHECKING:
    from billowatt.doctor.check import Check

MARKS = {"ok": "[green]✓ ok  [/]", "warn": "[yellow]! warn[/]", "fail": "[red]✗ fail[/]"}


@click.command()
@click.option(
    "--bundle", type=NEW_FILE, metavar="FILE.tar.gz", help="Write what was found to an archive, secrets left out."
)
@AS_JSON
@remote
def doctor(bundle: Path | None, as_json: bool, where: Where, talk: Talk) -> int:
    r"""Check this machine and what runs on it, and say what to mend.

    Engines and their weights, the sandbox, a bill read whole, disk, memory, database, object store, port, service, names. It
    changes nothing and needs nothing running. It ends with 1 where a check fails.

    \b
    Examples:
      billowatt doctor
      billowatt doctor --json | jq 'select(.state != "ok")'
      billowatt doctor --bundle report.tar.gz
    """
    from billowatt.doctor.bundle import redacted, write_bundle
    from billowatt.doctor.check import fail
    from billowatt.doctor.examine import examine
    from runtime.logs import configure_logs
    from runtime.settings import Settings, SettingsError

    configure_logs("debug" if talk.verbose else "error", "console")
    try:
        settings, found = where.settings(), []
    except SettingsError as error:
        settings, found = Settings(), [fail("settings", str(error), "docs/settings.md lists every setting")]

    def tell(check: "Check") -> None:
        sentence, fix = redacted(check.sentence, settings), redacted(check.fix, settings)
        if as_json:
            print_json({**check.told(), "sentence": sentence, "fix": fix or None})
        elif not talk.quiet or check.state.value != "ok":
            console = talk.console()
            console.print(f"{MARKS[check.state.value]}  {check.name:14} {escaped(sentence)}", soft_wrap=True)
            if fix:
                console.print(f"        {'':14} try: {escaped(fix)}", soft_wrap=True)

    for check in found:
        tell(check)
    found += asyncio.run(examine(settings, tell))
    if bundle is not None:
        try:
            write_bundle(bundle, settings, found)
        except OSError as error:
            raise Denied(f"{bundle} not written: {error.strerror}", "give a place that you may write to") from error
        talk.say(f"wrote      {bundle}; look into it before you send it: tar -xzOf {bundle}")
    return Exit.FAILED if any(check.state.value == "fail" for check in found) else Exit.DONE
