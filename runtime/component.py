"""Components: what a role runs, how it starts, drains and stops; written once so that every role does it the same way."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.logs import logger
from runtime.rpc.server import Servicer

DRAIN_SECONDS = 20.0
"""Longest time between the signal to stop and the end: leases held meanwhile are given back or lapse."""

collected_objects = 10_000
"""After so many more objects made than dropped garbage is looked for; Python's own 700 are reached with every few messages."""

Task = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Work that goes on until the event (stopping) is set, then ends by itself within DRAIN_SECONDS."""


@dataclass(frozen=True, slots=True)
class Component:
    """What a room brings to a role: services for the gRPC server, and tasks that run beside it."""

    name: str
    servicers: tuple[Servicer, ...] = ()
    tasks: tuple[tuple[str, Task], ...] = ()


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Set ``stopping`` on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)


def collect_seldom() -> None:
    """Let the garbage collector leave alone what the start made, and look seldom at the rest; call it once all is built.

    Messages and what is made of them hold no circles, so nearly all of them go without it. Looking after every 700 objects
    took a seventh of a replay's time (measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(collected_objects, *gc.get_threshold()[1:])


async def run_tasks(components: Sequence[Component], stopping: asyncio.Event) -> None:
    """Run all tasks until ``stopping`` is set, then give them DRAIN_SECONDS to end.

    Raises:
        ExceptionGroup: a task broke; the others were stopped.
    """
    log = logger("component")
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(task(stopping), name=f"{component.name}.{name}")
            for component in components
            for name, task in component.tasks
        ]
        await stopping.wait()
        log.info("drain_started", tasks=len(running))
        if running:
            _, late = await asyncio.wait(running, timeout=DRAIN_SECONDS)
            for task in late:
                log.warning("task_cut_off", task=task.get_name())
                task.cancel()


async def sleep_or_stop(seconds: float, stopping: asyncio.Event) -> bool:
    """Sleep, but no longer than until ``stopping`` is set; return whether it is."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        pass
    return stopping.is_set()
