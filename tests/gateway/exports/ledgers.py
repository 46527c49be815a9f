"""A small ledger for exports: one electricity meter with registers and demand, one gas meter, three bills; all invented."""

from protos.profile.v1 import ledger_pb2 as pb
from tests.gateway.dialects.samples import money, period, quantity

ELECTRIC, GAS = "0b7c1f0e-8a54-5a30-9a52-5d0c2a6f1b01", "0b7c1f0e-8a54-5a30-9a52-5d0c2a6f1b02"


def usage(line, meter_id, kind, amount, unit, days, **more):
    commodity = "gas" if meter_id == GAS else "electricity"
    return pb.LedgerUsage(
        line=line,
        meter_id=meter_id,
        commodity=commodity,
        kind=kind,
        quantity=quantity(amount, unit),
        period=days,
        **more,
    )


def charge(line, meter_id, kind, description, amount, days, **more):
    return pb.LedgerCharge(
        line=line,
        meter_id=meter_id,
        commodity="gas" if meter_id == GAS else "electricity",
        kind=kind,
        description=description,
        amount=money(amount),
        period=days,
        **more,
    )


def meters():
    return (
        pb.LedgerMeter(meter_id=ELECTRIC, number="E-100", commodity="electricity", tariff="R-1", unit="kWh"),
        pb.LedgerMeter(meter_id=GAS, number="G-200", commodity="gas", tariff="G-1", unit="CCF"),
    )


def bill(number, start, end, kwh, ccf, *, estimated=False):
    """One bill of both meters over the same days; its charges sum to what it asks for."""
    days = period(start, end)
    electric, gas = f"{float(kwh) * 0.15:.2f}", f"{float(ccf) * 1.1:.2f}"
    usages = [
        usage(0, ELECTRIC, "total", kwh, "kWh", days, estimated=estimated),
        usage(1, ELECTRIC, "on_peak", f"{float(kwh) / 4:.3f}", "kWh", days),
        usage(2, ELECTRIC, "demand", "5.25", "kW", days),
        usage(3, ELECTRIC, "tier", kwh, "kWh", days),
        usage(4, GAS, "total", ccf, "CCF", days),
    ]
    charges = [
        charge(0, ELECTRIC, "usage", "Energy <first block> & more", electric, days),
        charge(1, ELECTRIC, "service", "Basic charge", "9.50", days),
        charge(2, GAS, "supply", "Gas supply", gas, days),
        charge(3, "", "tax", "State tax", "-0.00001", days),
    ]
    return pb.LedgerBill(
        ledger_bill_id=f"0b7c1f0e-8a54-5a30-9a52-5d0c2a6f2b{number:02}",
        bill_id=f"0b7c1f0e-8a54-5a30-9a52-5d0c2a6f3b{number:02}",
        statement=1,
        kind="bill",
        issuer_name="Example Valley Power & Light",
        currency="USD",
        account_number="3001-4482-7",
        statement_date=end,
        period=days,
        meters=[
            pb.LedgerBillMeter(
                line=0,
                meter_id=ELECTRIC,
                number="E-100",
                commodity="electricity",
                tariff="R-1",
                period=days,
                read_kind="estimated" if estimated else "actual",
            ),
            pb.LedgerBillMeter(line=1, meter_id=GAS, number="G-200", commodity="gas", tariff="G-1", period=days),
        ],
        usages=usages,
        charges=charges,
        estimated=estimated,
    )


def bills():
    return (
        bill(2, "2026-02-12", "2026-03-14", "620.4", "41"),
        bill(1, "2026-01-13", "2026-02-12", "700", "55.25", estimated=True),
        bill(3, "2026-03-14", "2026-04-13", "-12", "30"),
    )
