"""Tables and figures of a comparison: per field recall and precision, calibration, cost."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from bench.bills.score import Atom, Share, Verdict, atoms_of, bars_of
from bench.readers.cases import Answer, Case

BUCKETS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)
SURE = 0.99
CHART_SHARE_TEXT, CHART_SHARE_PICTURE = 0.03, 0.05


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer with its atoms."""

    case: Case
    answer: Answer
    atoms: tuple[Atom, ...]


def scored(cases: Iterable[Case], answers: Iterable[Answer]) -> list[Scored]:
    """Judge answers."""
    return [
        Scored(case, answer, tuple(atoms_of(answer.summary, case.truth)))
        for case, answer in zip(cases, answers, strict=True)
    ]


def mean_shares(rows: Sequence[Scored]) -> tuple[float, float]:
    """Return mean recall over the bills, and mean precision over those of which anything was reported."""
    shares = [Share.of(row.atoms) for row in rows]
    spoke = [share.precision for share in shares if share.correct + share.wrong]
    return mean(share.recall for share in shares) if shares else 0.0, mean(spoke) if spoke else 0.0


def print_fields(title: str, rows: Sequence[Scored]) -> None:
    """Print recall and precision of each field."""
    recall, precision = mean_shares(rows)
    whole = Share.of(atom for row in rows for atom in row.atoms)
    print(f"\n{title}: {len(rows)} files  mean recall {recall:.3f}  mean precision {precision:.3f}", end="  ")
    print(f"pooled {whole.recall:.3f} / {whole.precision:.3f}")
    crashes = sum(row.answer.note.startswith("crashed") for row in rows)
    if crashes:
        print(f"  {crashes} files crashed the reader")
    fields: dict[str, list[Atom]] = defaultdict(list)
    for row in rows:
        for atom in row.atoms:
            fields[atom.field].append(atom)
    print(f"  {'field':24} {'printed':>8} {'recall':>8} {'precision':>10} {'wrong':>6} {'missing':>8}")
    for field, atoms in sorted(fields.items()):
        share = Share.of(atoms)
        print(
            f"  {field:24} {len(atoms):8} {share.recall:8.3f} {share.precision:10.3f} {share.wrong:6} {share.missing:8}"
        )


def print_groups(rows: Sequence[Scored]) -> None:
    """Print recall and precision of each family, worst first."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for row in rows:
        groups[str(row.case.truth.get("family") or row.case.truth["id"])].append(row)
    for recall, precision, name in sorted((*mean_shares(group), name) for name, group in groups.items()):
        print(f"  {name:28} recall {recall:.3f}  precision {precision:.3f}")


def print_misses(rows: Sequence[Scored]) -> None:
    """Print every value that is wrong or missing."""
    for row in rows:
        misses = [atom for atom in row.atoms if atom.verdict is not Verdict.CORRECT]
        if misses:
            print(f"  {row.case.path.name} {row.answer.note}")
        for atom in misses:
            print(
                f"    {atom.verdict.value:8} {atom.field:20} got {str(atom.got)[:48]!s:48} want {str(atom.want)[:60]}"
            )


def confidence_of(row: Scored, atom: Atom) -> float | None:
    """Return how sure the reader was of a judged value, or None where it said nothing."""
    if atom.path is None:
        return None
    path = tuple(atom.path)
    return row.answer.confidences.get(path, row.answer.confidences.get(path[: 4 if path[0] == "more" else 2]))


def judgements(rows: Sequence[Scored]) -> Iterator[tuple[float, bool]]:
    """Yield (confidence, right) of every reported value that was judged."""
    for row in rows:
        for atom in row.atoms:
            confidence = confidence_of(row, atom)
            if confidence is not None and atom.verdict is not Verdict.MISSING:
                yield confidence, atom.verdict is Verdict.CORRECT


def print_calibration(rows: Sequence[Scored]) -> float:
    """Print how often values are right by how sure the reader was; return the share of right ones among the sure."""
    pairs = list(judgements(rows))
    print(f"\ncalibration over {len(pairs)} values")
    for low, high in itertools.pairwise(BUCKETS):
        inside = [right for confidence, right in pairs if low <= confidence < high]
        if inside:
            print(f"  {low:5.2f} to {min(high, 1):5.2f}  {len(inside):6} values  {sum(inside) / len(inside):.4f} right")
    sure = [right for confidence, right in pairs if confidence >= SURE]
    return sum(sure) / len(sure) if sure else 0.0


def chart_figures(rows: Sequence[Scored], share: float) -> tuple[int, float, float]:
    """Return how many bars only a chart shows, the share reported, and the share near enough."""
    found = [bars_of(row.answer.summary, row.case.truth, share) for row in rows]
    drawn = sum(bars.drawn for bars in found)
    return drawn, sum(bars.reported for bars in found) / max(drawn, 1), sum(bars.near for bars in found) / max(drawn, 1)


def cpu_a_page(rows: Sequence[Scored]) -> float:
    """Return the median over files of the CPU time of a page [s]."""
    return median(row.answer.cpu_seconds / row.case.pages for row in rows) if rows else 0.0
