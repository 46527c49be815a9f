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
@click.option("--families", "which", default="all", help="all, train, dev, test, real-world, or names with commas")
@click.option("--per-family", type=click.IntRange(1), default=1)
@click.option("--seed", type=int, default=1)
@click.option("--variants", default="text", help=f"with commas between them: {', '.join(distortion.VARIANTS)}")
@click.option(
    "--perturb", type=click.IntRange(0), default=0, help="so many other layouts of each family instead of its own"
)
def make_corpus(out: Path, which: str, per_family: int, seed: int, variants: str, perturb: int) -> None:
    """Make bills with their truth."""
    count = corpus.write(out, which, per_family, seed, variants.split(","), perturb)
    click.echo(f"{count} files in {out}")


@main.command("families")
def list_families() -> None:
    """Print the table of families that the README beside this file holds."""
    click.echo("| family | split | group | language | country | bills |\n| --- | --- | --- | --- | --- | --- |")
    for family in sorted(catalogue.families(), key=lambda family: (catalogue.SPLITS.index(family.split), family.name)):
        what = " + ".join(family.economy.commodities) if family.kind == "bill" else "no bill"
        where = f"{family.language} | {family.country.code}"
        click.echo(f"| {family.name} | {family.split} | {family.group} | {where} | {what} |")


if __name__ == "__main__":
    main()
