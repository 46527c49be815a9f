"""``billowatt completion``: the script that a shell reads to complete commands, options and files."""

import click
from click.shell_completion import get_completion_class

from billowatt.commands.options import explained
from billowatt.exits import Denied

VARIABLE = "_BILLOWATT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@explained
def completion(shell: str) -> None:
    r"""Print the script that completes commands in your shell.

    \b
    bash:  billowatt completion bash > ~/.local/share/bash-completion/completions/billowatt
    zsh:   billowatt completion zsh > "${fpath[1]}/_billowatt"
    fish:  billowatt completion fish > ~/.config/fish/completions/billowatt.fish
    """
    from billowatt.command import billowatt

    kind = get_completion_class(shell)
    assert kind is not None
    try:
        click.echo(kind(billowatt, {}, "billowatt", VARIABLE).source())
    except RuntimeError as error:
        raise Denied(str(error), "bash 4.4 or newer is needed") from error
