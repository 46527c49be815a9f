"""Days of a bill as others write them: ours are half-open, the last day of most others is one that counts."""

from datetime import date, timedelta

from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2


def period_of(
    bill: ledger_pb2.LedgerBill, part: ledger_pb2.LedgerBillMeter | ledger_pb2.LedgerUsage | ledger_pb2.LedgerCharge
) -> values_pb2.Period:
    """Return the days of a meter, a usage or a charge on a bill: its own, else the bill's."""
    return part.period if part.period.start else bill.period


def last_day(period: values_pb2.Period) -> date | None:
    """Return the last day that a period holds; None where it states no end."""
    return date.fromisoformat(period.end) - timedelta(days=1) if period.end else None


def day_text(day: date | None) -> str | None:
    """Return a day in ISO 8601; None where there is none."""
    return day.isoformat() if day else None
