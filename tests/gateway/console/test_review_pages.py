"""The review as plain pages: arithmetic with its places, what waits and what would change, forms that do it, hostile texts."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.console.review.arithmetic import tokens_of
from gateway.console.review.picked import plain
from protos.values.v1 import reading_pb2
from tests.gateway.console.test_console_pages import HOSTILE, check_inert
from tests.gateway.test_reviews import held_bill, wrong
from tests.profile.readings import electric_bill, fact

WHO = {"who": "Robin"}


def proof(rule_id, statement, *fields):
    return reading_pb2.Proof(rule_id=rule_id, statement=statement, fields=fields)


def test_sum_is_written_out_with_the_place_of_each_part():
    says = {"new_charges": "90.00", "charges[0].amount": "100.00", "charges[1].amount": "-10.00"}
    told = tokens_of(proof("items_sum_to_new_charges", "sum of 2 charges 90.00 = 90.00", *says), says)
    assert "".join(one.text for one in told) == "100.00 − 10.00 = 90.00"
    assert [one.path for one in told if one.path] == ["charges[0].amount", "charges[1].amount", "new_charges"]


def test_number_of_an_identity_belongs_to_the_value_that_says_it_and_others_to_none():
    says = {"usages[0].quantity": "620", "meters[0].current_read": "48279", "meters[0].previous_read": "48217"}
    told = tokens_of(proof("read_difference", "(48279 - 48217) x 10 = 620", *says), says)
    assert "".join(one.text for one in told) == "(48279 − 48217) × 10 = 620"
    assert {one.text: one.path for one in told if one.path} == {
        "48279": "meters[0].current_read",
        "48217": "meters[0].previous_read",
        "620": "usages[0].quantity",
    }
    days = tokens_of(
        proof("days", "2026-03-01 to 2026-03-31 = 31 days", "period"), {"period": "2026-03-01 to 2026-03-31"}
    )
    assert [(one.text, one.path) for one in days if one.path] == [("2026-03-01", "period"), ("2026-03-31", "period")]


PICKED = [
    ("$1,234.50", "charges[0].amount", "1234.50"),
    ("1.234,50", "amount_due", "1234.50"),
    ("1,234", "usages[0].amount", "1234"),
    ("0,1139", "charges[1].rate", "0.1139"),
    ("$0.125", "charges[1].rate", "0.125"),
    ("12.345", "charges[1].rate", "12.345"),
    ("0.500", "usages[0].amount", "0.500"),
    ("1,234,567", "usages[0].amount", "1234567"),
    ("-12.5", "amount_due", "-12.5"),
    ("620.", "usages[0].amount", "620"),
    ("12-B", "invoice_number", "12-B"),
    ("none", "amount_due", "none"),
    ("(12.50)", "charges[0].amount", "-12.50"),
    ("($1,234.50)", "amount_due", "-1234.50"),
    ("12.50-", "amount_due", "-12.50"),
    ("$12.50CR", "amount_due", "-12.50"),
    ("12,50 cr.", "previous_balance", "-12.50"),
    ("\u221212.50", "adjustments", "-12.50"),
    ("-(12.50)", "adjustments", "-12.50"),
    ("-$114.14", "payments", "114.14"),
    ("114.14CR", "payments", "114.14"),
    ("2-3", "meters[0].current_read", "23"),
]
"""What a word on the page says to a field: of picked.py and, in a browser, of picked.js."""


@pytest.mark.parametrize(("text", "field", "said"), PICKED)
def test_word_is_picked_as_a_correction_says_it(text, field, said):
    assert plain(text, field) == said
    if said not in ("none", "12-B"):
        Decimal(said)


async def test_held_bill_is_reviewed_by_forms_alone(edge, browser):
    project_id = await edge.project()
    settings = f"/console/projects/{project_id}/review"
    saved = await browser.post(settings, data={"hold": "by_rule", "rule-low_confidence": "check"})
    assert (saved.status, saved.location) == (303, settings)
    path = await held_bill(edge, project_id)
    listed = await browser.get(settings)
    check_inert(listed)
    [bill] = [one for one in listed.page.all("a", "href") if "/bills/" in one]
    assert path.endswith(bill.rpartition("/")[2])
    shown = await browser.get(bill + "?value=amount_due")
    check_inert(shown)
    assert "Held: it waits for you" in shown.page.text
    assert "What confirming it would change" in shown.page.text
    assert "≠ 10.00 − 0 + 0 + 122.93 = 140.00 off by" in shown.page.text
    record = next(iter(shown.page.elements_named("ledger_bill_id")))

    form = {"path": "amount_due", "field": "amount_due", "ledger_bill_id": record, "value": "132.93", **WHO}
    tried = await browser.post(bill + "/corrections", data={**form, "act": "preview"})
    assert tried.location == f"{bill}?value=amount_due&text=132.93"
    preview = await browser.get(tried.location)
    assert "amount due: 140.00 → 132.93" in preview.page.text
    assert "✓ 10.00 - 0 + 0 + 122.93 = 132.93" in preview.page.text
    done = await browser.post(bill + "/corrections", data={**form, "act": "correct"})
    assert done.location == f"{bill}?value=amount_due&corrected=1"
    changed = await browser.get(done.location)
    assert "What the correction changed" in changed.page.text
    assert "amount due: 140.00 → 132.93" in changed.page.text
    late = await browser.post(bill + "/corrections", data={**form, "act": "correct"})
    assert late.location.endswith("outdated=1")
    assert "nothing was changed" in (await browser.get(late.location)).page.text
    now = {**form, "ledger_bill_id": next(iter(changed.page.elements_named("ledger_bill_id"))), "value": "much"}
    bad = await browser.post(bill + "/corrections", data={**now, "act": "correct"})
    assert bad.location == f"{bill}?value=amount_due&text=much"
    refused = await browser.get(bad.location)
    assert "What this correction would change" in refused.page.text
    assert "Correct it so" not in refused.page.text

    version = next(iter(changed.page.elements_named("version")))
    stale = await browser.post(bill + "/decision", data={"act": "confirm", "version": "1-0-0", **WHO})
    assert stale.location.endswith("outdated=1")
    await browser.post(bill + "/decision", data={"act": "confirm", "version": version, **WHO})
    confirmed = await browser.get(bill)
    assert "☑ Confirmed" in confirmed.page.text
    assert "confirmed by Robin" in confirmed.page.text
    await browser.post(bill + "/pin", data={"act": "pin"})
    assert "Pinned: it makes the load profile" in (await browser.get(bill)).page.text
    assert "What it would change to unpin this bill" in (await browser.get(bill + "?act=unpin")).page.text


async def test_bill_that_waits_leads_to_the_next_one(edge, browser):
    project_id = await edge.project()
    await browser.post(f"/console/projects/{project_id}/review", data={"hold": "always"})
    bills = [await held_bill(edge, project_id, electric_bill(account_number=fact(one))) for one in ("1", "2")]
    pages = [path.replace("/v1/", "/console/").replace("/utility_bills/", "/bills/") for path in bills]
    for this, other in (pages, pages[::-1]):
        assert other in (await browser.get(this)).page.all("a", "href")
    assert "2 bills wait for a person" in (await browser.get(f"/console/projects/{project_id}")).page.text
    await browser.post(pages[1] + "/decision", data={"act": "confirm", **WHO})
    assert "Next bill that waits" not in (await browser.get(pages[0])).page.text


async def test_value_is_confirmed_and_the_next_doubt_comes(edge, browser):
    project_id = await edge.project()
    path = await held_bill(edge, project_id, wrong())
    bill = path.replace("/v1/", "/console/").replace("/utility_bills/", "/bills/")
    form = {"path": "new_charges", "inner_path": "new_charges", "statement": "1", "act": "confirm", **WHO}
    told = await browser.post(bill + "/values", data=form)
    assert told.location == f"{bill}?value=amount_due"
    shown = await browser.get(bill + "?value=new_charges")
    assert "☑ confirmed by a person" in shown.page.text
    nobody = await browser.post(bill + "/values", data={**form, "who": " "})
    assert nobody.status == 400


async def test_hostile_names_and_reasons_are_shown_inert(edge, browser):
    project_id = await edge.project()
    await browser.post(f"/console/projects/{project_id}/review", data={"hold": "always"})
    for text in HOSTILE:
        one = electric_bill(holder=fact(text))
        path = await held_bill(edge, project_id, replace(one, invoice_number=fact(text)))
        bill = path.replace("/v1/", "/console/").replace("/utility_bills/", "/bills/")
        shown = await browser.get(bill + "?value=holder")
        record = next(iter(shown.page.elements_named("ledger_bill_id")))
        form = {"path": "holder", "field": "holder", "ledger_bill_id": record, "value": "x" + text, "act": "correct"}
        await browser.post(bill + "/corrections", data={**form, "who": "x" + text, "reason": "x" + text})
        await browser.post(bill + "/decision", data={"act": "reject", "who": "x" + text, "reason": "x" + text})
        for address in (
            bill,
            bill + "?value=holder&corrected=1",
            bill + "?value=holder&text=" + "x",
            bill + "?value=" + "y",
        ):
            screen = await browser.get(address)
            assert screen.status == 200
            check_inert(screen)
    check_inert(await browser.get(f"/console/projects/{project_id}/review"))


async def test_forms_are_refused_from_elsewhere_and_to_who_may_not(edge, browser):
    project_id = await edge.project()
    path = await held_bill(edge, project_id, electric_bill())
    bill = path.replace("/v1/", "/console/").replace("/utility_bills/", "/bills/")
    for act in ("corrections", "values", "decision", "pin"):
        strange = await browser.post(f"{bill}/{act}", headers={"Sec-Fetch-Site": "cross-site"}, data=WHO)
        assert (strange.status, strange.location) == (303, "/console/sign-in")
    await browser.sign_in(await edge.new_key(scopes=("read",)))
    assert (await browser.get(bill)).status == 200
    assert (await browser.post(bill + "/decision", data={"act": "confirm", **WHO})).status == 403
