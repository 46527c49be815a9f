"""Pages over HTTP: the image with the size by which boxes are placed, unchanged when asked again, gone with its bill."""

import io
from importlib.resources import files

import pytest
from PIL import Image

from runtime.wire import outcome_to_proto
from services.parser.read import read
from tests.gateway.edge import until

SAMPLE = (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()


@pytest.fixture
async def bill(edge):
    project_id = await edge.project()
    told = await edge.read_bill(project_id, SAMPLE)
    return f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}"


async def test_page_comes_as_an_image_with_its_size_in_points(edge, bill):
    async with edge.ask("GET", f"{bill}/pages/2?width=480") as answer:
        image = Image.open(io.BytesIO(await answer.read()))

    assert (answer.status, answer.content_type, image.size) == (200, "image/webp", (480, 621))
    assert answer.headers["Billowatt-Pages"] == "2"
    assert answer.headers["Billowatt-Page-Points"] == "612.000x792.000"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


async def test_page_with_boxes_shows_what_was_read(edge, bill):
    await edge.json("POST", f"{bill}/reparse", status=202)
    await edge.read_next(outcome_to_proto(read(SAMPLE, progress=lambda _done, _total: None)))

    async def read_again():
        readings = (await edge.json("GET", f"{bill}/reading"))["readings"]
        return readings[0]["account_number"]["value"] == "3001-4482-7"

    await until(read_again)
    seen = []
    for query in ("", "?boxes=true"):
        async with edge.ask("GET", f"{bill}/pages/1{query}") as answer:
            assert answer.status == 200
            seen.append(await answer.read())

    assert seen[0] != seen[1]


async def test_page_that_the_browser_has_is_not_sent_again(edge, bill):
    async with edge.ask("GET", f"{bill}/pages/1") as answer:
        entity = answer.headers["ETag"]
    async with edge.ask("GET", f"{bill}/pages/1", headers={"If-None-Match": entity}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


@pytest.mark.parametrize("page", ["0", "3", "-1", "1x", "٣", "99999999999"])
async def test_page_that_is_not_there_is_refused(edge, bill, page):
    assert (await edge.json("GET", f"{bill}/pages/{page}", status=404))["reason"] == "NO_SUCH_PAGE"


async def test_page_of_a_deleted_bill_is_gone_from_the_store_too(edge, bill):
    async with edge.ask("GET", f"{bill}/pages/1") as answer:
        assert answer.status == 200
    assert [info.key async for info in edge.objects.list_keys("derived")]

    await edge.json("DELETE", bill, status=204)

    assert (await edge.json("GET", f"{bill}/pages/1", status=404))["reason"] == "NO_SUCH_BILL"
    assert [info.key async for info in edge.objects.list_keys("")] == []
