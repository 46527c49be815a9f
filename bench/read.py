"""Measures the reader: how much it finds, how often it is right, whether it knows, and what it costs.

``python -m bench.read`` draws bills of unseen families, reads them as text, scans and photos, and compares with a naive reader
and with peers that are installed. The last line of its output is one JSON object with the figures.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bench.bills import corpus
from bench.bills.pages import press
from bench.readers import naive, peers, product, report
from bench.readers import unworded as blind
from bench.readers.cases import Answer, Case, cases_in
from bench.readers.report import Scored


@click.command()
@click.option("--families", default="test", help="all, train, dev, test, real-world, or names with commas")
@click.option("--per-family", type=click.IntRange(1), default=1)
@click.option("--seed", type=int, default=2024)
@click.option("--variants", default="text,scan,photo")
@click.option(
    "--perturb", type=click.IntRange(0), default=0, help="so many other layouts of each family instead of its own"
)
@click.option(
    "--forget",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="take this share of the label phrases out of the reader's lexicon",
)
@click.option(
    "--unworded", is_flag=True, help="instead: take away all words of each field in turn, and see what is still read"
)
@click.option("--pages", type=click.Choice(press.SPLITS), help="instead: bills of other hands, set by a browser")
@click.option("--folder", type=click.Path(path_type=Path, exists=True), help="read these files/ and truth/ instead")
@click.option("--naive-files", type=int, default=8, help="how many files of each kind the naive reader gets")
@click.option(
    "--speedup-files", type=int, default=16, help="how many pictures are read by one process and by two, to compare"
)
@click.option("--processes", type=int, default=2)
@click.option("--by-family", is_flag=True, help="print each family, worst first")
@click.option("--misses", is_flag=True, help="print every value that is wrong or missing")
def main(
    families: str,
    per_family: int,
    seed: int,
    variants: str,
    perturb: int,
    forget: float,
    pages: str | None,
    folder: Path | None,
    naive_files: int,
    speedup_files: int,
    processes: int,
    *,
    unworded: bool,
    by_family: bool,
    misses: bool,
) -> None:
    """Measure the reader on bills that it has never seen."""
    with tempfile.TemporaryDirectory(prefix="bench-read-") as made:
        if pages is not None:
            count = press.write(Path(made), pages, variants.split(","))
            print(f"{count} files of the pages of {pages}")
        elif folder is None:
            count = corpus.write(Path(made), families, per_family, seed, variants.split(","), perturb)
            print(f"{count} files of families {families}, seed {seed}")
        cases = list(cases_in(folder or Path(made)))
        if unworded:
            print(json.dumps(_rounded(blind.measure(cases, processes, misses=misses))))
            return
        figures = measure(cases, processes, forget, by_family=by_family, misses=misses)
        figures.update(compare(cases, naive_files, figures))
        figures["two_process_speedup"] = speedup(
            spread([case for case in cases if case.variant != "text"], speedup_files)
        )
    print(json.dumps(_rounded(figures)))


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}


def measure(cases: list[Case], processes: int, forgotten: float, *, by_family: bool, misses: bool) -> dict[str, Any]:
    """Read all cases with the product and print what came of it; return the figures."""
    answers, _ = product.read_all([case.path for case in cases], processes, forgotten)
    rows = report.scored(cases, answers)
    figures: dict[str, Any] = {}
    for variant in dict.fromkeys(case.variant for case in cases):
        mine = [row for row in rows if row.case.variant == variant]
        report.print_fields(f"product, {variant}", mine)
        if by_family:
            report.print_groups(mine)
        if misses:
            report.print_misses(mine)
        figures[f"{variant}_recall"], figures[f"{variant}_precision"] = report.mean_shares(mine)
        near = print_bars(variant, mine)
        if near is not None:
            figures[f"{variant}_chart_near"] = near
        figures.update(by_group(variant, mine))
    figures["sure_and_right"] = report.print_calibration(rows)
    text, pictures = split(rows)
    figures["text_page_cpu_ms"] = report.cpu_a_page(text) * 1000
    figures["image_page_cpu_s"] = report.cpu_a_page(pictures)
    figures["worker_rss_mb"] = max((row.answer.rss_mib for row in rows), default=0.0)
    print(
        f"\nproduct: {figures['text_page_cpu_ms']:.1f} ms CPU a text page, {figures['image_page_cpu_s']:.2f} s a picture,",
        end=" ",
    )
    print(f"peak memory of a process {figures['worker_rss_mb']:.0f} MiB")
    return figures


def by_group(variant: str, rows: list[Scored]) -> dict[str, Any]:
    """Print the fields of each group of families by itself where a run has several, and return the groups' figures."""
    groups: dict[str, list[Scored]] = {}
    for row in rows:
        groups.setdefault(str(row.case.truth.get("group") or "others"), []).append(row)
    figures: dict[str, Any] = {}
    for name, mine in groups.items() if len(groups) > 1 else ():
        report.print_fields(f"product, {variant}, {name}", mine)
        key = f"{name.replace('-', '_')}_{variant}"
        figures[f"{key}_recall"], figures[f"{key}_precision"] = report.mean_shares(mine)
        print_bars(variant, mine)
    return figures


def print_bars(variant: str, rows: list[Scored]) -> float | None:
    """Print how many bars that only a chart shows were read, and return the share near enough; None where none was drawn."""
    share = report.CHART_SHARE_TEXT if variant == "text" else report.CHART_SHARE_PICTURE
    drawn, reported, near = report.chart_figures(rows, share)
    if not drawn:
        return None
    print(
        f"  bars without numbers: {drawn} drawn, {reported:.3f} reported, {near:.3f} within {share:.0%} of the highest"
    )
    return near


def split(rows: list[Scored]) -> tuple[list[Scored], list[Scored]]:
    """Return the rows of files with a text layer, and the others."""
    return [row for row in rows if row.case.variant == "text"], [row for row in rows if row.case.variant != "text"]


def compare(cases: list[Case], naive_files: int, ours: dict[str, Any]) -> dict[str, Any]:
    """Read some of the cases with the naive reader and text with peers; return their figures."""
    figures: dict[str, Any] = {"naive_ratio": None}
    for variant in dict.fromkeys(case.variant for case in cases):
        some = spread([case for case in cases if case.variant == variant], naive_files)
        if not some:
            continue
        rows = report.scored(some, [naive.read_file(case.path) for case in some])
        report.print_fields(f"naive, {variant}", rows)
        figures[f"naive_{variant}_recall"], figures[f"naive_{variant}_precision"] = report.mean_shares(rows)
        cost = report.cpu_a_page(rows)
        print(f"  {cost:.2f} s CPU a page")
        if variant == "scan" or (variant != "text" and figures["naive_ratio"] is None):
            figures["naive_ratio"] = cost / ours["image_page_cpu_s"] if ours["image_page_cpu_s"] else None
    text = [case for case in cases if case.variant == "text" and case.path.suffix == ".pdf"]
    found = peers.installed()
    for name, reader in found.items():
        rows = report.scored(text, [attempt(reader, case.path) for case in text])
        report.print_fields(f"{name}, text", rows)
        print(f"  {report.cpu_a_page(rows) * 1000:.1f} ms CPU a page")
        figures[f"{name}_text_recall"], figures[f"{name}_text_precision"] = report.mean_shares(rows)
    if not found:
        print("\nno peer compared: neither kreuzberg nor invoice2data is installed")
    return figures


def spread(cases: list[Case], most: int) -> list[Case]:
    """Return at most so many cases, evenly spaced, so that every language has its share."""
    return cases[:: max(-(-len(cases) // most), 1)] if most else []


def attempt(reader: Callable[[Path], Answer], path: Path) -> Answer:
    """Return a peer's answer, or an empty one where it breaks: a comparison must not end on another's error."""
    try:
        return reader(path)
    except Exception as error:
        return Answer({}, 0.0, note=type(error).__name__)


def speedup(cases: list[Case]) -> float | None:
    """Return how much faster two processes read pictures than one; None without pictures or a second core."""
    if len(cases) < 2 or (os.cpu_count() or 1) < 2:
        return None
    paths = [case.path for case in cases]
    _, alone = product.read_all(paths, 1)
    _, together = product.read_all(paths, 2)
    return alone / together


if __name__ == "__main__":
    main()
