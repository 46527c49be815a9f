"""How the product reads a field whose label it has never met: one field at a time, all words for it are taken away.

Twice: first the phrases alone, so that words of the field's kind still name it (``Debtor account ref``); then also the words
that labels are guessed by, so that its label says nothing. Issuers' data are taken away both times.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from bench.bills.score import Atom, Share, Verdict, atoms_of
from bench.readers.cases import Answer, Case
from bench.readers.forgetful import unworded
from bench.readers.product import answer_of
from bench.readers.report import Scored, confidence_of, print_misses

DOUBTED = 0.9
"""A value without a known label and without a proof stays below."""
KNOWN, NO_PHRASE, NO_WORD = "known", "no phrase", "no word"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the summary: the concepts whose labels name it, the atoms that judge it, and what else helps to find it."""

    name: str
    concepts: tuple[str, ...]
    atoms: tuple[str, ...]
    meanings: tuple[str, ...] = ()


FIELDS = (
    Field("account number", ("account", "customer"), ("account_number",)),
    Field("invoice number", ("invoice",), ("invoice_number",), ("title",)),
    Field("statement date", ("statement_date",), ("statement_date",), ("title",)),
    Field("due date", ("due_date",), ("due_date",)),
    Field("amount due", ("amount_due",), ("total_amount_due",)),
    Field("new charges", ("new_charges",), ("new_charges_amount",)),
    Field("previous balance", ("previous_balance",), ("previous_balance",)),
    Field("payments", ("payments",), ("payments_received",)),
    Field("period", ("period", "period_start", "period_end"), ("billing_period_from", "billing_period_to")),
    Field("meter number", ("meter_number",), ("meters.id",)),
    Field(
        "reads and usage", ("previous_read", "current_read", "difference", "usage", "multiplier"),
        ("meters.consumption", "meters.read_from", "meters.read_to", "electricity_kwh", "gas.amount", "water.amount"),
    ),
    Field("tariff", ("tariff",), ("meters.tariff",), ("tariff_kind", "tariff_code", "on_tariff", "tariff_before_code")),
    Field("history", ("history",), ("usage_history",)),
    Field("issuer", ("payee",), ("utility",), ("issuer",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of all cases under one condition: the field's own values, and all others."""

    field: str
    condition: str
    rows: tuple[Scored, ...]


def measure(cases: Sequence[Case], processes: int, *, misses: bool) -> dict[str, Any]:
    """Read all cases once for each field and condition, print what came of it, and return the figures."""
    shares = [share for at in range(processes) if (share := list(cases[at::processes]))]
    with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
        found = [heard for listed in pool.map(_read_all, shares) for heard in listed]
    rows = {
        condition: [row for heard in found if (heard.field, heard.condition) == condition for row in heard.rows]
        for condition in dict.fromkeys((heard.field, heard.condition) for heard in found)
    }
    before = rows["", KNOWN]
    print(
        f"\nlabels never met, {len(before)} files: recall / precision of the field (wrong, of these at {DOUBTED} or surer)"
    )
    print(f"  {'field':18} {KNOWN:^24} {NO_PHRASE:^24} {NO_WORD:^24} {'others, ' + NO_WORD:^24}")
    figures: dict[str, Any] = {}
    for field in FIELDS:
        own = {
            condition: _of(rows[(field.name, condition) if condition != KNOWN else ("", KNOWN)], field, own=True)
            for condition in (KNOWN, NO_PHRASE, NO_WORD)
        }
        others = _of(rows[field.name, NO_WORD], field, own=False)
        print(f"  {field.name:18}", *(_cell(one) for one in own.values()), _cell(others))
        blind = Share.of(atom for atom, _ in own[NO_WORD])
        key = field.name.replace(" ", "_")
        figures[f"unworded_{key}_recall"], figures[f"unworded_{key}_precision"] = blind.recall, blind.precision
    for field in FIELDS if misses else ():
        for condition in (NO_PHRASE, NO_WORD):
            print(f"\n{field.name}, {condition}")
            print_misses([_only(row, field) for row in rows[field.name, condition]])
    return figures


def _read_all(cases: Sequence[Case]) -> list[Heard]:
    """Read some cases under every condition, each seen only once."""
    from services.parser.see import see
    from services.parser.understand import assemble, understand

    setattr(assemble, "known_issuers", tuple)  # noqa: B010  # no issuer is known in this process
    seen = [(case, see(case.path.read_bytes(), lambda done, pages: None)) for case in cases]

    def scored() -> tuple[Scored, ...]:
        answers = [(case, answer_of(understand(document), 0.0)) for case, document in seen]
        return tuple(Scored(case, answer, tuple(atoms_of(answer.summary, case.truth))) for case, answer in answers)

    found = [Heard("", KNOWN, scored())]
    for field in FIELDS:
        for condition in (NO_PHRASE, NO_WORD):
            silent = condition == NO_WORD
            with unworded(field.concepts, field.meanings if silent else (), guessed=not silent):
                found.append(Heard(field.name, condition, scored()))
    return found


def _of(rows: Iterable[Scored], field: Field, *, own: bool) -> list[tuple[Atom, float | None]]:
    """Return the judged values of a field, or of all others, with how sure the reader was."""
    return [
        (atom, confidence_of(row, atom)) for row in rows for atom in row.atoms if (atom.field in field.atoms) is own
    ]


def _cell(judged: Sequence[tuple[Atom, float | None]]) -> str:
    share = Share.of(atom for atom, _ in judged)
    sure = sum(atom.verdict is Verdict.WRONG and (confidence or 0.0) >= DOUBTED for atom, confidence in judged)
    return f"{share.recall:.3f} / {share.precision:.3f} ({share.wrong}, {sure})".center(24)


def _only(row: Scored, field: Field) -> Scored:
    """Return a bill with the atoms of one field alone."""
    answer = Answer(row.answer.summary, 0.0, row.answer.confidences, note=row.answer.note)
    return Scored(row.case, answer, tuple(atom for atom in row.atoms if atom.field in field.atoms))
