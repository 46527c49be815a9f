"""Roles: how the house puts the rooms of each one together."""

import asyncio

import services.parser.process
import services.parser.service
from billowatt.roles import Role, open_house
from runtime.settings import Settings


async def test_parser_starts_loaded_reading_processes_and_no_drawing_process(monkeypatch, tmp_path):
    build, given, orders = services.parser.service.build, {}, []
    spawn = services.parser.process.spawn

    def noting_build(settings, **more):
        given.update(more)
        return build(settings, **more)

    async def noting_spawn(**more):
        orders.append(more)
        return await spawn(**more)

    monkeypatch.setattr("services.parser.service.build", noting_build)
    monkeypatch.setattr("services.parser.pool.spawn", noting_spawn)
    settings = Settings(
        objects_url=f"file://{tmp_path}/objects", secret="a secret of the tests, long enough", parser_slots=2
    )
    async with open_house([Role.PARSER], settings, on_listening=lambda address: None) as house:
        [component] = house.components
        assert given["pool"].pids == frozenset()

        await dict(component.tasks)["warm"](asyncio.Event())

        assert len(given["pool"].pids) == 2
        assert given["drawing_pool"].pids == frozenset()
        assert [each["prewarm"] for each in orders] == [True, True]


async def test_parser_stops_while_its_reading_processes_load(monkeypatch, tmp_path):
    async def never(**_orders):
        await asyncio.Event().wait()

    monkeypatch.setattr("services.parser.pool.spawn", never)
    settings = Settings(objects_url=f"file://{tmp_path}/objects", secret="a secret of the tests, long enough")
    async with open_house([Role.PARSER], settings, on_listening=lambda address: None) as house:
        [component] = house.components
        stopping = asyncio.Event()
        warming = asyncio.ensure_future(dict(component.tasks)["warm"](stopping))
        await asyncio.sleep(0)
        stopping.set()
        async with asyncio.timeout(10):
            await warming
