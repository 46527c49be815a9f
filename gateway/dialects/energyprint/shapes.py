"""EnergyPrint's objects from our records: whole numbers as ids, plain numbers, days as midnight UTC, metadata as it was put.

A period ends on the day after its last one, as the vendor's own samples do (23,520 kWh from 3 April to 1 May are 840 a day).
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.dialects.numbers import NumberOf, line_number
from gateway.of_meter import meter_id_of
from protos.profile.v1 import ledger_pb2, profile_pb2, properties_pb2, snapshots_pb2
from protos.values.v1 import values_pb2

Json = dict[str, Any]

FACTOR_SET = "energyprint-compat"
"""The factors that the vendor's samples were made with: 3.412 kBtu and 1.8 lb of CO2 a kWh."""

LINK_DAYS = 7

ENERGY_TYPES = {
    "electricity": "ELECTRIC",
    "solar_export": "SOLAR",
    "gas": "GAS",
    "water": "WATER",
    "sewer": "SEWER",
    "heat": "STEAM",
}
COMMODITIES = {energy_type: commodity for commodity, energy_type in ENERGY_TYPES.items()}

_USAGE_TYPES = {"total": "usage_amount", "net": "usage_amount", "demand": "demand_amount"}
"""Other rows (registers, tiers, exports) are parts of the total: they keep their own names, so that no sum counts them twice."""

_GROUPS = UUID("6f6c1c2e-1e5c-5d0a-8a54-3c8f0c1f7a10")
_ZERO = Decimal(0)


def account_json(account: ledger_pb2.LedgerAccount, number_of: NumberOf) -> Json:
    """Render a UtilityAccount; how bills are delivered is nothing that a bill says, so it comes from the metadata, if at all."""
    metadata = _metadata(account.metadata_json)
    return {
        "id": number_of("account", account.account_id).number,
        "ep_object_type": "UtilityAccount",
        "utility_company_name": account.issuer_name,
        "status": account.status.capitalize() or None,
        "acct_num": account.account_number,
        "latest_invoice_date": _day(account.latest_statement_date),
        "delivery_method": metadata.get("delivery_method"),
        "delivery_name": metadata.get("delivery_name"),
        "delivery_email": metadata.get("delivery_email"),
        "master_acct_num": metadata.get("master_acct_num"),
        "online_access_url": metadata.get("online_access_url"),
        "metadata": metadata,
        "created_at": _time(account.created_at),
        "updated_at": _time(account.updated_at),
    }


def meter_json(meter: ledger_pb2.LedgerMeter, names: Mapping[str, str], number_of: NumberOf) -> Json:
    """Render a UtilityMeter; ``names`` are properties' names by their ids."""
    has_property = bool(meter.property_id)
    return {
        "id": number_of("meter", meter.meter_id).number,
        "ep_object_type": "UtilityMeter",
        "meter_wrapper_id": number_of("service", meter.service_id or meter.meter_id).number,
        "property_id": number_of("property", meter.property_id).number if has_property else None,
        "property_name": names.get(meter.property_id),
        "utility_account_id": number_of("account", meter.account_id).number,
        "status": meter.status.capitalize() or None,
        "meter_num": meter.number or None,
        "service_address": meter.service_address or None,
        "service_name": meter.tariff or None,
        "premise_num": meter.service_point or None,
        "association_type": meter.association.upper() or "STANDARD",
        "latest_usage_date": _day(meter.active_until),
        "deactivation_date": _day(meter.active_until) if meter.status == "inactive" else None,
        "energy_type": ENERGY_TYPES.get(meter.commodity),
        "measurement_unit": meter.unit or None,
        "demand_measurement_unit": meter.demand_unit or None,
        "billing_frequency": meter.billing_frequency.upper() or None,
        "eligibility_start_month": _month(meter.active_from),
        "eligibility_end_month": _month(meter.active_until),
        "supply_only": meter.association == "supply",
        "metadata": _metadata(meter.metadata_json),
        "created_at": _time(meter.created_at),
        "updated_at": _time(meter.updated_at),
    }


def bill_json(bill: ledger_pb2.LedgerBill, source: Json, number_of: NumberOf) -> Json:
    """Render a UtilityBill with its charges and usages nested inside; ``source`` is its file."""
    replaced = bill.original_ledger_bill_id
    return {
        "id": number_of("ledger_bill", bill.ledger_bill_id).number,
        "ep_object_type": "UtilityBill",
        "utility_account_id": number_of("account", bill.account_id).number if bill.account_id else None,
        "original_utility_bill_id": number_of("ledger_bill", replaced).number if replaced else None,
        "invoice_date": _day(bill.statement_date),
        "estimated": bill.estimated,
        "account_holder_name": bill.holder or None,
        "amount_due": _money(bill, "amount_due"),
        "previous_balance": _money(bill, "previous_balance"),
        "amount_paid": _money(bill, "payments"),
        "archived": bill.archived,
        "archive_reason": bill.archive_reason or None,
        "metadata": _metadata(bill.metadata_json),
        "source": source,
        "charges": [_charge(bill, charge, number_of) for charge in bill.charges],
        "usages": [_usage(bill, usage, number_of) for usage in bill.usages],
        "created_at": _time(bill.recorded_at),
        "updated_at": _time(bill.archived_at if bill.archived else bill.recorded_at),
    }


def _charge(bill: ledger_pb2.LedgerBill, charge: ledger_pb2.LedgerCharge, number_of: NumberOf) -> Json:
    meter_id = meter_id_of(bill, charge)
    return {
        "id": line_number(number_of("ledger_bill", bill.ledger_bill_id), charge.line),
        "ep_object_type": "UtilityCharge",
        **_owners(bill, meter_id, number_of),
        "amount": Decimal(charge.amount.amount),
        "description": charge.description,
        "utility_charge_type": charge.cost_kind,
        "start_date": _start(bill, charge.period),
        "end_date": _end(bill, charge.period),
        "line_item_group_id": _group(bill, meter_id, charge.section),
    }


def _usage(bill: ledger_pb2.LedgerBill, usage: ledger_pb2.LedgerUsage, number_of: NumberOf) -> Json:
    meter_id = meter_id_of(bill, usage)
    return {
        "id": line_number(number_of("ledger_bill", bill.ledger_bill_id), usage.line),
        "ep_object_type": "UtilityUsage",
        **_owners(bill, meter_id, number_of),
        "amount": Decimal(usage.quantity.amount),
        "estimated_meter_read": usage.estimated,
        "description": usage.label or f"{usage.kind.replace('_', ' ').capitalize()} {usage.quantity.unit}",
        "utility_usage_type": _USAGE_TYPES.get(usage.kind, f"{usage.kind}_amount"),
        "measurement_unit": usage.quantity.unit,
        "start_date": _start(bill, usage.period),
        "end_date": _end(bill, usage.period),
        "kbtus": _short(usage.kbtus),
        "lbs_co2": _short(usage.lbs_co2),
        "gallons": _short(usage.gallons),
        "supply": usage.supply,
        "line_item_group_id": _group(bill, meter_id, ""),
    }


def _owners(bill: ledger_pb2.LedgerBill, meter_id: str, number_of: NumberOf) -> Json:
    return {
        "utility_bill_id": number_of("ledger_bill", bill.ledger_bill_id).number,
        "utility_account_id": number_of("account", bill.account_id).number if bill.account_id else None,
        "utility_meter_id": number_of("meter", meter_id).number if meter_id else None,
    }


def property_json(one: properties_pb2.Property, number_of: NumberOf) -> Json:
    """Render a Property; its meters are nested by who asks for one. What ours do not have comes from the metadata."""
    metadata = _metadata(one.metadata_json)
    return {
        "id": number_of("property", one.property_id).number,
        "ep_object_type": "Property",
        "name": one.name,
        "sq_ft": _number(one.floor_area_sq_ft),
        "status": one.status.capitalize() or None,
        "company_name": metadata.get("company_name"),
        "weather_station_alpha_id": metadata.get("weather_station_alpha_id"),
        "street1": one.street_address or None,
        "street2": metadata.get("street2"),
        "city": one.city or None,
        "state": one.region or None,
        "country": one.country or None,
        "zip_code": one.postal_code or None,
        "longitude": _number(one.longitude),
        "latitude": _number(one.latitude),
        "year_built": one.year_built or None,
        "construction_type": metadata.get("construction_type"),
        "primary_use": one.primary_use or None,
        "story_type": metadata.get("story_type"),
        "cooling_energy_type": metadata.get("cooling_energy_type"),
        "heating_energy_type": metadata.get("heating_energy_type"),
        "energystar_certified": metadata.get("energystar_certified"),
        "data_current_through": _day(one.data_current_through),
        "metadata": metadata,
        "created_at": _time(one.created_at),
        "updated_at": _time(one.updated_at),
    }


def months_json(months: profile_pb2.ListMonthsResponse, scope: str, owner: Json, number_of: NumberOf) -> list[Json]:
    """Render MonthlyConsumptionData, oldest first.

    ``owner`` says whose it is (property, meter, energy type) and ``scope`` the same in one word. They are made when asked for,
    so they have no times of their own.
    """
    return [
        {
            "id": number_of("month", f"{scope}/{month.month}").number,
            "ep_object_type": "MonthlyConsumptionData",
            **owner,
            "effective_month": _day(month.month),
            "distribution_kbtus": _short(month.distribution_kbtus),
            "distribution_lbs_co2": _short(month.distribution_lbs_co2),
            "supply_kbtus": _short(month.supply_kbtus),
            "supply_lbs_co2": _short(month.supply_lbs_co2),
            "demand_consumption": _short(month.demand_consumption),
            "usage_cost": _short(month.usage_cost),
            "demand_cost": _short(month.demand_cost),
            "service_cost": _short(month.service_cost),
            "interim_rate_cost": _short(month.interim_rate_cost),
            "other_applied_cost": _short(month.other_applied_cost),
            "tax_cost": _short(month.tax_cost),
            "total_cost": _short(month.total_cost),
            "gallons": _short(month.gallons),
            "estimated": month.estimated,
            "month_complete": month.month_complete,
            "created_at": None,
            "updated_at": None,
        }
        for month in reversed(months.months)
    ]


def snapshot_json(snapshot: snapshots_pb2.Snapshot, property_id: str, number_of: NumberOf) -> Json:
    """Render SnapshotInfo; a change over the year is (previous - current) / current, as the vendor's own samples show."""
    cost, energy, carbon = snapshot.cost_per_sq_ft, snapshot.kbtus_per_sq_ft, snapshot.co2_per_sq_ft
    return {
        "property_id": number_of("property", property_id).number,
        "ep_object_type": "SnapshotInfo",
        "effective_month": _day(snapshot.effective_month),
        "ENERGY_STAR_rating": snapshot.energy_star_rating or None,
        "current_cost_per_sq_ft": _number(cost.current),
        "previous_cost_per_sq_ft": _number(cost.previous),
        "yoy_percent_change_cost_per_sq_ft": _number(cost.yoy_percent_change),
        "current_kbtus_per_sq_ft": _number(energy.current),
        "previous_kbtus_per_sq_ft": _number(energy.previous),
        "yoy_percent_change_kbtus_per_sq_ft": _number(energy.yoy_percent_change),
        "current_co2_per_sq_ft": _number(carbon.current),
        "previous_co2_per_sq_ft": _number(carbon.previous),
        "yoy_percent_change_co2_per_sq_ft": _number(carbon.yoy_percent_change),
        "created_at": None,
        "updated_at": None,
    }


def source_json(content_type: str, link: str) -> Json:
    """Render where a bill's file is."""
    return {"format": content_type.rpartition("/")[2] or "pdf", "expiring_link": link, "expiresIn": f"{LINK_DAYS}d"}


def days_json(days: Sequence[ledger_pb2.BillDay]) -> list[str]:
    """Render the days on which bills were saved, newest first."""
    return [day.day for day in days]


def _metadata(text: str) -> Json:
    found = json.loads(text or "{}", parse_float=Decimal)
    return found if isinstance(found, dict) else {}


def _start(bill: ledger_pb2.LedgerBill, period: values_pb2.Period) -> str | None:
    return _day(period.start or bill.period.start)


def _end(bill: ledger_pb2.LedgerBill, period: values_pb2.Period) -> str | None:
    return _day(period.end or bill.period.end)


def _group(bill: ledger_pb2.LedgerBill, meter_id: str, section: str) -> str:
    """Name the group of lines that stand together: those of one meter and heading of one bill."""
    return str(uuid5(_GROUPS, f"{bill.ledger_bill_id}/{meter_id}/{section}"))


def _money(message: Any, name: str) -> Decimal | None:
    return Decimal(getattr(message, name).amount) if message.HasField(name) else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _short(text: str) -> Decimal:
    """Give a number without zeros at its end; 0 where there is none, as the vendor has it."""
    if not text:
        return _ZERO
    number = Decimal(text)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _day(text: str) -> str | None:
    return f"{text}T00:00:00.000Z" if text else None


def _month(text: str) -> str | None:
    return _day(f"{text[:7]}-01") if text else None


def _time(at: Timestamp) -> str | None:
    if not at.seconds:
        return None
    return at.ToDatetime().isoformat(timespec="milliseconds") + "Z"
