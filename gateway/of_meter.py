"""What of a ledger bill belongs to one of its meters: its charges, and what they cost.

Most bills tie no charge to a meter. One that names none belongs to the only meter of its commodity, and where it names no
commodity either, to the only meter of the bill; the months of the ledger are made by the same rule.
"""

from decimal import Decimal
from typing import TypeAlias

from protos.profile.v1 import ledger_pb2

Meter: TypeAlias = ledger_pb2.LedgerMeter | ledger_pb2.LedgerBillMeter
"""A meter of the ledger, or as a bill shows it."""

_FED_INTO_THE_GRID = "solar_export"
"""The commodity of meters that cost nothing: a charge without commodity is never theirs."""


def charges_of(bill: ledger_pb2.LedgerBill, meter: Meter) -> list[ledger_pb2.LedgerCharge]:
    """Return the charges of a meter, in the bill's order."""
    return [charge for charge in bill.charges if _belongs(bill, meter, charge)]


def meter_id_of(bill: ledger_pb2.LedgerBill, charge: ledger_pb2.LedgerCharge) -> str:
    """Return the id of the meter that a charge belongs to; empty where it belongs to none."""
    if charge.meter_id:
        return charge.meter_id
    return next((meter.meter_id for meter in bill.meters if _belongs(bill, meter, charge)), "")


def cost_of(bill: ledger_pb2.LedgerBill, meter: Meter) -> Decimal | None:
    """Return what the bill asks for a meter [the bill's currency]; None where it does not say."""
    if is_alone(bill, meter, meter.commodity):
        for total in bill.commodity_totals:
            if total.commodity == meter.commodity:
                return Decimal(total.cost.amount)
    mine = [one.amount for one in charges_of(bill, meter)]
    amounts = [Decimal(one.amount) for one in mine if bill.currency in ("", one.currency)]
    if amounts:
        return sum(amounts, Decimal())
    if not bill.charges and bill.HasField("new_charges") and is_alone(bill, meter):
        return Decimal(bill.new_charges.amount)
    return None


def is_alone(bill: ledger_pb2.LedgerBill, meter: Meter, commodity: str = "") -> bool:
    """Return whether a meter is the only one that the bill shows of a commodity, or at all where none is given."""
    peers = [one for one in bill.meters if (one.commodity == commodity if commodity else _is_charged(one))]
    # A bill without account number shows meters without ids: its lines tell them apart.
    return len({one.meter_id or one.line for one in peers}) == 1 and any(
        one.meter_id == meter.meter_id and one.commodity == meter.commodity for one in peers
    )


def _belongs(bill: ledger_pb2.LedgerBill, meter: Meter, charge: ledger_pb2.LedgerCharge) -> bool:
    if charge.meter_id:
        return charge.meter_id == meter.meter_id
    return is_alone(bill, meter, charge.commodity)


def _is_charged(meter: ledger_pb2.LedgerBillMeter) -> bool:
    return meter.commodity != _FED_INTO_THE_GRID
