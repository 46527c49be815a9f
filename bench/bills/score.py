"""Scores a summary against a truth: every printed value is one atom, correct, wrong or missing.

A value reported for a quantity that the bill does not have is wrong too. recall = correct / printed; precision = correct /
(correct + wrong). Each atom also says where in the summary the judged value stood, so that its confidence can be looked up.
"""

import dataclasses
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DATE_FIELDS = ("statement_date", "due_date", "billing_period_from", "billing_period_to", "currency")
NUMBER_FIELDS = (
    "total_amount_due", "new_charges_amount", "previous_balance", "payments_received", "electricity_cost", "electricity_kwh",
    "demand_kw", "gas.amount", "gas.cost", "water.amount", "water.cost",
)  # fmt: skip
NEVER_INVENTED = ("electricity_kwh", "demand_kw", "gas.amount", "water.amount")
METER_FIELDS = ("id", "consumption", "read_from", "read_to", "tariff")
HISTORY_KEYS = ("kwh", "therms", "hcf", "gal", "ccf", "m3", "quantity")
COMPANY_FORMS = {
    "INC",
    "LLC",
    "CO",
    "COMPANY",
    "CORP",
    "CORPORATION",
    "THE",
    "OF",
    "AND",
    "SA",
    "LTD",
    "GMBH",
    "SPA",
    "DE",
    "DI",
}
CENT_SHARE = 0.005
HALF_A_UNIT = 0.5
CHART_SHARE = 0.03

Path = tuple[str | int, ...]


class Verdict(StrEnum):
    """What became of one atom."""

    CORRECT = "correct"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Atom:
    """One judged value. ``path`` leads to it in the summary; None where nothing was reported."""

    field: str
    verdict: Verdict
    path: Path | None = None
    got: object = dataclasses.field(default=None, compare=False)
    want: object = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Share:
    """Counts of verdicts, and the two shares made of them."""

    correct: int
    wrong: int
    missing: int

    @classmethod
    def of(cls, atoms: Iterable[Atom]) -> "Share":
        """Count the verdicts of atoms."""
        counts = Counter(atom.verdict for atom in atoms)
        return cls(counts[Verdict.CORRECT], counts[Verdict.WRONG], counts[Verdict.MISSING])

    @property
    def recall(self) -> float:
        """Correct of all that is printed, in [0, 1]; 0 where nothing was judged."""
        return self.correct / max(self.correct + self.wrong + self.missing, 1)

    @property
    def precision(self) -> float:
        """Correct of all that was reported, in [0, 1]; 0 where nothing was reported."""
        return self.correct / max(self.correct + self.wrong, 1)


def number_of(value: object) -> float | None:
    """Return a number, or None where there is none."""
    try:
        return None if value is None or value == "" else float(str(value).replace(",", ""))
    except ValueError:
        return None


def equal_numbers(got: object, want: object, tolerance: float = CENT_SHARE) -> bool:
    """Return whether two numbers agree, signs aside."""
    left, right = number_of(got), number_of(want)
    return left is not None and right is not None and abs(abs(left) - abs(right)) <= max(tolerance, 1e-6 * abs(right))


def bare(text: object) -> str:
    """Return letters and digits only, in capitals and without accents."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKD", str(text or "")).upper())


def equal_identifiers(got: object, want: object) -> bool:
    """Return whether two identifiers agree but for punctuation and leading zeros."""
    left, right = bare(got), bare(want)
    if str(want).startswith("sha256:"):
        return hashlib.sha256(left.encode()).hexdigest() == str(want)[7:]
    return bool(left) and left.lstrip("0") == right.lstrip("0")


def equal_names(got: object, want: object) -> bool:
    """Return whether two issuers share half of their words."""

    def words(name: object) -> set[str]:
        return set(re.findall(r"[A-Z0-9&]+", unicodedata.normalize("NFKD", str(name or "")).upper())) - COMPANY_FORMS

    left, right = words(got), words(want)
    return bool(left and right) and len(left & right) / min(len(left), len(right)) >= 0.5


def at(tree: Mapping[str, Any], dotted: str) -> Any:
    """Return what stands at ``a.b``, or None."""
    node: Any = tree
    for key in dotted.split("."):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def judged(field: str, got: object, want: object, path: Path, *, agrees: bool) -> Atom:
    """Return the atom of a printed value."""
    if got in (None, "", []):
        return Atom(field, Verdict.MISSING, None, None, want)
    return Atom(field, Verdict.CORRECT if agrees else Verdict.WRONG, path, got, want)


def atoms_of(summary: Mapping[str, Any], truth: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield the atoms of a bill. For a paper that is no bill an empty summary is right and every number wrong."""
    if truth.get("kind", "bill") != "bill":
        yield Atom("not_a_bill", Verdict.WRONG if summary else Verdict.CORRECT, ("kind",) if summary else None)
        return
    yield from more_atoms(summary.get("more") or [], truth.get("more") or [])
    yield from head_atoms(summary, truth)
    yield from number_atoms(summary, truth)
    yield from meter_atoms(summary.get("meters") or [], truth.get("meters") or [])
    yield from line_atoms(summary.get("line_items") or [], truth.get("line_items") or [])
    yield from history_atoms(summary.get("usage_history") or [], truth.get("usage_history") or [])


def more_atoms(got: list[dict[str, Any]], want: list[dict[str, Any]]) -> Iterator[Atom]:
    """Yield the atoms of further statements of a file, in their order; a statement too many is one wrong atom."""
    for index, truth in enumerate(want):
        for atom in atoms_of(got[index] if index < len(got) else {}, truth):
            path = None if atom.path is None else ("more", index, *atom.path)
            yield dataclasses.replace(atom, path=path)
    for index in range(len(want), len(got)):
        yield Atom("statements", Verdict.WRONG, ("more", index))


def head_atoms(summary: Mapping[str, Any], truth: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield the atoms of dates, identifiers and the issuer."""
    for field in DATE_FIELDS:
        if want := truth.get(field):
            got, allowed = summary.get(field), [want, *(truth.get(f"{field}_also_acceptable") or [])]
            yield judged(field, got, want, (field,), agrees=str(got)[:10] in map(str, allowed))
    for field in ("account_number", "invoice_number"):
        if want := truth.get(field):
            got, allowed = summary.get(field), [want, *(truth.get(f"{field}_also_acceptable") or [])]
            yield judged(field, got, want, (field,), agrees=any(equal_identifiers(got, one) for one in allowed))
    if (want := truth.get("utility")) and not str(want).startswith("("):
        got = summary.get("utility")
        yield judged("utility", got, want, ("utility",), agrees=equal_names(got, re.sub(r"\(.*?\)", "", str(want))))


def number_atoms(summary: Mapping[str, Any], truth: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield the atoms of the bill's totals."""
    for field in NUMBER_FIELDS:
        want, got = at(truth, field), at(summary, field)
        others = truth.get(f"{field}_also_acceptable") or at(truth, f"{field}_also_acceptable")
        allowed = [want, *(others or [])]
        if want is not None:
            yield judged(field, got, want, (field,), agrees=any(equal_numbers(got, one) for one in allowed))
        elif field in NEVER_INVENTED and number_of(got):
            yield Atom(field, Verdict.WRONG, (field,), got)
    if want := at(truth, "gas.unit"):
        got = at(summary, "gas.unit")
        yield judged("gas.unit", got, want, ("gas.unit",), agrees=bare(got).rstrip("S") == bare(want).rstrip("S"))


def meter_atoms(got: list[dict[str, Any]], want: list[dict[str, Any]]) -> Iterator[Atom]:
    """Yield the atoms of meters, matched by number and else by usage; a meter too many is one wrong atom."""
    left = list(range(len(got)))
    for meter in want:
        match = next((i for i in left if meter.get("id") and equal_identifiers(got[i].get("id"), meter["id"])), None)
        if match is None:
            match = next((i for i in left if equal_numbers(got[i].get("consumption"), meter.get("consumption"))), None)
        if match is not None:
            left.remove(match)
        for key in METER_FIELDS:
            if meter.get(key) in (None, ""):
                continue
            value = got[match].get(key) if match is not None else None
            if key == "id":
                agrees = equal_identifiers(value, meter[key])
            elif key == "tariff":
                agrees = bool(bare(value)) and (bare(meter[key]) in bare(value) or bare(value) in bare(meter[key]))
            else:
                agrees = equal_numbers(value, meter[key])
            yield judged(
                f"meters.{key}", value, meter[key], ("meters", -1 if match is None else match, key), agrees=agrees
            )
    if want:
        yield from (Atom("meters.extra", Verdict.WRONG, ("meters", index, "id"), got[index]) for index in left)


def line_atoms(got: list[dict[str, Any]], want: list[dict[str, Any]]) -> Iterator[Atom]:
    """Yield the atoms of charges, matched by amount with sign; an amount too many is wrong."""
    left = {index: number_of(line.get("amount")) for index, line in enumerate(got)}
    for line in want:
        hit = next(
            (i for i, amount in left.items() if amount is not None and abs(amount - line["amount"]) <= CENT_SHARE), None
        )
        if hit is None:
            yield Atom("line_items.amount", Verdict.MISSING, None, None, line)
        else:
            left.pop(hit)
            yield Atom("line_items.amount", Verdict.CORRECT, ("line_items", hit, "amount"))
    if want:
        yield from (
            Atom("line_items.amount", Verdict.WRONG, ("line_items", index, "amount"), got[index]) for index in left
        )


def quantity_of(row: Mapping[str, Any]) -> float | None:
    """Return the usage of a history row, whatever its unit."""
    unit = _unit_of(row)
    return number_of(row[unit]) if unit is not None else None


def _unit_of(row: Mapping[str, Any]) -> str | None:
    """Return the key under which a history row holds its usage."""
    keys = (*HISTORY_KEYS, *(key for key in row if key not in ("month", "unit")))
    return next((key for key in keys if row.get(key) is not None), None)


def history_atoms(got: list[dict[str, Any]], want: list[dict[str, Any]]) -> Iterator[Atom]:
    """Yield the atoms of printed past months."""
    for row in want:
        place, value = _read_of(row, got)
        agrees = equal_numbers(value, quantity_of(row), HALF_A_UNIT)
        yield judged("usage_history", value, dict(row), ("usage_history", place), agrees=agrees)


def _read_of(row: Mapping[str, Any], got: list[dict[str, Any]]) -> tuple[int, float | None]:
    """Return where the month of a row was read and its usage: in its own unit, where a bill of several services tells several."""
    own = [index for index, one in enumerate(got) if str(one.get("month"))[:7] == str(row["month"])[:7]]
    unit = _unit_of(row)
    for index in own:
        if unit is not None and (got[index].get(unit) is not None or str(got[index].get("unit")) == unit):
            return index, number_of(got[index].get(unit, got[index].get("quantity")))
    return (own[-1], quantity_of(got[own[-1]])) if own else (-1, None)


@dataclass(frozen=True, slots=True)
class Bars:
    """Months that only a chart shows: how many, how many were reported, how many near enough to the highest bar's scale."""

    drawn: int
    reported: int
    near: int


def bars_of(summary: Mapping[str, Any], truth: Mapping[str, Any], share: float = CHART_SHARE) -> Bars:
    """Compare bars read off a chart; near means within ``share`` of the highest bar."""
    got = summary.get("usage_history") or []
    want = [(_read_of(row, got)[1], quantity_of(row) or 0.0) for row in truth.get("chart_history") or []]
    top = max((abs(value) for _, value in want), default=0.0)
    reported = [(read, value) for read, value in want if read is not None]
    return Bars(len(want), len(reported), sum(abs(read - value) <= share * top for read, value in reported))
