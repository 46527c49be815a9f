"""EnergyPrint's objects as on its page, rendered from our records, and its XML in Urjanet's columns."""

import json
from decimal import Decimal

from gateway.dialects.energyprint import shapes as energyprint
from gateway.dialects.energyprint.urjanet import urjanet_xml
from protos.profile.v1 import ledger_pb2 as pb
from protos.profile.v1 import profile_pb2, properties_pb2, snapshots_pb2
from tests.gateway.dialects.samples import LINK, Numbers, as_json, money, period, quantity


def test_energyprint_account_has_the_keys_of_the_page():
    account = pb.LedgerAccount(
        account_id="a-1",
        issuer_name="Constellation Energy",
        account_number="1-4887",
        status="active",
        latest_statement_date="2020-05-05",
        metadata_json='{"native_account_id": 4887, "account_active": true}',
    )
    account.created_at.FromJsonString("2015-07-30T18:29:31Z")
    account.updated_at.FromJsonString("2022-02-10T05:53:42Z")

    assert as_json(energyprint.account_json(account, Numbers())) == {
        "id": 1,
        "ep_object_type": "UtilityAccount",
        "utility_company_name": "Constellation Energy",
        "status": "Active",
        "acct_num": "1-4887",
        "latest_invoice_date": "2020-05-05T00:00:00.000Z",
        "delivery_method": None,
        "delivery_name": None,
        "delivery_email": None,
        "master_acct_num": None,
        "online_access_url": None,
        "metadata": {"native_account_id": 4887, "account_active": True},
        "created_at": "2015-07-30T18:29:31.000Z",
        "updated_at": "2022-02-10T05:53:42.000Z",
    }


PROPERTY = {
    "id": 1,
    "ep_object_type": "Property",
    "name": "Acme HQ",
    "sq_ft": 32400,
    "status": "Active",
    "company_name": "AcmeCorp",
    "weather_station_alpha_id": "KCLE",
    "street1": "116 12th St NW",
    "street2": "",
    "city": "Mason City",
    "state": "IA",
    "country": "US",
    "zip_code": "50401",
    "longitude": Decimal("-81.457873562614"),
    "latitude": Decimal("41.3989453669362"),
    "year_built": 1981,
    "construction_type": "STUCCO",
    "primary_use": "OFFICE",
    "story_type": "SINGLE",
    "cooling_energy_type": "ELECTRIC",
    "heating_energy_type": "GAS",
    "energystar_certified": False,
    "data_current_through": "2020-05-01T00:00:00.000Z",
    "created_at": "2012-10-18T19:47:56.000Z",
    "updated_at": "2020-11-02T14:53:20.000Z",
}
"""As printed on the page of properties; what a property of ours does not have is put into its metadata."""


def test_energyprint_property_has_the_keys_of_the_page():
    told_by_metadata = {
        name: PROPERTY[name]
        for name in (
            "company_name",
            "weather_station_alpha_id",
            "street2",
            "construction_type",
            "story_type",
            "cooling_energy_type",
            "heating_energy_type",
            "energystar_certified",
        )
    }
    one = properties_pb2.Property(
        property_id="p-1",
        name="Acme HQ",
        floor_area_sq_ft="32400",
        status="active",
        street_address="116 12th St NW",
        city="Mason City",
        region="IA",
        country="US",
        postal_code="50401",
        longitude="-81.457873562614",
        latitude="41.3989453669362",
        year_built=1981,
        primary_use="OFFICE",
        data_current_through="2020-05-01",
        metadata_json=json.dumps(told_by_metadata),
    )
    one.created_at.FromJsonString("2012-10-18T19:47:56Z")
    one.updated_at.FromJsonString("2020-11-02T14:53:20Z")

    assert as_json(energyprint.property_json(one, Numbers())) == {**PROPERTY, "metadata": told_by_metadata}


def energyprint_record():
    days = period("2014-04-03", "2014-05-01")
    bill = pb.LedgerBill(
        ledger_bill_id="l-1",
        bill_id="b-1",
        account_id="a-1",
        statement_date="2020-12-28",
        holder="Morpheus",
        amount_due=money("358.22"),
        previous_balance=money("255.63"),
        payments=money("255.63"),
        period=days,
        charges=[
            pb.LedgerCharge(
                line=0,
                meter_id="m-1",
                amount=money("1147.7"),
                description="First 4000 kWh",
                cost_kind="usage_cost",
                period=days,
            )
        ],
        usages=[
            pb.LedgerUsage(
                line=0,
                meter_id="m-1",
                kind="total",
                label="Total kWh",
                quantity=quantity("23520", "kWh"),
                kbtus="80250.2400",
                lbs_co2="42336.0000",
                period=days,
            )
        ],
    )
    bill.recorded_at.FromJsonString("2022-02-10T18:29:31Z")
    return bill


def test_energyprint_bill_with_charge_and_usage_reads_as_on_the_page():
    told = as_json(
        energyprint.bill_json(energyprint_record(), energyprint.source_json("application/pdf", LINK), Numbers())
    )
    charge, usage = told.pop("charges")[0], told.pop("usages")[0]

    assert told == {
        "id": 1,
        "ep_object_type": "UtilityBill",
        "utility_account_id": 2,
        "original_utility_bill_id": None,
        "invoice_date": "2020-12-28T00:00:00.000Z",
        "estimated": False,
        "account_holder_name": "Morpheus",
        "amount_due": Decimal("358.22"),
        "previous_balance": Decimal("255.63"),
        "amount_paid": Decimal("255.63"),
        "archived": False,
        "archive_reason": None,
        "metadata": {},
        "source": {"format": "pdf", "expiring_link": LINK, "expiresIn": "7d"},
        "created_at": "2022-02-10T18:29:31.000Z",
        "updated_at": "2022-02-10T18:29:31.000Z",
    }
    assert len(charge.pop("line_item_group_id")) == len(usage.pop("line_item_group_id")) == 36
    assert charge == {
        "id": 10_000,
        "ep_object_type": "UtilityCharge",
        "utility_bill_id": 1,
        "utility_account_id": 2,
        "utility_meter_id": 3,
        "amount": Decimal("1147.7"),
        "description": "First 4000 kWh",
        "utility_charge_type": "usage_cost",
        "start_date": "2014-04-03T00:00:00.000Z",
        "end_date": "2014-05-01T00:00:00.000Z",
    }
    assert usage == {
        "id": 10_000,
        "ep_object_type": "UtilityUsage",
        "utility_bill_id": 1,
        "utility_account_id": 2,
        "utility_meter_id": 3,
        "amount": 23520,
        "estimated_meter_read": False,
        "description": "Total kWh",
        "utility_usage_type": "usage_amount",
        "measurement_unit": "kWh",
        "start_date": "2014-04-03T00:00:00.000Z",
        "end_date": "2014-05-01T00:00:00.000Z",
        "kbtus": Decimal("80250.24"),
        "lbs_co2": 42336,
        "gallons": 0,
        "supply": False,
    }


def test_energyprint_month_reads_as_on_the_page():
    month = profile_pb2.CalendarMonth(
        month="2020-08-01",
        distribution_kbtus="120083.1387",
        distribution_lbs_co2="63349.8387",
        supply_kbtus="120083.1387",
        supply_lbs_co2="63349.8387",
        usage_cost="1650.0200",
        demand_cost="45.0400",
        tax_cost="20.0200",
        total_cost="1715.0800",
        month_complete=True,
    )
    answer = profile_pb2.ListMonthsResponse(months=[month])
    [told] = as_json(energyprint.months_json(answer, "meter/m-1", {"utility_meter_id": 2509}, Numbers()))

    assert told == {
        "id": 1,
        "ep_object_type": "MonthlyConsumptionData",
        "utility_meter_id": 2509,
        "effective_month": "2020-08-01T00:00:00.000Z",
        "distribution_kbtus": Decimal("120083.1387"),
        "distribution_lbs_co2": Decimal("63349.8387"),
        "supply_kbtus": Decimal("120083.1387"),
        "supply_lbs_co2": Decimal("63349.8387"),
        "demand_consumption": 0,
        "usage_cost": Decimal("1650.02"),
        "demand_cost": Decimal("45.04"),
        "service_cost": 0,
        "interim_rate_cost": 0,
        "other_applied_cost": 0,
        "tax_cost": Decimal("20.02"),
        "total_cost": Decimal("1715.08"),
        "gallons": 0,
        "estimated": False,
        "month_complete": True,
        "created_at": None,
        "updated_at": None,
    }


def test_energyprint_xml_holds_urjanets_elements_and_columns():
    record = energyprint_record()
    record.issuer_name = "Example <Power> & Light"
    record.meters.add(line=0, meter_id="m-1", number="E-1", commodity="electricity", tariff="R-1")
    source = urjanet_xml([record], {"b-1": LINK}).decode()

    for part in (
        "<Account><PK>l-1</PK><UtilityProvider>Example &lt;Power&gt; &amp; Light</UtilityProvider>",
        "<StatementType>statement_type_bill</StatementType>",
        "<IntervalStart>2014-04-03</IntervalStart><IntervalEnd>2014-04-30</IntervalEnd>",
        "<ServiceType>electric</ServiceType>",
        "<UsageAmount>23520</UsageAmount><RateComponent>[total]</RateComponent>",
        "<ChargeActualName>First 4000 kWh</ChargeActualName><ChargeAmount>1147.7</ChargeAmount>",
    ):
        assert part in source


def test_energyprint_snapshot_reads_as_on_the_page():
    def both(current, previous, change):
        return snapshots_pb2.Intensity(current=current, previous=previous, yoy_percent_change=change, change_ratio="9")

    snapshot = snapshots_pb2.Snapshot(
        effective_month="2019-02-01",
        cost_per_sq_ft=both("1.4069", "1.2589", "-0.1052"),
        kbtus_per_sq_ft=both("73.4344", "69.9487", "-0.0475"),
        co2_per_sq_ft=both("22.7956", "22.3907", "-0.0178"),
        energy_star_rating=61,
    )

    assert as_json(energyprint.snapshot_json(snapshot, "p-1", Numbers())) == {
        "property_id": 1,
        "ep_object_type": "SnapshotInfo",
        "effective_month": "2019-02-01T00:00:00.000Z",
        "ENERGY_STAR_rating": 61,
        "current_cost_per_sq_ft": Decimal("1.4069"),
        "previous_cost_per_sq_ft": Decimal("1.2589"),
        "yoy_percent_change_cost_per_sq_ft": Decimal("-0.1052"),
        "current_kbtus_per_sq_ft": Decimal("73.4344"),
        "previous_kbtus_per_sq_ft": Decimal("69.9487"),
        "yoy_percent_change_kbtus_per_sq_ft": Decimal("-0.0475"),
        "current_co2_per_sq_ft": Decimal("22.7956"),
        "previous_co2_per_sq_ft": Decimal("22.3907"),
        "yoy_percent_change_co2_per_sq_ft": Decimal("-0.0178"),
        "created_at": None,
        "updated_at": None,
    }
