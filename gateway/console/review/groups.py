"""The values of a bill in groups, as a person reads a bill: itself, its meters, what was used, what it costs, its history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.console.review.values import Shown

ROWS_TOGETHER = 24
"""Rows of one list: browsers pass over a list that is out of sight as a whole. Watching a thousand rows one by one cost 9 ms of
every step, measured in Chromium by ``make bench-console``."""

TITLES = {
    "": "The bill",
    "meters": "Meters",
    "usages": "Use",
    "charges": "Charges",
    "commodity_totals": "Totals",
    "history": "Months before",
}
"""By the list of a reading that the values stand in, "" for those of the bill itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Values that belong together; ``lists`` has them in short lists, in their order."""

    title: str
    lists: tuple[tuple[Shown, ...], ...]


def groups_of(values: Sequence[Shown]) -> list[Group]:
    """Return the values in their groups, in the order of the reading; each statement of several has groups of its own."""
    return list(_groups(values))


def _groups(values: Sequence[Shown]) -> Iterator[Group]:
    several = any(one.statement > 1 for one in values)
    for (statement, title), members in groupby(values, key=lambda one: (one.statement, _title(one.inner_path))):
        together = tuple(members)
        yield Group(
            title=f"Statement {statement}: {title}" if several else title,
            lists=tuple(together[start : start + ROWS_TOGETHER] for start in range(0, len(together), ROWS_TOGETHER)),
        )


def _title(path: str) -> str:
    name, bracket, _ = path.partition("[")
    return TITLES.get(name if bracket else "", name.replace("_", " "))
