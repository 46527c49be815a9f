"""Every page before a real browser: nothing said against it, by axe, by the policy, by the console, at any size, in any light."""

from tests.gateway.console.browser.screen import watching


async def test_pages_stand_up_to_a_browser(screen, person):
    project_id = await person.project("Home")
    bill_id = await person.read_bill(project_id)
    for path in (
        "/console/projects",
        f"/console/projects/{project_id}",
        f"/console/projects/{project_id}?why=3",
        f"/console/projects/{project_id}/hours",
        f"/console/projects/{project_id}/bills/{bill_id}",
        "/console/work",
        "/console/work?name=bill&ask=done",
    ):
        await screen.open(path)
        await screen.check()


async def test_sign_in_stands_up_to_a_browser(chromium, person):
    async with watching(chromium, person, signed_in=False) as stranger:
        await stranger.open("/console/sign-in")
        await stranger.check()
        await stranger.page.get_by_label("API key").fill("bk_live_wrong")
        await stranger.page.get_by_role("button", name="Sign in").click()
        await stranger.page.get_by_role("alert").wait_for()
        await stranger.forgive("401")
        await stranger.check()
