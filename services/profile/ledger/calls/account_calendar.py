"""An account's calendar as it is answered: each meter's days by themselves, as two meters may be billed apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from domain.period import Period
from protos.profile.v1 import ledger_pb2
from runtime.wire import period_to_proto
from services.profile.ledger.calendar import Covered, Noted, Remark, remarks, usual_days
from services.profile.ledger.records import RecordKey

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ShownDays:
    """The days of a meter on a bill; without a meter, those of the bill."""

    key: RecordKey
    meter_id: str
    commodity: str
    period: Period
    estimated: bool


def calendar_message(account_id: str, shown: Sequence[ShownDays], today: date) -> ledger_pb2.AccountCalendar:
    """Return what bills cover and what is to be said of it."""
    by_meter: dict[str, list[ShownDays]] = {}
    for one in shown:
        by_meter.setdefault(one.meter_id, []).append(one)
    whole = [_covered(one) for one in shown]
    usual = usual_days(whole)
    answer = ledger_pb2.AccountCalendar(account_id=account_id, usual_days=usual or 0)
    told = set[tuple[Period, str]]()
    for one in sorted(shown, key=lambda each: (each.period, each.key)):
        if (one.period, str(one.key)) not in told:
            told.add((one.period, str(one.key)))
            answer.covered.add(
                ledger_bill_id=str(one.key),
                bill_id=one.key.bill_id,
                period=period_to_proto(one.period),
                estimated=one.estimated,
            )
    if usual is not None:
        last = max(one.period.end for one in whole)
        answer.next_expected = (last + timedelta(days=usual)).isoformat()
    for noted in _noted(by_meter, shown, today):
        _tell(answer, noted, usual)
    return answer


def _noted(by_meter: dict[str, list[ShownDays]], shown: Sequence[ShownDays], today: date) -> list[Noted]:
    found: dict[tuple[Remark, Period, tuple[str, ...]], Noted] = {}
    for rows in by_meter.values():
        of_commodity = [one.period.end for one in shown if one.commodity == rows[0].commodity]
        last = max(one.period.end for one in rows)
        # A meter was taken out where another one of its kind goes on.
        goes_on = max(of_commodity) == last
        bills = {(one.key, one.period): _covered(one) for one in rows}
        for noted in remarks(list(bills.values()), today):
            if noted.remark is not Remark.LATE or goes_on:
                found[noted.remark, noted.days, noted.bill_ids] = noted
    return sorted(found.values(), key=lambda one: (one.days, one.remark, one.bill_ids))


def _covered(one: ShownDays) -> Covered:
    return Covered(one.period, one.estimated, str(one.key))


def _sentence(noted: Noted) -> str:
    days = noted.days.days
    match noted.remark:
        case Remark.GAP:
            return "No bill covers this day." if days == 1 else f"No bill covers these {days} days."
        case Remark.OVERLAP:
            return f"Two bills charge for the same {days} days."
        case Remark.LATE:
            return f"The next bill is overdue: the last one ended {days} days ago."
        case Remark.ESTIMATED_RUN:
            return f"{len(noted.bill_ids)} bills in a row were estimated: the next actual read will correct them."
        case _:
            assert_never(noted.remark)


def _missing(count: int, usual: int, remark: Remark) -> str:
    """Say how many bills have yet to come, as whoever files them would."""
    bills = "one bill" if count == 1 else f"{count} bills"
    verb = "is" if count == 1 else "are"
    where = "between two that are here" if remark is Remark.GAP else "since the last one"
    return f"Probably {bills} {verb} missing {where}: the usual one covers {usual} days."


def _tell(answer: ledger_pb2.AccountCalendar, noted: Noted, usual: int | None) -> None:
    answer.remarks.add(
        rule_id=noted.remark.value,
        sentence=_sentence(noted),
        period=period_to_proto(noted.days),
        ledger_bill_ids=noted.bill_ids,
    )
    if usual is not None and noted.remark in (Remark.GAP, Remark.LATE):
        count = (2 * noted.days.days + usual) // (2 * usual)
        if count:
            answer.remarks.add(
                rule_id=MISSING,
                sentence=_missing(count, usual, noted.remark),
                period=period_to_proto(noted.days),
                ledger_bill_ids=noted.bill_ids,
                bills_missing=count,
            )
