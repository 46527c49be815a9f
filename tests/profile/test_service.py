"""Profile as its callers see it: completions come in over a socket, numbers and changes go out over another."""

import grpc
import pytest

from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.supplied_pb2 import DeleteSuppliedProfileRequest, GetSuppliedProfileRequest
from runtime.keys import create_key, create_tenant
from runtime.rpc.client import bearer
from tests.profile.readings import (
    OTHER_PROJECT,
    OTHER_TENANT,
    PROJECT,
    TENANT,
    bill_id,
    completion,
    electric_bill,
    failure,
    gas_bill,
    history,
    success,
)
from tests.profile.running import reason_of, running_profile


async def load_profile(profile, project=PROJECT, tenant=TENANT) -> pb.LoadProfile:
    return await profile.stub.GetLoadProfile(
        pb.GetLoadProfileRequest(project_id=project), metadata=profile.of(tenant), timeout=10
    )


async def update_policy(profile, rule, pinned="", tenant=TENANT):
    request = pb.UpdatePolicyRequest(project_id=PROJECT, rule=rule, pinned_bill_id=pinned)
    return await profile.stub.UpdatePolicy(request, metadata=profile.of(tenant), timeout=10)


async def test_profile_answers_twelve_months_after_a_bill_was_read(profile):
    past = [history("2025-12", 704), history("2026-01", 644), history("2026-02", 576), history("2026-03", 620)]
    await profile.folded(completion(1, success(electric_bill(history=tuple(past)))))
    answer = await load_profile(profile)
    assert [month.month for month in answer.months] == list(range(1, 13))
    shown = {month.month: month for month in answer.months}
    assert (shown[3].energy_kwh, shown[3].year, shown[3].source) == ("620.0000", 2026, pb.MONTH_SOURCE_BILLED)
    assert (shown[12].energy_kwh, shown[12].year) == ("704.0000", 2025)
    assert shown[1].source == pb.MONTH_SOURCE_HISTORY_TABLE
    assert shown[7].source == pb.MONTH_SOURCE_ESTIMATED
    assert shown[3].cost.amount == "122.93"
    assert (answer.version, answer.active_bill_id, answer.months_observed) == (1, bill_id(1), 4)
    assert answer.band_percent == "34"
    assert answer.completed_at.ToJsonString() == "2026-05-01T00:00:01Z"


async def test_change_is_told_after_the_profile_holds_the_result(profile):
    changes = await profile.folded(completion(1, success()), completion(2, failure(), bill=2))
    assert [one.WhichOneof("what") for one in changes] == [
        "bill_added",
        "months_changed",
        "profile_changed",
        "parse_completed",
        "parse_completed",
    ]
    assert changes[3].parse_completed.profile_version == changes[2].profile_changed.version == 1
    failed = changes[4].parse_completed
    assert (failed.succeeded, failed.failure_reason, failed.profile_version) == (False, "unreadable", 1)
    assert [one.position for one in changes] == [1, 2, 3, 4, 5]
    assert len({one.event_id for one in changes}) == 5


async def test_failed_parse_leaves_the_active_bill_unchanged(profile):
    await profile.folded(completion(1, success()))
    before = await load_profile(profile)
    await profile.folded(completion(2, failure(), bill=2), completion(3, failure(), bill=1))
    assert await load_profile(profile) == before
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await profile.stub.GetReading(
            pb.GetReadingRequest(project_id=PROJECT, bill_id=bill_id(2)), metadata=profile.of(TENANT), timeout=10
        )
    assert reason_of(refused.value) == "NO_READING"


async def test_later_parse_is_active_whatever_the_order_of_uploads(profile):
    late_upload = completion(1, success(electric_bill(kwh=500)), bill=2, received=60)
    early_upload = completion(2, success(electric_bill(kwh=700)), bill=1, received=0)
    await profile.folded(late_upload, early_upload)
    answer = await load_profile(profile)
    assert answer.active_bill_id == bill_id(1)
    assert answer.months[2].energy_kwh == "700.0000"


async def test_reading_is_given_back_as_it_came(profile):
    told = completion(1, success(electric_bill(), gas_bill()))
    await profile.folded(told)
    answer = await profile.stub.GetReading(
        pb.GetReadingRequest(project_id=PROJECT, bill_id=bill_id(1)), metadata=profile.of(TENANT), timeout=10
    )
    assert list(answer.readings) == list(told.outcome.success.readings)
    assert answer.completed_at == told.completed_at


async def test_deleted_bill_gives_way_to_the_next_survivor_and_then_to_nothing(profile):
    await profile.folded(
        completion(1, success(electric_bill(kwh=500)), bill=1),
        completion(2, success(electric_bill(kwh=700)), bill=2),
        completion(3, "deleted", bill=2),
    )
    survivor = await load_profile(profile)
    assert (survivor.active_bill_id, survivor.version) == (bill_id(1), 3)
    changes = await profile.folded(completion(4, "deleted", bill=1))
    assert changes[-2].profile_changed == pb.ProfileChanged(version=4, active_bill_id="")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await load_profile(profile)
    assert reason_of(refused.value) == "NO_LOAD_PROFILE"


async def test_load_profile_is_refused_with_a_sentence_when_no_bill_holds_a_usable_month(profile):
    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await load_profile(profile)
    await profile.folded(completion(1, success(gas_bill())))
    with pytest.raises(grpc.aio.AioRpcError) as gas:
        await load_profile(profile)
    await profile.folded(completion(2, success(electric_bill("2026-03-01", "2026-03-09"))))
    with pytest.raises(grpc.aio.AioRpcError) as short:
        await load_profile(profile)
    assert {reason_of(one.value) for one in (unknown, gas, short)} == {"NO_LOAD_PROFILE"}
    sentences = [one.value.details() or "" for one in (unknown, gas, short)]
    assert "has been read" in sentences[0]
    assert "electricity" in sentences[1]
    assert "more than half" in sentences[2]


async def test_gas_bill_leaves_the_electric_profile_in_effect(profile):
    await profile.folded(completion(1, success(), bill=1), completion(2, success(gas_bill()), bill=2))
    assert (await load_profile(profile)).active_bill_id == bill_id(1)


async def test_policy_chooses_the_active_bill_and_the_profile_follows_at_once(profile):
    await profile.folded(
        completion(1, success(electric_bill("2026-03-01", "2026-04-01", kwh=300)), bill=1, received=30),
        completion(2, success(electric_bill("2026-04-01", "2026-05-01", kwh=400)), bill=2, received=10),
        completion(3, success(electric_bill("2026-02-01", "2026-03-01", kwh=200)), bill=3, received=20),
    )
    chosen = {}
    for rule in (
        pb.ACTIVE_BILL_RULE_LAST_UPLOADED,
        pb.ACTIVE_BILL_RULE_LATEST_PERIOD,
        pb.ACTIVE_BILL_RULE_LAST_PARSED,
    ):
        chosen[rule] = (await update_policy(profile, rule)).active_bill_id
        assert (await load_profile(profile)).active_bill_id == chosen[rule]
    assert list(chosen.values()) == [bill_id(1), bill_id(2), bill_id(3)]
    pinned = await update_policy(profile, pb.ACTIVE_BILL_RULE_PINNED, bill_id(1))
    assert pinned.active_bill_id == bill_id(1)
    assert (await load_profile(profile)).version == 7
    changes = await profile.changes(lambda seen: sum(one.HasField("profile_changed") for one in seen) == 7)
    assert [one.profile_changed.version for one in changes if one.HasField("profile_changed")] == list(range(1, 8))


async def test_pinned_bill_stays_active_until_it_is_deleted(profile):
    await profile.folded(completion(1, success(), bill=1))
    await update_policy(profile, pb.ACTIVE_BILL_RULE_PINNED, bill_id(1))
    await profile.folded(completion(2, success(electric_bill(kwh=700)), bill=2))
    assert (await load_profile(profile)).active_bill_id == bill_id(1)
    await profile.folded(completion(3, "deleted", bill=1))
    policy = await profile.stub.GetPolicy(pb.GetPolicyRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    assert policy == pb.Policy(project_id=PROJECT, rule=pb.ACTIVE_BILL_RULE_LAST_PARSED, active_bill_id=bill_id(2))


async def test_merged_rule_puts_all_bills_together_and_follows_each_of_them(profile):
    await profile.folded(
        completion(1, success(electric_bill("2026-03-01", "2026-03-11", kwh=100)), bill=1),
        completion(2, success(electric_bill("2026-04-01", "2026-05-01", kwh=400)), bill=2),
    )
    policy = await update_policy(profile, pb.ACTIVE_BILL_RULE_MERGED)
    assert (policy.rule, policy.active_bill_id) == (pb.ACTIVE_BILL_RULE_MERGED, bill_id(2))
    assert (await load_profile(profile)).months_observed == 1
    await profile.folded(completion(3, success(electric_bill("2026-03-11", "2026-04-01", kwh=210)), bill=3))
    both = await load_profile(profile)
    assert [(month.month, month.energy_kwh, month.bill_id) for month in both.months if month.year] == [
        (3, "310.0000", bill_id(3)),
        (4, "400.0000", bill_id(2)),
    ]
    assert both.active_bill_id == bill_id(3)
    await profile.folded(completion(4, "deleted", bill=1))
    left = await load_profile(profile)
    assert (left.months[2].energy_kwh, left.version) == ("310.0000", both.version + 1)
    assert left.months[2].days_covered == 21


@pytest.mark.parametrize(
    ("rule", "pinned", "reason"),
    [
        (pb.ACTIVE_BILL_RULE_UNSPECIFIED, "", "BAD_REQUEST"),
        (pb.ACTIVE_BILL_RULE_PINNED, "", "BAD_REQUEST"),
        (pb.ACTIVE_BILL_RULE_LAST_PARSED, bill_id(1), "BAD_REQUEST"),
        (pb.ACTIVE_BILL_RULE_PINNED, "no uuid", "BAD_REQUEST"),
        (pb.ACTIVE_BILL_RULE_PINNED, bill_id(9), "NO_READING"),
    ],
)
async def test_policy_is_refused_when_it_makes_no_sense(profile, rule, pinned, reason):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await update_policy(profile, rule, pinned)
    assert reason_of(refused.value) == reason


async def test_accounts_are_listed_newest_first_in_pages(profile):
    bills = [
        completion(number, success(electric_bill(account_number=_number(f"30-0{number}"))), bill=number)
        for number in range(1, 6)
    ]
    await profile.folded(*bills)
    numbers, token = [], ""
    while True:
        page = await profile.stub.ListAccounts(
            pb.ListAccountsRequest(project_id=PROJECT, page_size=2, page_token=token), metadata=profile.of(TENANT)
        )
        assert len(page.accounts) <= 2
        numbers += [account.account_number for account in page.accounts]
        token = page.next_page_token
        if not token:
            break
    assert numbers == ["30-05", "30-04", "30-03", "30-02", "30-01"]
    assert page.accounts[0].meters[0].number == "40718263"


def _number(text):
    from tests.profile.readings import fact

    return fact(text)


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "MjAyNi0wNS0wMVQwMDowMDowMCBub25l"])
async def test_accounts_refuse_a_page_token_that_is_not_theirs(profile, token):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await profile.stub.ListAccounts(
            pb.ListAccountsRequest(project_id=PROJECT, page_token=token), metadata=profile.of(TENANT)
        )
    assert reason_of(refused.value) == "BAD_PAGE_TOKEN"


async def test_other_tenant_sees_nothing_through_any_call(profile):
    await profile.folded(
        completion(1, success()), completion(2, failure(), bill=2, project=OTHER_PROJECT, tenant=OTHER_TENANT)
    )
    other = profile.of(OTHER_TENANT)
    stub = profile.stub
    refusals = {}
    hours = stub.GetHours(pb.GetHoursRequest(project_id=PROJECT), metadata=other)
    for name, call in {
        "GetHours": hours,
        "GetReading": stub.GetReading(pb.GetReadingRequest(project_id=PROJECT, bill_id=bill_id(1)), metadata=other),
        "GetLoadProfile": stub.GetLoadProfile(pb.GetLoadProfileRequest(project_id=PROJECT), metadata=other),
        "GetSuppliedProfile": stub.GetSuppliedProfile(GetSuppliedProfileRequest(project_id=PROJECT), metadata=other),
        "DeleteSuppliedProfile": stub.DeleteSuppliedProfile(
            DeleteSuppliedProfileRequest(project_id=PROJECT), metadata=other
        ),
        "UpdatePolicy": stub.UpdatePolicy(
            pb.UpdatePolicyRequest(project_id=PROJECT, rule=pb.ACTIVE_BILL_RULE_PINNED, pinned_bill_id=bill_id(1)),
            metadata=other,
        ),
    }.items():
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        refusals[name] = reason_of(refused.value)
    assert refusals == {
        "GetHours": "NO_LOAD_PROFILE",
        "GetReading": "NO_READING",
        "GetLoadProfile": "NO_LOAD_PROFILE",
        "GetSuppliedProfile": "NO_LOAD_PROFILE",
        "DeleteSuppliedProfile": "NO_LOAD_PROFILE",
        "UpdatePolicy": "NO_READING",
    }
    accounts = await stub.ListAccounts(pb.ListAccountsRequest(project_id=PROJECT), metadata=other)
    assert accounts == pb.ListAccountsResponse()
    policy = await stub.GetPolicy(pb.GetPolicyRequest(project_id=PROJECT), metadata=other)
    assert policy.active_bill_id == ""
    months = await stub.ListMonths(pb.ListMonthsRequest(project_id=PROJECT), metadata=other)
    assert (len(months.months), len(months.findings), months.currency) == (0, 0, "")
    # Supplying is walked in test_supplied_service; erasing takes away what is the token's own, whatever it names.
    await stub.EraseProject(pb.EraseProjectRequest(project_id=PROJECT), metadata=other)
    walked = {*refusals, "ListAccounts", "ListMonths", "GetPolicy", "FollowChanges", "SupplyProfile"}
    walked |= {"EraseProject", "EraseTenant"}
    assert walked == {method.name for method in pb.DESCRIPTOR.services_by_name["Profiles"].methods}
    await update_policy(profile, pb.ACTIVE_BILL_RULE_LATEST_PERIOD, tenant=OTHER_TENANT)
    mine = await stub.GetPolicy(pb.GetPolicyRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    assert mine.rule == pb.ACTIVE_BILL_RULE_LAST_PARSED
    changes = await profile.changes(lambda seen: bool(seen), tenant=OTHER_TENANT)
    assert {one.tenant_id for one in changes} == {OTHER_TENANT}


async def test_calls_without_a_tenant_or_credentials_are_refused(profile):
    request = pb.GetLoadProfileRequest(project_id=PROJECT)
    with pytest.raises(grpc.aio.AioRpcError) as nobody:
        await profile.stub.GetLoadProfile(request)
    with pytest.raises(grpc.aio.AioRpcError) as everybody:
        await profile.stub.GetLoadProfile(request, metadata=tuple(profile.credentials.for_service()))
    assert (reason_of(nobody.value), reason_of(everybody.value)) == ("NO_KEY", "MISSING_SCOPE")


async def test_api_key_may_do_what_its_scopes_say(profile, database):
    async with database.service() as connection:
        tenant_id = await create_tenant(connection, "Tenant")
        _, reads = await create_key(connection, tenant_id, name="reads", scopes=["read"])
        _, uploads = await create_key(connection, tenant_id, name="uploads", scopes=["upload"])
    change = pb.UpdatePolicyRequest(project_id=PROJECT, rule=pb.ACTIVE_BILL_RULE_LATEST_PERIOD)
    ask = pb.GetPolicyRequest(project_id=PROJECT)
    follow = pb.FollowChangesRequest(stop_at_end=True)
    assert (await profile.stub.GetPolicy(ask, metadata=bearer(reads))).project_id == PROJECT
    refused = []
    for call in (
        profile.stub.UpdatePolicy(change, metadata=bearer(reads)),
        profile.stub.GetPolicy(ask, metadata=bearer(uploads)),
        profile.stub.FollowChanges(follow, metadata=bearer(uploads)).read(),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call
        refused.append(reason_of(error.value))
    assert refused == ["MISSING_SCOPE"] * 3


async def test_followed_changes_end_when_asked_to_stop_at_the_end(profile):
    await profile.folded(completion(1, success()))
    call = profile.stub.FollowChanges(
        pb.FollowChangesRequest(after_position=3, stop_at_end=True), metadata=profile.of(TENANT)
    )
    seen = [response async for response in call]
    assert [one.WhichOneof("message") for one in seen] == ["change", "progress"]
    assert seen[-1].progress.position == 4


async def test_two_followers_at_once_apply_everything_once(database):
    async with running_profile(database, followers=2) as profile:
        bills = [completion(position, success(electric_bill(kwh=position)), bill=position) for position in range(1, 31)]
        for at in range(0, 30, 3):
            await profile.ingest.append(*bills[at : at + 3])
        changes = await profile.changes(lambda seen: sum(one.HasField("parse_completed") for one in seen) >= 30)
        assert [one.position for one in changes] == list(range(1, len(changes) + 1))
        assert len({one.event_id for one in changes}) == len(changes)
        parsed = [one.parse_completed.bill_id for one in changes if one.HasField("parse_completed")]
        assert parsed == [bill_id(number) for number in range(1, 31)]
        assert (await load_profile(profile)).version == 30
