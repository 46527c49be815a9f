"""Strict order per project: one at a time and in turn, whatever fails, dies or is deleted; other projects do not wait."""

import asyncio
import uuid

from aiohttp import web

from gateway.webhooks.schedule import Schedule
from tests.gateway.delivering import (
    FAST,
    bill_removed,
    completed,
    delivery_log,
    dispatch,
    dispatching,
    following,
    in_log,
    make_endpoint,
)
from tests.gateway.edge import until


async def test_events_of_a_project_come_one_after_the_other_when_order_is_asked_for(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    projects = [str(uuid.uuid4()) for _ in range(3)]
    changes = [completed(edge, position=1 + n, project_id=projects[n % 3]) for n in range(30)]
    under_way, most = dict.fromkeys(projects, 0), dict.fromkeys(projects, 0)
    failed_once: set[str] = set()

    async def answer(request):
        event = (await request.json())["data"]["project_id"]
        under_way[event] += 1
        most[event] = max(most[event], under_way[event])
        await asyncio.sleep(0)
        under_way[event] -= 1
        first = request.headers["webhook-id"] not in failed_once
        failed_once.add(request.headers["webhook-id"])
        return web.Response(status=500 if first and len(failed_once) % 2 else 204)

    receiver.always["/hook"] = answer
    async with following(edge), dispatching(edge):
        for start in range(0, 30, 10):
            await edge.changes.tell(*changes[start : start + 10])
        await in_log(edge, endpoint, 30)
    for project in projects:
        told = [change.event_id for change in changes if change.project_id == project]
        came = [one.id for one in receiver.at("/hook") if one.event["data"]["project_id"] == project]
        # A repeat stands right behind its first attempt: nothing of the project goes in between.
        assert list(dict.fromkeys(came)) == told
        assert [one for n, one in enumerate(came) if n == 0 or came[n - 1] != one] == told
    assert set(most.values()) == {1}


async def test_other_projects_do_not_wait_when_the_first_event_of_one_fails(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    stuck, free = str(uuid.uuid4()), str(uuid.uuid4())

    async def answer(request):
        return web.Response(status=500 if (await request.json())["data"]["project_id"] == stuck else 204)

    receiver.always["/hook"] = answer
    schedule = Schedule(waits_seconds=(0.0, 600.0), jitter=0.0)
    async with following(edge), dispatching(edge, schedule=schedule):
        changes = [completed(edge, position=n, project_id=stuck if n % 2 else free) for n in range(1, 9)]
        await edge.changes.tell(*changes)
        await in_log(edge, endpoint, 4)
        waiting = await delivery_log(edge, endpoint, "?status=queued")
    assert len(waiting) == 4
    assert [one["attempts"] for one in waiting] == [0, 0, 0, 1]
    assert [one["next_attempt_at"] is None for one in waiting] == [True, True, True, False]


async def test_next_event_goes_when_the_one_before_became_a_dead_letter(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    project = str(uuid.uuid4())
    receiver.answers["/hook"] = [500, 500]
    schedule = Schedule(waits_seconds=(0.0, 0.01), jitter=0.0)
    first, second = (completed(edge, position=n, project_id=project) for n in (1, 2))
    async with following(edge), dispatching(edge, schedule=schedule):
        await edge.changes.tell(first, second)
        await in_log(edge, endpoint, 1)
        [dead] = await in_log(edge, endpoint, 1, "?status=failed")
    assert dead["event_id"] == first.event_id
    assert [one.id for one in receiver.at("/hook")] == [first.event_id] * 2 + [second.event_id]


async def test_next_event_goes_when_the_bill_of_the_one_before_was_removed(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    project = str(uuid.uuid4())
    first, second = (completed(edge, position=n, project_id=project) for n in (1, 2))
    async with following(edge):
        await edge.changes.tell(first, second)
        await in_log(edge, endpoint, 2, "?status=queued")
        await edge.changes.tell(bill_removed(edge, position=3, bill_id=first.parse_completed.bill_id))
        await in_log(edge, endpoint, 1, "?status=failed")
    async with dispatching(edge):
        await in_log(edge, endpoint, 1)
    assert [one.id for one in receiver.at("/hook")] == [second.event_id]


async def test_order_holds_when_the_worker_died_with_the_first(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    project, held = str(uuid.uuid4()), asyncio.Event()

    async def stall(request):
        await held.wait()
        return web.Response(status=200)

    receiver.answers["/hook"] = [stall]
    changes = [completed(edge, position=n, project_id=project) for n in (1, 2, 3)]
    async with following(edge):
        first = asyncio.create_task(dispatch(edge, asyncio.Event(), lease_seconds=0.3))
        await edge.changes.tell(*changes)
        await receiver.wait("/hook", 1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        held.set()
        async with dispatching(edge, lease_seconds=0.3):
            await in_log(edge, endpoint, 3)
    ids = [change.event_id for change in changes]
    assert [one.id for one in receiver.at("/hook")] == [ids[0], *ids]


async def test_waiting_events_go_when_order_is_given_up(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}"
    project = str(uuid.uuid4())
    receiver.answers["/hook"] = [web.Response(status=503, headers={"Retry-After": "600"})]
    async with following(edge), dispatching(edge, schedule=FAST):
        await edge.changes.tell(*(completed(edge, position=n, project_id=project) for n in (1, 2, 3)))
        await until(lambda: _tried(edge, endpoint))
        assert (await edge.json("PATCH", path, json={"strict_order": False}))["strict_order"] is False
        await in_log(edge, endpoint, 2)


async def _tried(edge, endpoint):
    return [one for one in await delivery_log(edge, endpoint, "?status=queued") if one["attempts"]]
