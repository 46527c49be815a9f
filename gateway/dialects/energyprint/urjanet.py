"""Bills as XML with Urjanet's elements and columns: Statement over Account, Meter, Usage and Charge; one Account a bill.

The names are those that consumers of the format read: Account is one billing statement, charges without a meter stand beside its
meters. Public evidence for them is listed in ``docs/dialects.md``; no schema of the format was published.
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.days import day_text, last_day, period_of
from gateway.of_meter import charges_of, usages_of
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2

_SERVICES = {
    "electricity": "electric",
    "solar_export": "electric",
    "gas": "natural_gas",
    "water": "water",
    "sewer": "sewer",
    "heat": "steam",
}
_MEASUREMENTS = {"demand": "demand", "reactive": "reactive_consumption"}
_COMPONENTS = {"on_peak": "[on_peak]", "mid_peak": "[mid_peak]", "off_peak": "[off_peak]"}
_UNITS = {"kVARh": "kVARH", "kVAR": "kVAr", "gal": "gallons", "kgal": "TGAL", "therm": "therms", "CCF": "ccf"}


def urjanet_xml(bills: Sequence[ledger_pb2.LedgerBill], links: Mapping[str, str]) -> bytes:
    """Return bills as one document; ``links`` lead to their files, by the document's id."""
    root = Element("Statements")
    for bill in bills:
        statement = SubElement(root, "Statement")
        _texts(statement, Uid=bill.ledger_bill_id, CreateDate=bill.recorded_at.ToJsonString()[:10])
        statement.append(_account(bill, links.get(bill.bill_id, "")))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(root, encoding="utf-8")) + b"\n"


def _account(bill: ledger_pb2.LedgerBill, link: str) -> Element:
    account = Element("Account")
    kind = "statement_type_adjustment" if bill.kind == "adjustment" else "statement_type_bill"
    _texts(
        account,
        PK=bill.ledger_bill_id,
        UtilityProvider=bill.issuer_name,
        AccountNumber="".join(sign for sign in bill.account_number if sign.isalnum()),
        RawAccountNumber=bill.account_number,
        SourceLink=link,
        StatementType=kind,
        StatementDate=bill.statement_date,
        **_interval(bill.period),
        TotalBillAmount=bill.amount_due.amount,
        AmountDue=bill.amount_due.amount,
        NewCharges=bill.new_charges.amount,
        OutstandingBalance=bill.unpaid_balance.amount,
        PreviousBalance=bill.previous_balance.amount,
        ServiceAddress=bill.service_address,
    )
    for meter in bill.meters:
        account.append(_meter(bill, meter))
    metered = {charge.line for meter in bill.meters for charge in charges_of(bill, meter)}
    floating = SubElement(account, "FloatingCharges")
    for charge in bill.charges:
        if charge.line not in metered:
            floating.append(_charge(bill, charge, ""))
    return account


def _meter(bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter) -> Element:
    element = Element("Meter")
    key = f"{bill.ledger_bill_id}-{meter.line}"
    _texts(
        element,
        PK=key,
        AccountFK=bill.ledger_bill_id,
        Tariff=meter.tariff,
        ServiceType=_SERVICES.get(meter.commodity, meter.commodity),
        PODid=meter.service_point,
        MeterNumber=meter.number,
        ServiceAddress=bill.service_address,
        **_interval(period_of(bill, meter)),
    )
    for usage in usages_of(bill, meter):
        element.append(_usage(bill, usage, key))
    for charge in charges_of(bill, meter):
        element.append(_charge(bill, charge, key))
    return element


def _usage(bill: ledger_pb2.LedgerBill, usage: ledger_pb2.LedgerUsage, meter_key: str) -> Element:
    element = Element("Usage")
    _texts(
        element,
        PK=f"{bill.ledger_bill_id}-u{usage.line}",
        MeterFK=meter_key,
        UsageActualName=usage.label or usage.kind.replace("_", " "),
        UsageAmount=usage.quantity.amount,
        RateComponent=_COMPONENTS.get(usage.kind, "[total]"),
        MeasurementType=_MEASUREMENTS.get(usage.kind, "general_consumption"),
        EnergyUnit=_UNITS.get(usage.quantity.unit, usage.quantity.unit),
        ReadType="Estimated" if usage.estimated else "Actual",
        **_interval(period_of(bill, usage)),
    )
    return element


def _charge(bill: ledger_pb2.LedgerBill, charge: ledger_pb2.LedgerCharge, meter_key: str) -> Element:
    element = Element("Charge")
    _texts(
        element,
        PK=f"{bill.ledger_bill_id}-c{charge.line}",
        MeterFK=meter_key,
        ChargeId=charge.kind,
        ChargeActualName=charge.description,
        ChargeAmount=charge.amount.amount,
        ChargeUnitsUsed=charge.quantity.amount,
        UsageUnit=_UNITS.get(charge.quantity.unit, charge.quantity.unit),
        ChargeRatePerUnit=charge.rate,
        ThirdPartyProvider=_supplier(bill, charge),
        IsAdjustmentCharge="true" if charge.kind == "adjustment" else "false",
        **_interval(period_of(bill, charge)),
    )
    return element


def _supplier(bill: ledger_pb2.LedgerBill, charge: ledger_pb2.LedgerCharge) -> str:
    """Name who supplies, for a supply charge of another company than the one that bills."""
    if charge.kind != "supply":
        return ""
    suppliers = [meter.supplier for meter in bill.meters if charge.meter_id in ("", meter.meter_id) and meter.supplier]
    return suppliers[0] if suppliers else ""


def _interval(period: values_pb2.Period) -> dict[str, str]:
    """Give first and last day, both inclusive, as consumers of the format expect them."""
    if not period.start or not period.end:
        return {"IntervalStart": "", "IntervalEnd": ""}
    return {"IntervalStart": period.start, "IntervalEnd": day_text(last_day(period)) or ""}


def _texts(parent: Element, **members: str) -> None:
    for name, text in members.items():
        if text:
            SubElement(parent, name).text = text
