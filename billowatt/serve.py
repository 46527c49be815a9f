"""``billowatt serve ROLE``: one role of an installation that is spread over processes or machines."""

import asyncio
from collections.abc import Callable

from billowatt.roles import Role, open_house
from runtime.component import collect_seldom, run_tasks, stop_on_signals
from runtime.rpc.server import GrpcServer
from runtime.settings import Settings

STOP_GRACE_SECONDS = 10.0


async def serve(role: Role, settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Run one role until SIGTERM or SIGINT; ``on_ready`` is told the address.

    The gateway answers HTTP on ``http_listen``; every other role answers gRPC on ``grpc_listen``, health included.

    Raises:
        SettingsError: a setting that the role cannot do without is empty.
        StoreUnavailable: the database or the object store cannot be reached.
        OSError: the address cannot be had.
    """
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with open_house([role], settings, on_listening=on_ready) as house:
        collect_seldom()
        if role is Role.GATEWAY:
            await run_tasks(house.components, stopping)
            return
        servicers = [servicer for component in house.components for servicer in component.servicers]
        server = GrpcServer(servicers, house.authenticator, settings.grpc_listen)
        await server.start()
        on_ready(server.address)
        try:
            await run_tasks(house.components, stopping)
        finally:
            await server.stop(STOP_GRACE_SECONDS)
