"""Why a number is what it is: every number of a project leads to its explanation, and the explanation's arithmetic adds up."""

import re
from decimal import Decimal

import pytest

from runtime.wire import outcome_to_proto
from tests.gateway.console.test_console_pages import check_inert, sample
from tests.gateway.edge import until
from tests.profile.readings import electric_bill, history, success


def numbers(text, places=4):
    found = re.findall(rf"(?<![\d.,-])[\d,]+\.\d{{{places}}}(?!\d)", text)
    return [Decimal(one.replace(",", "")) for one in found]


def asked(screen):
    return [one["href"] for tag, one in screen.page.elements if tag == "a" and "data-why" in one]


async def _profile(edge, project_id):
    async def there():
        async with edge.ask("GET", f"/v1/projects/{project_id}/load_profile") as answer:
            return await answer.json() if answer.status == 200 else None

    return await until(there)


async def test_every_number_of_a_project_is_explained_and_adds_up(edge, browser):
    project_id = await edge.project()
    bill = await sample(edge, project_id)
    profile = await _profile(edge, project_id)
    project = f"/console/projects/{project_id}"
    shown = await browser.get(project)
    assert len([one for one in asked(shown) if "of=month" in one]) == 12
    assert {"of=year", "of=cost"} <= {one.rpartition("?")[2] for one in asked(shown)}
    hours = await browser.get(f"{project}/hours?year=2026")
    day = f"{project}/why?of=day&day=2026-03-08&hour=18&year=2026&shape=us-residential"
    for path in {*asked(shown), *asked(hours), f"{project}/why?of=band", day}:
        why = await browser.get(path)
        assert why.status == 200, path
        check_inert(why)
        assert [one for tag, one in why.page.elements if tag == "article" and "data-explanation" in one]
        for further in asked(why)[:2]:
            assert (await browser.get(further)).status == 200

    year = numbers((await browser.get(f"{project}/why?of=year")).page.text)
    assert year[0] == year[-1] == sum(year[1:-1]) == Decimal(profile["annual_energy_kwh"])
    text = (await browser.get(f"{project}/why?of=cost")).page.text
    assert profile["average_rate"] in text
    assert re.search(r"644\.0000 kWh × 0\.\d{6} USD", text), text
    costs = [Decimal(month["cost"]["amount"]) for month in profile["months"]]
    assert numbers(text, 2)[-1] == sum(costs)
    march = next(month for month in profile["months"] if month["month"] == 3)
    of_hours = numbers((await browser.get(f"{project}/why?of=hours&month=3&year=2026")).page.text)
    assert of_hours[-1] == Decimal(march["energy_kwh"])
    rows = of_hours[-73:-1]
    assert all(rows[at] + rows[at + 1] == rows[at + 2] for at in range(0, 72, 3))
    told = await edge.json("GET", f"/v1/projects/{project_id}/load_profile/hours?year=2026")
    first = (31 + 28 + 7) * 24
    in_day = [Decimal(one) for one in told["energy_kwh"][first : first + 24]]
    assert f"Why Sunday 2026-03-08 is {sum(in_day):,.4f} kWh" in (await browser.get(day)).page.text
    # A figure of the ledger leads to the value that it was read from.
    (account,) = [one for one in (await browser.get("/console/accounts")).page.all("a", "href") if "/accounts/" in one]
    charges = next(one for one in asked(await browser.get(account)) if "new_charges" in one)
    assert charges == f"{bill}?value=new_charges&statement=1"
    assert "new charges ✓ proved 122.93 USD" in (await browser.get(charges)).page.text


async def test_question_that_cannot_be_answered_is_refused_as_such(edge, browser):
    project_id = await edge.project()
    why = f"/console/projects/{project_id}/why"
    assert (await browser.get(f"{why}?of=year")).status == 404
    await sample(edge, project_id)
    for query in (
        "",
        "?of=else",
        "?of=month",
        "?of=month&month=13",
        "?of=day&day=x",
        "?of=day&day=1999-01-01",
        "?of=hours&month=3&year=x",
    ):
        assert (await browser.get(why + query)).status == 400, query


async def test_months_that_are_filled_say_how_and_how_far_they_may_be_off(edge, browser):
    project_id = await edge.project()
    await edge.upload(project_id)
    await edge.read_next(outcome_to_proto(success(electric_bill())))
    profile = await _profile(edge, project_id)
    project = f"/console/projects/{project_id}"
    assert any("of=band" in one for one in asked(await browser.get(project)))
    text = (await browser.get(f"{project}/why?of=band")).page.text
    assert f"±{profile['band_percent']} %" in text
    assert "1 of the twelve months come from bills" in text
    assert text.count("kWh, filled") == 11
    july = (await browser.get(f"{project}/why?of=month&month=7")).page.text
    assert "it is filled from the others by their season" in july
    assert f"× {profile['average_rate']} USD" in july


@pytest.mark.parametrize(
    ("bill", "price"),
    [
        # What the bill itself charges is the price; its history, dearer and cheaper, is in the average only.
        (
            electric_bill(history=tuple(history(f"2025-{month:02}", 600, cost=60 * month) for month in (10, 11, 12))),
            "0.198274",
        ),
        # The price's six decimals come to more than a cent.
        (electric_bill(kwh=912_345), "0.000135"),
    ],
)
async def test_months_that_no_bill_charges_for_say_the_price_that_made_their_cost(edge, browser, bill, price):
    project_id = await edge.project()
    await edge.upload(project_id)
    await edge.read_next(outcome_to_proto(success(bill)))
    profile = await _profile(edge, project_id)
    project = f"/console/projects/{project_id}"
    text = (await browser.get(f"{project}/why?of=cost")).page.text
    estimated = [month for month in profile["months"] if month["source"] == "estimated"]
    assert text.count(f" kWh × {price} USD") == len(estimated) > 0
    assert text.count("what the bills charge for its days") == 12 - len(estimated)
    july = (await browser.get(f"{project}/why?of=month&month=7")).page.text
    assert f"kWh × {price} USD" in july


async def test_costs_of_a_supplied_year_are_not_said_to_be_of_bills(edge, browser):
    project_id = await edge.project()
    supply = {"monthly_bill": [50, *[None] * 11], "price": "0.25", "country": "US"}
    await edge.json("PUT", f"/v1/projects/{project_id}/load_profile/supplied", json=supply)
    text = (await browser.get(f"/console/projects/{project_id}/why?of=cost")).page.text
    assert text.count("what somebody supplied") == 1
    assert text.count(" kWh × 0.250000 USD") == 11
    assert "what the bills charge for its days" not in text
