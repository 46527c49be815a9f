"""A person at the review: finds the doubt, corrects it by keyboard alone, sees what moves, and lets the bill count."""

import re

from playwright.async_api import expect

from gateway.console.assets import address
from tests.gateway.console.browser.house import DOUBTFUL, SAMPLE
from tests.gateway.console.browser.screen import value
from tests.gateway.console.test_review_pages import PICKED

SEPTEMBER = "history[5].quantity"


async def test_person_corrects_a_held_bill_by_keyboard_alone_and_lets_it_count(screen, person):
    page, project_id = screen.page, await person.project("Home")
    await screen.open(f"/console/projects/{project_id}/review")
    await page.get_by_label("every bill").check()
    await page.get_by_role("button", name="Save").click()
    await screen.check()

    await screen.open(f"/console/projects/{project_id}")
    await page.locator("input[type=file]").set_input_files(DOUBTFUL)
    await page.get_by_role("button", name="Upload").click()
    row = page.get_by_role("link", name=DOUBTFUL.name)
    await expect(row).to_be_visible()
    await expect(page.get_by_text("✓ read")).to_be_visible()
    await expect(page.get_by_text("No bill shows a usable month yet")).to_be_visible()
    await expect(page.get_by_role("link", name="1 bill waits for a person")).to_be_visible()
    await row.click()
    await expect(page.get_by_role("heading", name="Held: it waits for you")).to_be_visible()
    await expect(page.get_by_role("heading", name="What confirming it would change")).to_be_visible()
    await screen.check()

    # From here on without a mouse.
    await value(page, SEPTEMBER).focus()
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await expect(value(page, SEPTEMBER)).to_have_attribute("aria-current", "true")
    await expect(page).to_have_url(re.compile(r"#value=history%5B5%5D\.quantity$"))
    await expect(page.locator(".box.chosen")).to_have_count(1)
    await page.keyboard.press("e")
    await expect(page.locator("#value")).to_be_focused()
    await page.keyboard.type("655")
    await expect(page.locator(".effect")).to_contain_text("578 → 655")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="What the correction changed")).to_be_visible()
    await expect(page.get_by_text("history[5].amount: 578 → 655").first).to_be_visible()
    await expect(value(page, SEPTEMBER).locator(".mark")).to_have_text("☑")

    await value(page, "period").focus()
    await page.keyboard.press("Enter")
    await expect(value(page, "period").locator(".unseen")).to_have_text("confirmed by a person")
    left = await page.locator(".value.doubt, .value.failed").count()
    for _ in range(left):
        await page.keyboard.press("Enter")
    await expect(page.locator(".value.doubt, .value.failed")).to_have_count(0)
    await expect(page.locator("[data-confirm-bill]")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="☑ Confirmed")).to_be_visible()

    await screen.open(f"/console/projects/{project_id}")
    await expect(page.get_by_role("row", name=re.compile("^Sep 2025"))).to_contain_text("655")


async def test_box_and_value_find_each_other_and_a_value_turns_to_its_page(screen, person):
    page, project_id = screen.page, await person.project()
    bill_id = await person.read_bill(project_id, SAMPLE)
    await screen.open(f"/console/projects/{project_id}/bills/{bill_id}")
    due = value(page, "amount_due")
    await due.hover()
    await expect(page.locator(".box.lit")).to_have_attribute("data-value", "v-amount-due")
    await page.locator(".box[data-value=v-previous-balance]").hover()
    await expect(value(page, "previous_balance")).to_have_class(re.compile("lit"))
    await page.locator(".box[data-value=v-previous-balance]").click()
    await expect(value(page, "previous_balance")).to_have_attribute("aria-current", "true")
    # Two values were read from one place: a click more leads to the one below.
    stacked = page.locator(".box[data-value=v-commodity-totals-0--cost]")
    for path in ("commodity_totals[0].cost", "new_charges", "commodity_totals[0].cost", "new_charges"):
        await stacked.click()
        await expect(value(page, path)).to_have_attribute("aria-current", "true")
    await expect(page.get_by_role("region", name="Why")).to_contain_text("122.93 = 122.93")
    # A number of the arithmetic leads to its place.
    await page.get_by_role("region", name="Why").locator("[data-to=v-previous-balance]").first.click()
    await expect(value(page, "previous_balance")).to_be_focused()

    other = page.locator('.value > a[data-page="2"]').first
    await other.focus()
    await expect(page.locator(".where")).to_have_text("page 2 of 2")
    await expect(page.locator(".box.lit")).to_have_count(1)
    await page.keyboard.press("[")
    await expect(page.locator(".where")).to_have_text("page 1 of 2")
    await page.keyboard.press("h")
    await expect(page.locator(".sheet")).to_have_class(re.compile("bare"))
    await page.keyboard.press("+")
    assert await page.locator(".sheet").evaluate("(sheet) => sheet.style.width") == "125%"
    await page.keyboard.press("?")
    await expect(page.locator(".keys")).to_have_attribute("open", "")
    await page.goto("about:blank")
    await screen.open(f"/console/projects/{project_id}/bills/{bill_id}#value=amount_due")
    await expect(due).to_be_focused()
    await expect(due).to_be_in_viewport()
    await screen.check()


async def test_letters_typed_into_a_field_or_outside_the_review_are_no_commands(screen, person):
    page, project_id = screen.page, await person.project()
    bill_id = await person.read_bill(project_id, SAMPLE)
    await screen.open(f"/console/projects/{project_id}/bills/{bill_id}")
    await page.get_by_role("link", name="Billowatt", exact=True).focus()
    await page.keyboard.type("jnhe")
    await expect(page.locator(".value > a[aria-current]")).to_have_count(0)
    await value(page, "holder").focus()
    await page.keyboard.press("e")
    await page.keyboard.type("jk?h")
    await expect(page.locator("#value")).to_have_value("jk?h")
    await page.keyboard.press("Escape")
    await expect(value(page, "holder")).to_be_focused()


async def test_confirmation_is_kept_and_taken_back_also_after_a_reload(screen, person):
    page, project_id = screen.page, await person.project()
    bill_id = await person.read_bill(project_id, SAMPLE)
    await screen.open(f"/console/projects/{project_id}/bills/{bill_id}")
    holder = value(page, "holder")
    await holder.click()
    async with page.expect_response("**/confirmed_values"):
        await page.get_by_role("button", name="It is right").click()
    await expect(holder.locator(".unseen")).to_have_text("confirmed by a person")
    await expect(page.locator(".value > a[aria-current]")).to_have_attribute("data-path", "service_address")
    await page.reload()
    await expect(holder.locator(".unseen")).to_have_text("confirmed by a person")
    await holder.focus()
    async with page.expect_response("**/confirmed_values"):
        await page.keyboard.press("u")
    await expect(holder.locator(".unseen")).to_have_text("doubt")
    await page.reload()
    await expect(holder.locator(".unseen")).to_have_text("doubt")


async def test_word_is_picked_on_the_page_and_a_correction_taken_back(screen, person):
    page, project_id = screen.page, await person.project()
    bill_id = await person.read_bill(project_id, SAMPLE)
    await screen.open(f"/console/projects/{project_id}/bills/{bill_id}?value=amount_due&text=120.00&pick=1")
    await screen.check()
    await screen.open(f"/console/projects/{project_id}/bills/{bill_id}")
    await value(page, "previous_balance").click()
    for text, field, said in PICKED:
        told = await page.evaluate(
            "([path, ...word]) => import(path).then(({ plain }) => plain(...word))", [address("picked.js"), text, field]
        )
        assert told == said, (text, field)
    await page.get_by_role("link", name="Pick a word on the page").click()
    await page.locator('.word[aria-label="$122.93"]').first.click()
    await expect(page.locator("#value")).to_have_value("122.93")
    await expect(page.locator(".effect")).to_contain_text("≠ 122.93 - 114.14 + 0 + 122.93 = 122.93")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(value(page, "previous_balance")).to_contain_text("122.93")
    await expect(value(page, "amount_due").locator(".mark")).to_have_text("≠")
    await value(page, "amount_due").focus()
    await page.keyboard.press("u")
    await expect(value(page, "previous_balance")).to_contain_text("114.14")
    await expect(value(page, "amount_due").locator(".mark")).to_have_text("✓")


async def test_review_stands_without_a_script(plain, person):
    page, project_id = plain.page, await person.project()
    await person.json("PUT", f"/v1/projects/{project_id}/review_settings", json={"hold": "always"})
    bill_id = await person.read_bill(project_id, SAMPLE)
    await plain.open(f"/console/projects/{project_id}/bills/{bill_id}")
    await page.get_by_role("link", name=re.compile("^amount due")).first.click()
    await page.get_by_role("link", name="Pick a word on the page").click()
    await page.locator('.word[aria-label="$114.14"]').first.click()
    await expect(page.get_by_text("amount due: 122.93 → 114.14")).to_be_visible()
    await page.get_by_role("button", name="Correct it so").click()
    await expect(page.get_by_role("heading", name="What the correction changed")).to_be_visible()
    await page.get_by_role("button", name="Undo").first.click()
    await page.get_by_role("button", name="It is right").click()
    await page.get_by_label("Reason (for a rejection)").fill("a test")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.get_by_role("heading", name="Rejected: it has no effect")).to_be_visible()
    await page.get_by_role("button", name="Confirm the bill").click()
    await page.get_by_role("button", name="Pin").click()
    await expect(page.get_by_text("Pinned: it makes the load profile")).to_be_visible()
