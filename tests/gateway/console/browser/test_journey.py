"""A person at the screen: uploads, watches, asks why, looks at hours, finds what is not done, sends a webhook again."""

import asyncio
import re

from playwright.async_api import expect

from tests.gateway.console.browser.house import SAMPLE


async def test_person_uploads_a_bill_watches_it_and_asks_why_a_month_is_so(screen, person, tmp_path):
    page = screen.page
    await screen.open("/console/projects")
    await page.get_by_label("New project").fill("Mill Lane 4")
    await page.get_by_role("button", name="Make it").click()
    await expect(page.get_by_role("heading", name="Mill Lane 4")).to_be_visible()

    wrong = tmp_path / "notes.txt"
    wrong.write_text("no bill")
    await page.get_by_label("Add a bill").set_input_files([SAMPLE, wrong])
    await page.get_by_role("button", name="Upload").click()
    refused = page.get_by_role("listitem").filter(has_text="notes.txt")
    await expect(refused).to_contain_text("Not taken")
    await screen.forgive("415")
    # What becomes of the other is the server's word; once it is read the page shows itself anew, months and all.
    await expect(page.get_by_role("cell", name="✓ read")).to_be_visible(timeout=40_000)
    await expect(page.get_by_role("img", name="Energy and cost by month")).to_be_visible()
    await expect(refused).to_contain_text("Not taken")
    await refused.get_by_role("button", name="Put notes.txt away").click()
    await expect(refused).to_have_count(0)

    here = page.url
    asked = page.get_by_role("link", name="Why is Mar so?")
    await asked.click()
    why = page.get_by_role("dialog", name="Why Mar 2026 is 620.0000 kWh")
    await expect(why).to_contain_text("kWh × 31 / 31 days")
    await screen.check()
    await why.get_by_role("link", name="Why are costs so?").click()
    costs = page.get_by_role("dialog", name=re.compile("Why the year costs"))
    await expect(costs).to_contain_text("644.0000 kWh ×")
    await page.keyboard.press("Escape")
    await expect(costs).to_be_hidden()
    await expect(asked).to_be_focused()
    assert page.url == here

    told = page.locator("section", has=page.get_by_role("heading", name="What webhooks tell")).locator("details")
    completed = told.filter(has_text="utility_bill_upload_job_completed")
    async with asyncio.timeout(40):  # events come by themselves, maybe after the months that the page shows
        while not await completed.count():
            await page.reload()
    await completed.locator("summary").click()
    await expect(told.first.locator("pre")).to_be_visible()


async def test_heat_map_tells_its_hours_to_the_pointer_and_to_the_keys(screen, person):
    project_id = await person.project()
    await person.read_bill(project_id)
    hours = await person.json("GET", f"/v1/projects/{project_id}/load_profile/hours?year=2026")
    page = screen.page
    await screen.open(f"/console/projects/{project_id}/hours?year=2026")
    told = page.locator("bw-heatmap output")
    await expect(told).to_contain_text(f"2026-01-01, 12:00 to 13:00: {hours['energy_kwh'][12]} kWh")
    heat = page.get_by_role("application", name="Heat map")
    await heat.focus()
    for key, place in (
        ("ArrowRight", 24 + 12),
        ("ArrowDown", 24 + 13),
        ("End", 364 * 24 + 13),
        ("ArrowRight", 364 * 24 + 13),
    ):
        await page.keyboard.press(key)
        await expect(told).to_contain_text(f"{hours['energy_kwh'][place]} kWh")
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowUp")
    await expect(told).to_contain_text("2026-01-01, 12:00")
    place = await heat.bounding_box()
    await page.mouse.move(place["x"] + place["width"] * 31.5 / 365, place["y"] + place["height"] * 0.5 / 24)
    await expect(told).to_contain_text(f"Sun 2026-02-01, 00:00 to 01:00: {hours['energy_kwh'][31 * 24]} kWh")
    sums = await page.locator("bw-heatmap .months-axis small").all_inner_texts()
    months = (await person.json("GET", f"/v1/projects/{project_id}/load_profile"))["months"]
    assert [int(one.replace(",", "")) for one in sums] == [int(float(month["energy_kwh"])) for month in months]
    await page.get_by_role("link", name="Why is this hour so?").click()
    why = page.get_by_role("dialog", name=re.compile("^Why Sunday 2026-02-01 is"))
    await expect(why.locator("tr.marked")).to_contain_text(hours["energy_kwh"][31 * 24])
    pixels = await page.evaluate("""() => {
        const { data } = document.querySelector("bw-heatmap canvas").getContext("2d").getImageData(0, 0, 365, 24);
        return new Set(Array.from({ length: 8760 }, (_, at) => data.slice(at * 4, at * 4 + 3).join())).size;
    }""")
    assert pixels > 50


async def test_person_without_scripts_reads_the_hours_from_the_table(plain, person):
    project_id = await person.project()
    await person.read_bill(project_id)
    await plain.open(f"/console/projects/{project_id}/hours")
    await expect(plain.page.locator("bw-heatmap")).to_be_hidden()
    rows = plain.page.locator("table.heat tbody tr")
    await expect(rows).to_have_count(12)
    for text in await rows.all_inner_texts():
        assert "=" in text
        assert "≠" not in text
    await plain.page.get_by_role("link", name="Why are the hours of Mar so?").click()
    await expect(plain.page.get_by_role("heading", name="Why the hours of Mar are so")).to_be_visible()


async def test_key_of_the_session_tries_requests_out_at_the_docs(screen, person):
    await person.project("Found by trying")
    page = screen.page
    await screen.open("/docs")
    await page.get_by_role("heading", name="Projects").click()
    operation = page.locator("#operations-Projects-list_projects")
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Execute").click()
    await expect(operation.locator(".live-responses-table")).to_contain_text("Found by trying")
