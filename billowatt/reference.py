"""``docs/command.md``: what holds for every command, then each command's own help; a test holds the page to it.

``python -m billowatt.reference > docs/command.md``
"""

from collections.abc import Iterator
from textwrap import fill

import click

from billowatt.command import COMMANDS, billowatt
from billowatt.exits import Exit

WIDTH_CHARACTERS = 110
PROGRAM = "billowatt"

HEAD = """# The command

`billowatt` is one command for everything: it reads bills on the spot, runs the service, speaks to one that runs, and checks
the machine. `billowatt --help` lists what it can do, `billowatt COMMAND --help` explains. This page is made from the command
itself (`make command-page`).

## What holds for every command

- **Data goes to standard output, everything else to standard error.** Where a command fails, standard output stays empty;
  where some bills of several fail, it holds the others. With `--json` a bill that failed has its line, too.
- **`--json`** prints one object a line. Each says its `schema_version`, {version} now: members are only added to it, and
  one that is renamed or removed raises it.
- **Errors** are two lines: `error:` with what happened, for bills with the reason that the API gives as well; `try:` with
  what to do next.
- **Progress** is shown at a terminal only. `-q` takes away all but errors, `-v` adds details. `--no-color` and `NO_COLOR`
  turn colours off, `FORCE_COLOR` turns them on where there is no terminal; `TERM=dumb` gets neither colours nor moving bars;
  `COLUMNS` sets the width of tables. A pipe that is closed early, as by `head`, is no error.
- **Where Billowatt runs**: on the data folder (`--data`, `./data` by default), or at `--url` or `BILLOWATT_URL` with the key
  of `BILLOWATT_API_KEY`. All settings: [settings.md](settings.md).

## Exit status

| status | meaning |
| --- | --- |
{statuses}

## What `read` tells

With `--json` a line a file:

| member | meaning |
| --- | --- |
| `schema_version` | {version} |
| `file`, `path` | the file's name, and where it was; `-` is standard input |
| `status` | `succeeded` or `failed` |
| `failure` | null, or `reason` and `detail`; the reasons are those of the API, and `cannot_open` |
| `summary` | the flat facts below, and `meters`, `line_items` and `usage_history`; null where the bill was not read |
| `readings` | a reading a statement: each value with its evidence, the proofs and the findings |
| `doubts` | what a person should look at: sums that do not hold, findings, and numbers less than 90 % sure |

With `--fields` it holds `fields` in place of the last three. Fields are the flat facts of the summary, which are also the
columns of `--csv`, and every value by its name, as the first column of the table shows it: `amount_due`, `meters[0].number`,
`usages[0].quantity`, `charges[3].rate`, `history[11].quantity`. On the second statement of a file names begin with `2:`.

The flat facts: {facts}.

## Commands
"""


def command_page() -> str:
    """Return the whole page."""
    return _head() + "".join(_section(path, command) for path, command in _commands())


def _head() -> str:
    from billowatt.reading.report import CSV_FIELDS
    from billowatt.terminal import SCHEMA_VERSION

    statuses = "\n".join(f"| {one.value} | {one.meaning} |" for one in Exit)
    facts = fill(", ".join(f"`{name}`" for name in CSV_FIELDS), WIDTH_CHARACTERS, break_on_hyphens=False)
    return HEAD.format(version=SCHEMA_VERSION, statuses=statuses, facts=facts)


def _commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that can be run, in the order of the table, groups before what is in them."""
    root = click.Context(billowatt, info_name=PROGRAM)
    for name in COMMANDS:
        command = billowatt.get_command(root, name)
        assert command is not None
        yield (name,), command
        if isinstance(command, click.Group):
            for inner in command.list_commands(root):
                yield (name, inner), command.commands[inner]


def _section(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(billowatt, info_name=PROGRAM, **billowatt.context_settings)
    group: click.Command = billowatt
    for name in path:
        inner = group.get_command(context, name) if isinstance(group, click.Group) else None
        assert inner is not None
        context = click.Context(
            inner, info_name=name, parent=context, terminal_width=WIDTH_CHARACTERS, max_content_width=WIDTH_CHARACTERS
        )
        group = inner
    help_text = command.get_help(context).rstrip()
    return f"\n{'#' * (len(path) + 2)} {PROGRAM} {' '.join(path)}\n\n```text\n{help_text}\n```\n"


if __name__ == "__main__":
    print(command_page(), end="")
