"""The bench's bill maker as a command."""

from pathlib import Path

import click

from bench.bills import corpus, distortion, sample
from bench.bills.families import catalogue


@click.group()
def main() -> None:
    """Make synthetic bills."""


@main.command("sample")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def make_samples(out: Path) -> None:
    """Draw the two sample bills that ship with the product."""
    for path in sample.write(out):
        click.echo(f"{path}  {path.stat().st_size} bytes")


@main.command("make")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--families", "which", default="all", help="all, train, dev, test, or names with commas between them")
@click.option("--per-family", type=click.IntRange(1), default=1)
@click.option("--seed", type=int, default=1)
@click.option("--variants", default="text", help=f"with commas between them: {', '.join(distortion.VARIANTS)}")
def make_corpus(out: Path, which: str, per_family: int, seed: int, variants: str) -> None:
    """Make bills with their truth."""
    click.echo(f"{corpus.write(out, which, per_family, seed, variants.split(','))} files in {out}")


@main.command("families")
def list_families() -> None:
    """List the layout families and their split."""
    for family in catalogue.families():
        what = "+".join(family.economy.commodities) if family.kind == "bill" else family.kind
        click.echo(f"{family.split:6} {family.language} {family.country.code} {family.name:24} {what}")


if __name__ == "__main__":
    main()
