"""The sample project as `billowatt up --sample` loads it: once and whole, also where a load was cut off."""

import asyncio

from billowatt.remote.samples import load_samples
from billowatt.sample import PROJECT_EXTERNAL_ID, PROJECT_NAME, SAMPLES
from billowatt_client import Client


async def test_samples_that_were_loaded_in_part_or_twice_at_once_are_there_once_and_whole(edge):
    def load():
        with Client(edge.url, edge.key) as client:
            return load_samples(client)

    async def names(project):
        return sorted(one["file_name"] for one in await edge.bills(project.project_id))

    both = await asyncio.gather(asyncio.to_thread(load), asyncio.to_thread(load))
    first = both[0][0]
    assert {project.project_id for project, _ in both} == {first.project_id}
    assert await names(first) == sorted(SAMPLES)

    await edge.gone(first.project_id)
    again, made = await asyncio.to_thread(load)
    assert (made, again.project_id != first.project_id) == (True, True)
    assert await names(again) == sorted(SAMPLES)

    await edge.gone(again.project_id)
    cut_off = {"name": PROJECT_NAME, "external_id": PROJECT_EXTERNAL_ID}
    await edge.json("POST", "/v1/projects", status=201, json=cut_off)
    found, made = await asyncio.to_thread(load)
    assert (made, await names(found)) == (False, sorted(SAMPLES))
