"""The bench's bill maker as a command."""

from pathlib import Path

import click

from bench.bills import sample


@click.group()
def main() -> None:
    """Make synthetic bills."""


@main.command("sample")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def make_samples(out: Path) -> None:
    """Draw the two sample bills that ship with the product."""
    for path in sample.write(out):
        click.echo(f"{path}  {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
