"""Which completions may be posted to the ledger in one transaction so that it holds and tells what one by one would have made.

Bills that only add statements, of whatever accounts, do not see each other, but for those that state the same (``duplicates``),
which is found when it is settled. What takes statements away must see its account without those that came later, and two accounts
that print one meter are looked at together (``associations``).
"""

from collections.abc import Collection, Iterator
from typing import TypeAlias

from domain.ids import BillId
from services.profile.ledger.numbers import normalised
from services.profile.ledger.records import Record, body
from services.profile.ledger.rows import Entries

_Print: TypeAlias = tuple[str, str]
"""A commodity, and the number of a meter or of its service point, comparable."""


class Together:
    """The bills of one transaction: each is let in or has to wait for the next one."""

    def __init__(self) -> None:
        self._bills: set[BillId] = set()
        self._accounts: set[str] = set()
        self._taken_away: set[str] = set()
        self._prints: dict[_Print, str] = {}
        self._closed = False

    def lets_in(
        self, bill_id: BillId, before: Collection[Record], entries: Entries | None, *, corrected: bool = False
    ) -> bool:
        """Tell whether a bill can be posted with those let in before it; the first one always can.

        ``before`` are the records that it loses, ``entries`` what it says now. What a ``corrected`` bill says is not known yet.
        """
        accounts = {one.account_id for one in before if one.account_id is not None}
        accounts |= entries.accounts.keys() if entries else set()
        prints = {**dict(_of_records(before)), **dict(_of_entries(entries) if entries else ())}
        if self._bills and (
            corrected
            or self._closed
            or bill_id in self._bills
            or not accounts.isdisjoint(self._accounts if before else self._taken_away)
            or any(self._prints.get(one, account_id) != account_id for one, account_id in prints.items())
        ):
            return False
        self._closed = corrected
        self._bills.add(bill_id)
        self._accounts |= accounts
        self._taken_away |= accounts if before else set()
        self._prints |= prints
        return True


def _of_records(records: Collection[Record]) -> Iterator[tuple[_Print, str]]:
    for record in records:
        for meter in body(record).meters:
            for number in (normalised(meter.number), normalised(meter.service_point)):
                if number:
                    yield (meter.commodity, number), record.account_id or ""


def _of_entries(entries: Entries) -> Iterator[tuple[_Print, str]]:
    for meter in entries.meters.values():
        for number in (meter.number_normalised, meter.point_normalised):
            if number:
                yield (meter.commodity, number), meter.account_id
