"""Every page before a real browser: nothing said against it, by axe, by the policy, by the console, at any size, in any light."""

import pytest

from tests.gateway.console.browser.screen import watching

PARTS = 4
"""Pages are looked at in parts, so that none takes as long as a test may."""

PROBLEMS = {"problem": 404}


@pytest.mark.parametrize("part", range(PARTS))
async def test_pages_stand_up_to_a_browser(chromium, world, part):
    faults = []
    async with watching(chromium, world.person) as screen:
        for name, path in list(world.pages.items())[part::PARTS]:
            await screen.open(path, status=PROBLEMS.get(name, 200))
            faults += await screen.faults()
            faults += [f"{path}: {one}" for one in screen.objections]
            screen.objections.clear()
    assert faults == [], "\n".join(faults)


async def test_sign_in_stands_up_to_a_browser(chromium, person):
    async with watching(chromium, person, signed_in=False) as stranger:
        await stranger.open("/console/sign-in")
        await stranger.check()
        await stranger.page.get_by_label("API key").fill("bk_live_wrong")
        await stranger.page.get_by_role("button", name="Sign in").click()
        await stranger.page.get_by_role("alert").wait_for()
        await stranger.forgive("401")
        await stranger.check()
