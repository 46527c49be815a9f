"""Takes the pictures of docs/screens: ``make screenshots``. Not a test, so no run of the tests collects it."""

import io
from pathlib import Path

from PIL import Image

from tests.gateway.console.browser.screen import PHONE, watching

SCREENS = Path(__file__).resolve().parents[4] / "docs" / "screens"
SIZE = {"width": 1100, "height": 720}
HEIGHT_MAX = 1300
COLOURS = 160
NOT_TAKEN = {"work-narrowed", "webhook-edit", "problem-type", "bill-doubts", "why-year"}
"""They look like others."""
DARK = ("project",)
ON_PHONE = ("work", "project")


async def test_take_pictures(chromium, world):
    SCREENS.mkdir(exist_ok=True)
    for old in SCREENS.glob("*.png"):
        old.unlink()
    async with watching(chromium, world.person, size=SIZE) as screen:
        for name, path in world.pages.items():
            if name in NOT_TAKEN:
                continue
            await screen.open(path, status=404 if name == "problem" else 200)
            await _take(screen, name)
            if name in DARK:
                await screen.page.emulate_media(color_scheme="dark")
                await _take(screen, f"{name}-dark")
                await screen.page.emulate_media(color_scheme="light")
    async with watching(chromium, world.person, size=PHONE) as screen:
        for name in ON_PHONE:
            await screen.open(world.pages[name])
            await _take(screen, f"{name}-phone")


async def _take(screen, name):
    await screen.page.wait_for_load_state("networkidle")
    height = min(await screen.page.evaluate("document.documentElement.scrollHeight"), HEIGHT_MAX)
    width = screen.page.viewport_size["width"]
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    picture = Image.open(io.BytesIO(await screen.page.screenshot(clip=clip, full_page=True))).convert("RGB")
    # As many colours as flat pages need: a third of the bytes.
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(SCREENS / f"{name}.png", optimize=True)
