"""The ledger as its callers see it: accounts, meters, bills, corrections, what was known on a day, calendars, comparisons."""

from datetime import date
from decimal import Decimal

import pytest

from domain.money import Money
from domain.quantity import Commodity
from domain.reading import Charge, ChargeKind, Issuer, Meter, ReadKind
from protos.profile.v1 import ledger_pb2 as pb
from protos.profile.v1 import profile_pb2, properties_pb2
from runtime.wire import time_to_proto
from tests.profile.ledger import Ledger, answered, refused
from tests.profile.readings import (
    EPOCH,
    OTHER_PROJECT,
    OTHER_TENANT,
    PROJECT,
    TENANT,
    bill_id,
    completion,
    electric_bill,
    fact,
    failure,
    gas_bill,
    meter,
    period,
    success,
    usage,
)


@pytest.fixture
def ledger(profile):
    return Ledger(profile)


async def test_bill_is_answered_with_everything_that_it_says(profile, ledger):
    bill = electric_bill(
        holder=fact("Robin Example"),
        service_address=fact("1 Example Street"),
        invoice_number=fact("INV-7"),
        previous_balance=fact(Money.of("50.00", "USD")),
        payments=fact(Money.of("20.00", "USD")),
        amount_due=fact(Money.of("152.93", "USD")),
        auto_pay=True,
        meters=(
            Meter(
                meter_key="1",
                number=fact("40718263"),
                commodity=Commodity.ELECTRICITY,
                tariff=fact("R-1"),
                previous_read=fact(Decimal(100)),
                current_read=fact(Decimal(720)),
                multiplier=fact(Decimal(1)),
                read_kind=ReadKind.ESTIMATED,
            ),
        ),
    )
    await profile.folded(completion(1, success(bill)))
    [one] = await ledger.bills(project_id=PROJECT, factor_set="energyprint-compat")
    assert one == await ledger.GetLedgerBill(ledger_bill_id=one.ledger_bill_id, factor_set="energyprint-compat")
    assert (one.bill_id, one.statement, one.project_id, one.kind) == (bill_id(1), 1, PROJECT, "bill")
    assert (one.holder, one.service_address, one.invoice_number) == ("Robin Example", "1 Example Street", "INV-7")
    assert (one.unpaid_balance.amount, one.amount_due.amount, one.auto_pay, one.estimated) == (
        "30.00",
        "152.93",
        True,
        True,
    )
    assert (one.period.start, one.period.end, one.statement_date) == ("2026-03-01", "2026-04-01", "2026-04-01")
    [shown], [used], [charged] = one.meters, one.usages, one.charges
    assert (shown.number, shown.current_read, shown.read_kind) == ("40718263", "720", "estimated")
    assert (used.quantity.amount, used.kbtus, used.lbs_co2, used.estimated) == ("620", "2115.4400", "1116.0000", True)
    assert (charged.amount.amount, charged.cost_kind, charged.meter_id) == ("122.93", "usage_cost", shown.meter_id)
    assert (one.archived, one.original_ledger_bill_id, one.property_id != "") == (False, "", True)


async def test_accounts_and_meters_say_what_their_bills_tell(profile, ledger):
    await profile.folded(
        completion(1, success(electric_bill("2026-02-01", "2026-03-01")), bill=1),
        completion(2, success(electric_bill("2026-03-01", "2026-04-01")), bill=2),
        completion(3, success(gas_bill(account_number=fact("9-1"))), bill=3, project=OTHER_PROJECT),
    )
    everything = (await ledger.ListLedgerAccounts()).accounts
    assert [one.account_number for one in everything] == ["9-1", "3001-4482-7"]
    [account] = (await ledger.ListLedgerAccounts(project_id=PROJECT)).accounts
    assert (account.bill_count, account.covered_from, account.covered_until) == (2, "2026-02-01", "2026-04-01")
    assert (account.latest_statement_date, list(account.project_ids)) == ("2026-04-01", [PROJECT])
    [shown] = account.meters
    assert shown == await ledger.GetLedgerMeter(meter_id=shown.meter_id)
    assert (shown.active_from, shown.active_until, shown.billing_frequency) == ("2026-02-01", "2026-04-01", "monthly")
    assert (shown.unit, shown.association, shown.bill_count, shown.project_id) == ("kWh", "standard", 2, PROJECT)
    assert [one.commodity for one in (await ledger.ListLedgerMeters(commodity="gas")).meters] == ["gas"]
    assert len((await ledger.ListLedgerMeters(account_id=account.account_id)).meters) == 1
    told = await ledger.UpdateLedgerAccount(account_id=account.account_id, metadata_json='{"owner": "A"}')
    assert told.metadata_json == '{"owner":"A"}'
    await profile.folded(completion(4, success(electric_bill("2026-03-01", "2026-04-01", kwh=5)), bill=2))
    assert (await ledger.GetLedgerAccount(account_id=account.account_id)).metadata_json == '{"owner":"A"}'


async def test_lists_page_through_everything_once_whatever_they_are_asked_for(profile, ledger):
    await profile.folded(
        *(
            completion(number, success(electric_bill(f"2026-{number:02}-01", f"2026-{number + 1:02}-01")), bill=number)
            for number in range(1, 8)
        )
    )
    [account] = (await ledger.ListLedgerAccounts()).accounts
    for fields in (
        {},
        {"project_id": PROJECT},
        {"account_id": account.account_id},
        {"meter_id": account.meters[0].meter_id},
    ):
        seen, token = [], ""
        while True:
            page = await ledger.ListLedgerBills(page_size=3, page_token=token, **fields)
            seen += [one.bill_id for one in page.bills]
            token = page.next_page_token
            if not token:
                break
        assert seen == [bill_id(number) for number in range(7, 0, -1)]
    spring = await ledger.bills(from_day="2026-03-01", until_day="2026-05-01", property_id=page.bills[0].property_id)
    assert [one.bill_id for one in spring] == [bill_id(4), bill_id(3)]
    other_list = await ledger.ListLedgerBills(page_size=1)
    assert (
        await refused(ledger.ListLedgerBills(project_id=PROJECT, page_token=other_list.next_page_token))
        == "BAD_PAGE_TOKEN"
    )
    [day] = (await ledger.ListBillDays()).days
    assert (day.day, day.bill_count) == ("2026-05-01", 7)
    [of_day] = await ledger.bills(recorded_from=time_to_proto(EPOCH), page_size=1)
    assert of_day.bill_id == bill_id(7)


async def test_double_gives_way_to_the_later_reading_and_comes_back_when_that_one_goes(profile, ledger):
    await profile.folded(completion(1, success(), bill=1), completion(2, success(), bill=2))
    [standing] = await ledger.bills()
    [double] = await ledger.bills(selection=pb.LEDGER_BILL_SELECTION_ARCHIVED)
    assert (standing.bill_id, double.bill_id, double.archive_reason) == (bill_id(2), bill_id(1), "duplicate")
    assert double.standing_ledger_bill_id == standing.ledger_bill_id
    await profile.ingest.append(completion(3, "deleted", bill=2))
    changes = await profile.changes(lambda seen: any(one.bill_updated.reason == "restored" for one in seen))
    [left] = await ledger.bills(selection=pb.LEDGER_BILL_SELECTION_ALL)
    assert (left.bill_id, left.archived) == (bill_id(1), False)
    assert [one.bill_updated.reason for one in changes if one.HasField("bill_updated")] == ["duplicate", "restored"]


async def test_meter_tells_of_standing_bills_only(profile, ledger):
    def shown(key, number, start, end):
        days = fact(period(start, end))
        return Meter(meter_key=key, number=fact(number), commodity=Commodity.ELECTRICITY, period=days)

    gone = (shown("1", "A", "2025-01-01", "2026-06-01"), shown("2", "B", "2026-03-01", "2026-04-01"))
    stays = (shown("1", "A", "2026-03-01", "2026-04-01"),)
    await profile.folded(
        completion(1, success(electric_bill(meters=gone)), bill=1),
        completion(2, success(electric_bill(meters=stays)), bill=2),
    )
    [standing] = await ledger.bills()
    assert standing.bill_id == bill_id(2)
    meters = {one.number: one for one in (await ledger.ListLedgerMeters()).meters}
    told = await ledger.GetLedgerMeter(meter_id=meters["A"].meter_id)
    assert (told.active_from, told.active_until, told.bill_count) == ("2026-03-01", "2026-04-01", 1)
    assert (told.billing_frequency, told.unit) == ("monthly", "kWh")
    assert (meters["B"].active_from, meters["B"].active_until, meters["B"].bill_count) == ("", "", 0)
    asked = properties_pb2.GetPropertyOfProjectRequest(project_id=PROJECT)
    known = await profile.properties.GetPropertyOfProject(asked, metadata=profile.of(TENANT), timeout=10)
    assert list(known.meter_ids) == [meters["A"].meter_id]


async def test_rebill_stands_for_the_bill_that_it_replaces_whichever_is_read_first(profile, ledger):
    rebill = electric_bill(cost="110.00", statement_date=fact(date(2026, 4, 20)), rebill=True)
    await profile.folded(completion(1, success(rebill), bill=1), completion(2, success(), bill=2))
    [standing] = await ledger.bills()
    assert (standing.bill_id, standing.original_ledger_bill_id) == (bill_id(1), f"{bill_id(2)}_1")
    [old] = await ledger.bills(selection=pb.LEDGER_BILL_SELECTION_ARCHIVED)
    assert (old.archive_reason, old.standing_ledger_bill_id) == ("rebilled", standing.ledger_bill_id)


async def test_supply_and_delivery_of_two_companies_are_one_energy(profile, ledger):
    def bill(issuer, name, kind, account):
        return electric_bill(
            issuer=Issuer(issuer_id=issuer, name=fact(name)),
            account_number=fact(account),
            charges=(Charge(description="x", amount=fact(Money.of("122.93", "USD")), kind=kind, meter_key="1"),),
        )

    supplied = bill("example-supply", "Example Supply Co-op", ChargeKind.SUPPLY, "S-1")
    delivered = bill("example-valley", "Example Valley Power & Light", ChargeKind.DELIVERY, "D-1")
    await profile.folded(completion(1, success(supplied), bill=1), completion(2, success(delivered), bill=2))
    meters = {one.association: one for one in (await ledger.ListLedgerMeters()).meters}
    assert meters.keys() == {"supply", "distribution"}
    assert meters["supply"].associated_meter_id == meters["distribution"].meter_id
    assert meters["distribution"].associated_meter_id == meters["supply"].meter_id
    assert meters["supply"].service_id == meters["distribution"].service_id
    months = await profile.stub.ListMonths(
        profile_pb2.ListMonthsRequest(project_id=PROJECT, factor_set="energyprint-compat"),
        metadata=profile.of(TENANT),
        timeout=10,
    )
    [month] = months.months
    assert (month.distribution_kbtus, month.supply_kbtus) == ("2115.4400", "2115.4400")
    assert month.total_cost == "245.8600"
    usages = [one for told in await ledger.bills() for one in told.usages]
    assert sorted(one.supply for one in usages) == [False, True]
    await profile.folded(completion(3, "deleted", bill=2))
    assert [one.association for one in (await ledger.ListLedgerMeters()).meters] == ["standard"]


async def test_calendar_tells_gaps_late_and_missing_bills_and_estimated_runs(profile, ledger):
    guess = (Meter(meter_key="1", number=fact("1"), commodity=Commodity.ELECTRICITY, read_kind=ReadKind.ESTIMATED),)
    await profile.folded(
        completion(1, success(electric_bill("2026-01-01", "2026-02-01", meters=guess)), bill=1),
        completion(2, success(electric_bill("2026-02-01", "2026-03-01", meters=guess)), bill=2),
        completion(3, success(electric_bill("2026-05-01", "2026-06-01", meters=(meter(number="1"),))), bill=3),
    )
    [account] = (await ledger.ListLedgerAccounts()).accounts
    told = await ledger.GetAccountCalendar(account_id=account.account_id, today="2026-08-20")
    assert [(one.period.start, one.estimated) for one in told.covered] == [
        ("2026-01-01", True),
        ("2026-02-01", True),
        ("2026-05-01", False),
    ]
    assert (told.usual_days, told.next_expected) == (31, "2026-07-02")
    said = {(one.rule_id, one.period.start, one.period.end, one.bills_missing) for one in told.remarks}
    assert said == {
        ("estimated_run", "2026-01-01", "2026-03-01", 0),
        ("gap", "2026-03-01", "2026-05-01", 0),
        ("missing", "2026-03-01", "2026-05-01", 2),
        ("late", "2026-06-01", "2026-08-20", 0),
        ("missing", "2026-06-01", "2026-08-20", 3),
    }


async def test_difference_of_two_bills_reconciles_to_the_cent(profile, ledger):
    lines = tuple(
        Charge(description=kind, amount=fact(Money.of(amount, "USD")), kind=kind, meter_key="1")
        for kind, amount in ((ChargeKind.USAGE, "93.00"), (ChargeKind.SERVICE, "12.25"))
    )
    after = electric_bill(
        "2026-03-01", "2026-04-01", kwh=700, cost="122.93", usages=(usage(700),), charges=lines,
        new_charges=fact(Money.of("105.25", "USD")),
    )  # fmt: skip
    await profile.folded(
        completion(1, success(electric_bill("2026-02-01", "2026-03-01", kwh=560, cost="84.00")), bill=1),
        completion(2, success(after), bill=2),
    )
    second, first = await ledger.bills()
    told = await ledger.CompareBills(ledger_bill_id=first.ledger_bill_id, other_ledger_bill_id=second.ledger_bill_id)
    parts = [Decimal(one.amount) for one in (told.days, told.usage, told.rate, told.fixed)]
    assert sum(parts) == Decimal(told.total.amount) == Decimal("21.25")
    assert (told.commodity, told.unit, told.before.energy, told.after.days) == ("electricity", "kWh", "560", 31)
    assert told.fixed.amount == "12.25"
    nothing = electric_bill(cost=None, statement_date=fact(date(2026, 6, 1)))
    await profile.folded(completion(3, success(nothing), bill=3))
    bare = (await ledger.bills())[0]
    call = ledger.CompareBills(ledger_bill_id=first.ledger_bill_id, other_ledger_bill_id=bare.ledger_bill_id)
    assert await refused(call) == "NOT_COMPARABLE"


async def test_another_tenant_finds_nothing_behind_any_call(profile, ledger):
    await profile.folded(completion(1, success()), completion(2, failure(), bill=2))
    [bill] = await ledger.bills()
    [account] = (await ledger.ListLedgerAccounts()).accounts
    stranger = Ledger(profile, OTHER_TENANT)
    named = {
        "project_id": PROJECT,
        "property_id": bill.property_id,
        "account_id": account.account_id,
        "meter_id": account.meters[0].meter_id,
        "ledger_bill_id": bill.ledger_bill_id,
        "other_ledger_bill_id": bill.ledger_bill_id,
        "metadata_json": '{"stolen":true}',
        "amended_by": "Stranger",
        "reason": "x",
        "changes": [pb.FieldChange(field="holder", value="Stranger")],
    }
    walked = set()
    for method in pb.DESCRIPTOR.services_by_name["Ledger"].methods:
        fields = {one.name for one in method.input_type.fields}
        asked = {name: value for name, value in named.items() if name in fields}
        for without in ({"project_id"}, {"property_id"}):
            call = getattr(stranger, method.name)(**{k: v for k, v in asked.items() if k not in without})
            told = await answered(call)
            assert told in ("", "NO_SUCH_ACCOUNT", "NO_SUCH_METER", "NO_SUCH_LEDGER_BILL"), method.name
        walked.add(method.name)
    assert len(walked) == 14
    assert await ledger.bills() == [bill]
    assert (await ledger.ListLedgerAccounts()).accounts[0] == account
