"""The whole way on a phone, by touch: hold, upload, watch, doubt, correct, confirm, see the month, send a webhook again."""

import re

from playwright.async_api import expect

from tests.gateway.console.browser.house import DOUBTFUL
from tests.gateway.console.browser.screen import PHONE, value, watching
from tests.gateway.edge import until

TURNED_ABOUT = "payments"
HEIGHT = PHONE["height"]


async def test_person_on_a_phone_holds_uploads_corrects_and_lets_a_bill_count(phone, person):
    page, project_id = phone.page, await person.project("Home")
    await phone.open(f"/console/projects/{project_id}/review")
    await page.get_by_label("every bill").tap()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Save").tap()
    await phone.open(f"/console/projects/{project_id}")
    await page.locator("input[type=file]").set_input_files(DOUBTFUL)
    await page.get_by_role("button", name="Upload").tap()
    await expect(page.get_by_role("link", name="1 bill waits for a person")).to_be_visible()
    await page.get_by_role("link", name=DOUBTFUL.name).first.tap()
    await expect(page.get_by_role("heading", name="Held: it waits for you")).to_be_visible()

    # The page of the bill stays in sight, and the box of what is looked at is on it.
    await value(page, TURNED_ABOUT).tap()
    frame, box = await page.locator("figure").bounding_box(), await page.locator(".box.lit").bounding_box()
    assert frame
    assert box
    assert frame["y"] <= box["y"] <= frame["y"] + frame["height"] <= HEIGHT * 0.55
    why = page.get_by_role("region", name="Why")
    await expect(why).to_contain_text("off by 0.54")
    await why.get_by_label("It says").fill("122.93")
    await expect(page.locator(".effect")).to_contain_text("✓ 122.93 - 122.93 + 0 + 106.95 = 106.95")
    await why.get_by_role("button", name="Correct", exact=True).tap()
    await expect(page.get_by_role("heading", name="What the correction changed")).to_be_visible()
    await expect(value(page, TURNED_ABOUT).locator(".mark")).to_have_text("☑")

    holder = value(page, "holder")
    await holder.tap()
    async with page.expect_response("**/confirmed_values"):
        await page.get_by_role("button", name="It is right").tap()
    await expect(holder.locator(".unseen")).to_have_text("confirmed by a person")
    await page.get_by_role("button", name="Confirm the bill").tap()
    await expect(page.get_by_role("heading", name="☑ Confirmed")).to_be_visible()
    await phone.check()
    await phone.open(f"/console/projects/{project_id}")
    await expect(page.get_by_role("row", name=re.compile("^Apr 2026"))).to_contain_text("540")
    await page.get_by_role("link", name="Why is Apr so?").tap()
    await expect(page.get_by_role("dialog")).to_contain_text("× 30 / 30 days")
    await phone.check()


async def test_person_on_a_phone_settles_work_and_resends_a_webhook(chromium, world):
    async with watching(chromium, world.person, size=PHONE, has_touch=True, is_mobile=True) as phone:
        page = phone.page
        await phone.open("/console/work?ask=failed")
        await page.get_by_role("button", name="Settle scan-cut-off.pdf").tap()
        await expect(page.get_by_text("No bill is like that.")).to_be_visible()
        await page.get_by_role("link", name="Nothing to do").tap()
        await page.get_by_role("button", name="Open scan-cut-off.pdf again").tap()
        await page.get_by_role("link", name="Not read").tap()
        await expect(page.get_by_role("link", name="scan-cut-off.pdf")).to_be_visible()

        await phone.open(world.pages["delivery"])
        before = await page.locator(".attempts > li").count()
        await page.get_by_role("button", name="Resend").tap()

        async def attempted():
            async with page.expect_navigation():  # counting does not wait: between two pages there is nothing to count
                await page.get_by_role("link", name="Refresh").tap()
            return await page.locator(".attempts > li").count() > before

        await until(attempted, 90)
        await expect(page.locator(".attempts > li").last).to_contain_text("✓ 204")
