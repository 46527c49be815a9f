"""The load profile explained: over a socket, each month's parts come to its energy."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.reading import HistorySource
from protos.profile.v1 import profile_pb2 as pb
from services.profile.explain.months import explain_months
from services.profile.load.observed import observed_months
from tests.profile.readings import PROJECT, TENANT, bill_id, completion, electric_bill, history, period, success
from tests.profile.test_merged import together


async def explained(profile) -> pb.LoadProfile:
    request = pb.GetLoadProfileRequest(project_id=PROJECT, explain=True)
    return await profile.stub.GetLoadProfile(request, metadata=profile.of(TENANT), timeout=10)


def reconciled(month) -> bool:
    total = sum(Decimal(part.share_kwh) for part in month.parts)
    # The scale is told with six decimals.
    return abs(total * Decimal(month.scale) - Decimal(month.energy_kwh)) <= total * Decimal("0.000001") + Decimal(
        "0.0002"
    )


async def test_months_of_one_bill_say_their_rule_days_and_parts(profile):
    past = (
        history("2026-02", 570),
        history("2025-12", 700, source=HistorySource.CHART),
        history("2025-11", 290, of=period("2025-11-02", "2025-12-01")),
    )
    await profile.folded(completion(1, success(electric_bill("2026-03-01", "2026-03-13", 200, history=past))))
    answer = await explained(profile)
    rules = {month.month: month.rule for month in answer.months}
    assert (rules[3], rules[2], rules[12], rules[11], rules[7]) == (
        "filled",
        "named_month",
        "named_month",
        "scaled",
        "filled",
    )
    november = answer.months[10]
    assert (november.energy_kwh, november.scale) == ("300.0000", "1.034483")
    assert list(november.parts) == [
        pb.MonthPart(
            bill_id=bill_id(1),
            start="2025-11-02",
            end="2025-12-01",
            origin="table",
            energy_kwh="290",
            days=29,
            days_of_row=29,
            share_kwh="290.0000",
        )
    ]
    assert [part.origin for part in answer.months[11].parts] == ["chart"]
    assert all(reconciled(month) for month in answer.months if month.year)
    assert not any(month.parts for month in answer.months if not month.year)


async def test_merged_months_name_each_bill_they_are_made_of(profile):
    await profile.folded(
        completion(1, success(electric_bill("2026-03-10", "2026-04-09", 300)), bill=1),
        completion(2, success(electric_bill("2026-04-09", "2026-05-10", 620)), bill=2),
        completion(3, success(electric_bill("2026-06-01", "2026-07-01", 900)), bill=3),
    )
    request = pb.UpdatePolicyRequest(project_id=PROJECT, rule=pb.ACTIVE_BILL_RULE_MERGED)
    await profile.stub.UpdatePolicy(request, metadata=profile.of(TENANT))
    answer = await explained(profile)
    april, june = answer.months[3], answer.months[5]
    assert (april.rule, april.scale, april.energy_kwh) == ("shared_by_days", "1.000000", "520.0000")
    assert [(part.bill_id, part.days, part.share_kwh) for part in april.parts] == [
        (bill_id(1), 8, "80.0000"),
        (bill_id(2), 22, "440.0000"),
    ]
    assert (june.rule, june.scale) == ("own_period", "1.000000")
    assert all(reconciled(month) for month in answer.months if month.year)


async def test_months_say_the_price_that_made_their_cost_and_none_where_bills_charge_for_them(profile):
    past = (history("2026-02", 600, cost=300), history("2026-01", 600))
    await profile.folded(completion(1, success(electric_bill(kwh=620, cost="124.00", history=past))))
    answer = await explained(profile)
    prices = {month.month: month.priced_at for month in answer.months}
    assert prices == {number: "" if number in (2, 3) else "0.200000" for number in range(1, 13)}
    assert answer.average_rate != "0.200000"
    for month in answer.months:
        if month.priced_at:
            assert abs(Decimal(month.energy_kwh) * Decimal(month.priced_at) - Decimal(month.cost.amount)) <= Decimal(
                "0.01"
            )


async def test_profile_explains_nothing_unless_it_is_asked(profile):
    await profile.folded(completion(1, success()))
    plain = await profile.stub.GetLoadProfile(
        pb.GetLoadProfileRequest(project_id=PROJECT), metadata=profile.of(TENANT), timeout=10
    )
    full = await explained(profile)
    for month in full.months:
        for name in ("rule", "scale", "parts", "priced_at"):
            month.ClearField(name)
    assert full == plain


bills = st.builds(
    lambda at, days, kwh, past: electric_bill(
        f"2026-0{at}-{days:02}",
        f"2026-0{at + 1}-{days:02}",
        kwh,
        history=tuple(history(f"2025-{month:02}", 100 + month) for month in past),
    ),
    st.integers(1, 7),
    st.integers(1, 28),
    st.integers(0, 900),
    st.sets(st.integers(1, 12), max_size=4),
)


@given(st.lists(bills, min_size=1, max_size=5))
def test_parts_times_scale_are_the_month_exactly(readings):
    contribution = together(*readings)
    observed = observed_months(contribution)
    explanation = explain_months(contribution)
    assert explanation.keys() == observed.keys()
    for month, one in explanation.items():
        assert sum(part.share for part in one.parts) * one.scale == observed[month].energy
