"""Makes all checks, one after the other; one that breaks or hangs is a failed check and no end of the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from billowatt.doctor import engines, machine, running, stores
from billowatt.doctor.check import Check, fail
from runtime.settings import Settings

CHECK_SECONDS = 60.0

Tell = Callable[[Check], None]


async def examine(settings: Settings, tell: Tell) -> list[Check]:
    """Make all checks, tell of each as it ends, and return them."""
    found: list[Check] = []
    for name, check in _checks(settings):
        for one in await _made(name, check):
            found.append(one)
            tell(one)
    return found


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "versions", machine.versions
    yield "engines", lambda: engines.libraries(settings)
    yield "weights", engines.weights
    yield "sandbox", lambda: engines.cage(settings)
    yield "reading", lambda: engines.sample(settings)
    yield "data folder", lambda: machine.data_folder(settings)
    yield "disk", lambda: machine.disk(settings)
    yield "memory", lambda: machine.memory(settings)
    yield "open files", machine.open_files
    yield "shared memory", machine.shared_memory
    yield "database", lambda: stores.database(settings)
    yield "object store", lambda: stores.objects(settings)
    yield "port", lambda: machine.port(settings)
    yield "service", lambda: running.server(settings)
    yield "names", machine.names


async def _made(name: str, check: Callable[[], Check | list[Check] | Awaitable[Any]]) -> list[Check]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            made = await asyncio.to_thread(check)
            if isinstance(made, Awaitable):
                made = await made
    except TimeoutError:
        return [fail(name, f"the check did not end within {CHECK_SECONDS:.0f} s", "run `billowatt doctor` again")]
    except Exception as error:
        return [
            fail(name, f"the check broke: {type(error).__name__}: {error}", "file it with `billowatt doctor --bundle`")
        ]
    return made if isinstance(made, list) else [made]
