"""Reviews over HTTP: what waits, what a decision does, what an act would change; refusals with their reasons."""

from typing import Any

from domain.money import Money
from domain.proofs import prove
from gateway.webhooks.events import event_of
from protos.profile.v1 import profile_pb2
from runtime.wire import outcome_to_proto
from tests.gateway.edge import until
from tests.profile.readings import electric_bill, fact, success

RULE = "previous_less_payments_plus_new_is_due"
WHO = {"reviewed_by": "Robin"}


def wrong():
    """A bill whose balance does not add up."""
    one = electric_bill(previous_balance=fact(Money.of("10.00", "USD")), amount_due=fact(Money.of("140.00", "USD")))
    return electric_bill(previous_balance=one.previous_balance, amount_due=one.amount_due, proofs=prove(one))


async def held_bill(edge, project_id, reading=None):
    """Upload a bill and have it read; return its address once the review shows it."""
    told = await edge.upload(project_id)
    await edge.read_next(outcome_to_proto(success(reading or wrong())))
    path = f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}"

    async def readable():
        async with edge.ask("GET", path + "/review") as answer:
            return answer.status == 200

    await until(readable)
    return path


async def test_bill_that_does_not_add_up_waits_is_corrected_and_counts_once_it_is_confirmed(edge):
    project_id = await edge.project()
    settings = f"/v1/projects/{project_id}/review_settings"
    assert (await edge.json("GET", settings))["hold"] == "never"
    told = await edge.json("PUT", settings, json={"hold": "by_rule", "rules": {"low_confidence": "skip"}})
    assert (told["hold"], told["rules"][RULE], told["rules"]["low_confidence"]) == ("by_rule", "hold", "skip")
    path = await held_bill(edge, project_id)

    review = await edge.json("GET", path + "/review")
    assert (review["state"], [one["rule_id"] for one in review["reasons"]]) == ("held", [RULE])
    [held] = (await edge.json("GET", f"/v1/projects/{project_id}/held_utility_bills"))["held_utility_bills"]
    assert held["utility_bill_id"] == review["utility_bill_id"]
    assert (await edge.json("GET", f"/v1/ledger_bills?project_id={project_id}"))["ledger_bills"] == []
    await edge.json("GET", f"/v1/projects/{project_id}/load_profile", status=404)

    record = review["statements"][0]["ledger_bill_id"]
    query = f"?act=amend&ledger_bill_id={record}&field=amount_due&value=132.93"
    seen = await edge.json("GET", path + "/review/preview" + query)
    assert seen["fields"] == [{"field": "amount_due", "before": "140.00", "after": "132.93"}]
    assert [one["verdict"] for one in seen["proofs_after"] if one["rule_id"] == RULE] == ["pass"]
    change = {"changes": [{"field": "amount_due", "value": "132.93"}], "amended_by": "Robin", "reason": "smudge"}
    corrected = await edge.json("POST", f"/v1/ledger_bills/{record}/amendments", status=201, json=change)
    assert (corrected["archived"], corrected["archive_reason"]) == (True, "held")
    late = await edge.json("POST", f"/v1/ledger_bills/{record}/amendments", status=409, json=change)
    assert late["reason"] == "LEDGER_BILL_ARCHIVED"

    stale = await edge.json("POST", path + "/confirm", status=409, json={**WHO, "version": review["version"]})
    assert stale["reason"] == "REVIEW_OUTDATED"
    seen = await edge.json("GET", path + "/review/preview")
    done = await edge.json("POST", path + "/confirm", json=WHO)
    assert (done["state"], done["in_profile"]) == ("confirmed", True)
    profile = await edge.json("GET", f"/v1/projects/{project_id}/load_profile")
    assert profile["months"] == seen["profile_after"]["months"]
    [standing] = (await edge.json("GET", f"/v1/ledger_bills?project_id={project_id}"))["ledger_bills"]
    assert (standing["ledger_bill_id"], standing["amount_due"]["amount"]) == (corrected["ledger_bill_id"], "132.93")


async def test_rejected_bill_is_listed_apart_and_values_are_confirmed_by_name(edge):
    project_id = await edge.project()
    await edge.json("PUT", f"/v1/projects/{project_id}/review_settings", json={"hold": "always"})
    path = await held_bill(edge, project_id, electric_bill())
    values = {"paths": ["usages[0].quantity"], **WHO}
    said = (await edge.json("POST", path + "/confirmed_values", json=values))["statements"][0]["confirmed_values"]
    assert [(one["path"], one["confirmed_by"]) for one in said] == [("usages[0].quantity", "Robin")]
    done = await edge.json("POST", path + "/reject", json={**WHO, "reason": "another site"})
    assert (done["state"], done["decisions"][0]["reason"]) == ("rejected", "another site")
    listed = f"/v1/projects/{project_id}/held_utility_bills"
    assert (await edge.json("GET", listed))["held_utility_bills"] == []
    assert len((await edge.json("GET", listed + "?state=rejected"))["held_utility_bills"]) == 1
    assert (await edge.json("POST", path + "/confirm", json=WHO))["state"] == "confirmed"
    again = await edge.json("POST", path + "/reject", status=409, json={**WHO, "reason": "x"})
    assert again["reason"] == "NOTHING_HELD"


async def test_what_makes_no_sense_is_refused_by_name(edge):
    project_id = await edge.project()
    settings = f"/v1/projects/{project_id}/review_settings"
    path = await held_bill(edge, project_id, electric_bill())
    for rules in ({"nothing": "hold"}, {RULE: 1}, {RULE: "often"}, 1):
        wrong_rules = {"hold": "always", "rules": rules}
        assert (await edge.json("PUT", settings, status=400, json=wrong_rules))["reason"] == "BAD_REQUEST"
    assert (await edge.json("PUT", settings, status=400, json={"hold": "often"}))["reason"] == "BAD_REQUEST"
    bodies: list[dict[str, Any]] = [{}, {"reviewed_by": ""}, {**WHO, "paths": []}, {**WHO, "paths": ["nothing"]}]
    for body in bodies:
        await edge.json("POST", path + "/confirmed_values", status=400, json=body)
    for query in ("?act=amend", "?act=delete", "?act=confirm&field=x&ledger_bill_id=y", "?act=pin&field=y", "?value=1"):
        await edge.json("GET", path + "/review/preview" + query, status=400)
    absent = "/v1/projects/00000000-0000-4000-8000-000000000001"
    await edge.json("GET", absent + "/review_settings", status=404)
    await edge.json("PUT", absent + "/review_settings", status=404, json={"hold": "always"})
    await edge.json("POST", path + "/reject", status=400, json=WHO)


async def test_key_that_may_only_read_looks_and_previews_and_decides_nothing(edge):
    project_id = await edge.project()
    path = await held_bill(edge, project_id, electric_bill())
    key = await edge.new_key(scopes=("read",))
    await edge.json("GET", path + "/review", key=key)
    await edge.json("GET", path + "/review/preview?act=pin", key=key)
    await edge.json("POST", path + "/confirm", status=403, key=key, json=WHO)
    other = await edge.new_key(await edge.new_tenant())
    for method, more, body in (("GET", "/review", None), ("POST", "/confirm", WHO), ("GET", "/pages/1/words", None)):
        await edge.json(method, path + more, status=404, key=other, **({"json": body} if body else {}))


def test_changes_of_reviews_become_events_with_the_bill_that_erases_them():
    change = profile_pb2.Change(event_id="1", tenant_id="t", project_id="p")
    change.bill_confirmed.bill_id = "b"
    change.bill_confirmed.was_held = True
    change.bill_confirmed.reviewed_by = "Robin"
    confirmed = event_of(change)
    assert confirmed is not None
    assert (confirmed.type, confirmed.bill_id) == ("bill_confirmed", "b")
    assert b'"was_held":true' in confirmed.body
    change.bill_held.bill_id = "b"
    held = event_of(change)
    assert held is not None
    assert (held.type, held.bill_id) == ("bill_held", "b")
    change.bill_rejected.bill_id = "b"
    rejected = event_of(change)
    assert rejected is not None
    assert (rejected.type, rejected.bill_id) == ("bill_rejected", "b")
