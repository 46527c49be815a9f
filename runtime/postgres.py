"""PostgreSQL: the one module that opens it. Transactions bound to a tenant, errors as refusals, and a bell.

Every connection works as the role ``billowatt_app``, which is no superuser and owns nothing, so that row-level security
always binds. A transaction names its tenant (``SET LOCAL billowatt.tenant``); without a name, protected tables refuse.
Identifiers (``uuid``) travel as ``str`` in both directions, as the ids of ``domain.ids`` do.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.ids import TenantId
from domain.refusals import Contended, StoreUnavailable, TimedOut
from runtime.uuids import bytes_of, text_of

Record: TypeAlias = "asyncpg.Record"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

APP_ROLE = "billowatt_app"
"""The role whose rights every connection has, whoever logged in."""

EVERY_TENANT = "*"
"""The setting under which a service does its own work across tenants."""

statement_seconds = 15
"""No statement of a request or a fold takes this long unless something is wrong; a client's own limit is longer."""
lock_seconds = 5
"""A row lock is held for one short transaction; waiting longer means that its holder hangs."""
idle_in_transaction_seconds = 20
"""A transaction left open pins dead rows and slows every queue; nobody awaits the outside world within one."""
transaction_seconds = 60
"""The whole of a transaction, from PostgreSQL 17 on; the same reason."""
acquire_seconds = 10
"""A pool that has no connection free for so long is a store that is not there."""
connect_seconds = 5
"""A server that does not greet within this time is away."""
rollback_seconds = 5
"""A connection that does not roll back within this time is thrown away."""
bell_check_seconds = 60
"""How often a silent listening connection is asked whether it is still there."""

_SETTINGS = {
    "role": APP_ROLE,
    "timezone": "UTC",
    "statement_timeout": f"{statement_seconds}s",
    "lock_timeout": f"{lock_seconds}s",
    "idle_in_transaction_session_timeout": f"{idle_in_transaction_seconds}s",
    # Compiling costs more than any of our short statements.
    "jit": "off",
}
_CONNECTION_TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What ends a connection; InternalClientError is asyncpg's when the server died between two statements."""
_QUALIFIED = re.compile(r"[a-z][a-z0-9_]{0,50}\.[a-z][a-z0-9_]{0,50}")


class TransactionAborted(RuntimeError):
    """A statement had failed and its error was swallowed, so PostgreSQL answered COMMIT with ROLLBACK."""


class Database:
    """One PostgreSQL database: a pool of connections and the bells rung in it."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", bells: "_Belfry", connections_max: int) -> None:
        self._pool = pool
        self._bells = bells
        self._stale_max = connections_max + 1

    @classmethod
    async def open(cls, url: str, *, application_name: str, connections_max: int = 10) -> Self:
        """Connect to the database at ``url``.

        The pool keeps one connection when idle and at most ``connections_max``; one more listens once a bell is used.

        Raises:
            StoreUnavailable: nobody answers there.
        """
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=connections_max,
                timeout=connect_seconds,
                # The server's own limit comes first; this one is for a server that fell silent.
                command_timeout=statement_seconds + rollback_seconds,
                init=_prepare_connection,
                reset=_reset_connection,
                server_settings={"application_name": application_name, **_SETTINGS},
            )
        except Exception as error:
            _raise_refusal(error, unreachable=True)
            raise
        return cls(pool, _Belfry(url, f"{application_name} bell"), connections_max)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection, waiting a moment for those in use."""
        await self._bells.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(acquire_seconds):
                await self._pool.close()
        self._pool.terminate()

    @asynccontextmanager
    async def tenant(self, tenant_id: TenantId, *, read_only: bool = False) -> AsyncIterator[Connection]:
        """Yield a connection in a transaction that sees and writes the rows of one tenant; commit at the end.

        The transaction is begun and ended here: use ``savepoint`` within it, not ``connection.transaction()``.

        Raises:
            ValueError: ``tenant_id`` is not a UUID.
            StoreUnavailable: the database is away, stopped meanwhile, or has no room.
            TimedOut: a statement took longer than its limit; Contended: a lock did, or others wrote the same rows.
        """
        async with self._transaction(str(UUID(tenant_id)), read_only) as connection:
            yield connection

    @asynccontextmanager
    async def service(self, *, read_only: bool = False) -> AsyncIterator[Connection]:
        """Yield a connection in a transaction that sees the rows of every tenant, for our own work; raises as ``tenant``."""
        async with self._transaction(EVERY_TENANT, read_only) as connection:
            yield connection

    def bell(self, channel: str) -> "Bell":
        """Return a bell for one waiter; all bells of this database share one listening connection."""
        return self._bells.hang(channel)

    @asynccontextmanager
    async def _transaction(self, setting: str, read_only: bool) -> AsyncIterator[Connection]:
        connection = await self._begin(setting, read_only)
        try:
            yield connection
            if await connection.execute("COMMIT") != "COMMIT":
                raise TransactionAborted("an earlier statement failed and its error was swallowed")
        except BaseException as error:
            await _abandon(connection)
            _raise_refusal(error, unreachable=_is_lost(connection))
            raise
        finally:
            await self._release(connection)

    async def _begin(self, setting: str, read_only: bool) -> Connection:
        # One round trip. The setting is a UUID that was parsed or the star, so it can stand in the text.
        begin = f"BEGIN{' READ ONLY' if read_only else ''}; SET LOCAL billowatt.tenant = '{setting}'"
        tries_left = self._stale_max
        while True:
            tries_left -= 1
            try:
                connection = await self._pool.acquire(timeout=acquire_seconds)
            except Exception as error:
                _raise_refusal(error, unreachable=True)
                raise
            try:
                await connection.execute(begin)
            except BaseException as error:
                lost = _is_lost(connection)
                await _abandon(connection)
                await self._release(connection)
                # The server went away while the connection lay in the pool. Nothing was done yet, so try another.
                if isinstance(error, Exception) and lost and tries_left > 0:
                    continue
                _raise_refusal(error, unreachable=lost)
                raise
            return connection

    async def _release(self, connection: "PoolConnectionProxy[asyncpg.Record] | Any") -> None:
        if _is_lost(connection):
            return
        try:
            await self._pool.release(connection, timeout=rollback_seconds)
        except _CONNECTION_TROUBLE:
            if not _is_lost(connection):
                connection.terminate()


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """Undo what the block did when it raises, and keep the transaction usable."""
    await connection.execute("SAVEPOINT inner_block")
    try:
        yield
    except BaseException:
        if not _is_lost(connection):
            await connection.execute("ROLLBACK TO SAVEPOINT inner_block; RELEASE SAVEPOINT inner_block")
        raise
    await connection.execute("RELEASE SAVEPOINT inner_block")


@asynccontextmanager
async def owner_connection(url: str, *, application_name: str) -> AsyncIterator[Connection]:
    """Yield one connection with the rights of whoever ``url`` logs in, outside a transaction; for migrations and tests.

    Raises:
        StoreUnavailable: nobody answers there.
    """
    try:
        settings = {"application_name": application_name}
        connection = await asyncpg.connect(url, timeout=connect_seconds, server_settings=settings)
    except Exception as error:
        _raise_refusal(error, unreachable=True)
        raise
    try:
        await _prepare_codecs(connection)
        yield connection
    finally:
        try:
            await connection.close(timeout=rollback_seconds)
        except (asyncpg.PostgresError, OSError, TimeoutError):
            connection.terminate()


async def ring(connection: Connection, channel: str) -> None:
    """Ring the bell when the transaction commits; however often it is rung in one transaction, it sounds once."""
    await connection.execute("SELECT pg_notify($1, '')", channel)


def qualified_name(name: str) -> str:
    """Return ``name`` when it reads ``schema.table`` in plain lower case and so may stand in SQL text.

    Raises:
        ValueError: it does not.
    """
    if not _QUALIFIED.fullmatch(name):
        raise ValueError(f"{name!r} is not a name like schema.table")
    return name


class Bell:
    """A hint that something may have happened. The poll of whoever waits is the guarantee, not the bell."""

    def __init__(self, belfry: "_Belfry", rope: "_Rope") -> None:
        self._belfry = belfry
        self._rope = rope
        self._heard = rope.rings

    async def wait(self, timeout_seconds: float) -> bool:
        """Return when the bell was rung since the last wait ended, or when the time is over; say which.

        A listening connection made, lost or renewed counts as a ring, for one may have been missed.
        """
        deadline = time.monotonic() + timeout_seconds
        await self._belfry.listen(min(timeout_seconds, connect_seconds))
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                while self._rope.rings == self._heard:
                    await self._rope.rung.wait()
        rung, self._heard = self._rope.rings > self._heard, self._rope.rings
        return rung


class _Rope:
    """One channel: how often it was rung, and an event that is replaced at each ring."""

    def __init__(self) -> None:
        self.rings = 0
        self.rung = asyncio.Event()

    def pull(self) -> None:
        self.rings += 1
        self.rung.set()
        self.rung = asyncio.Event()


class _Belfry:
    """The listening connection. Those who wait renew it when it is gone, so it needs no task of its own."""

    def __init__(self, url: str, application_name: str) -> None:
        self._url = url
        self._application_name = application_name
        self._ropes: dict[str, _Rope] = {}
        self._listening: set[str] = set()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._checked_at = 0.0
        self._lock = asyncio.Lock()
        self._closed = False

    def hang(self, channel: str) -> Bell:
        return Bell(self, self._ropes.setdefault(channel, _Rope()))

    async def listen(self, limit_seconds: float) -> None:
        """Make sure that every channel is listened to; when that cannot be had now, the poll must do."""
        if self._healthy():
            return
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with asyncio.timeout(limit_seconds), self._lock:
                if not self._closed and not self._healthy():
                    await self._renew()

    async def close(self) -> None:
        self._closed = True
        self._drop()

    def _healthy(self) -> bool:
        return (
            self._connection is not None
            and not self._connection.is_closed()
            and self._listening >= self._ropes.keys()
            and time.monotonic() - self._checked_at < bell_check_seconds
        )

    async def _renew(self) -> None:
        try:
            if self._connection is None or self._connection.is_closed():
                self._drop()
                settings = {"application_name": self._application_name}
                self._connection = await asyncpg.connect(self._url, timeout=connect_seconds, server_settings=settings)
                self._connection.add_termination_listener(self._lost)
            await self._connection.execute("SELECT 1", timeout=connect_seconds)
            for channel in self._ropes.keys() - self._listening:
                await self._connection.add_listener(channel, self._heard)
                self._listening.add(channel)
                self._ropes[channel].pull()
        except BaseException:
            self._drop()
            raise
        self._checked_at = time.monotonic()

    def _heard(self, _connection: object, _process: int, channel: str, _payload: object) -> None:
        self._ropes[channel].pull()

    def _lost(self, connection: object) -> None:
        for rope in self._ropes.values() if connection is self._connection else ():
            rope.pull()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._listening.clear()
        if connection is not None:
            connection.terminate()


async def _prepare_connection(connection: Any) -> None:
    if connection.get_server_version().major >= 17:
        await connection.execute(f"SET transaction_timeout = '{transaction_seconds}s'")
    await _prepare_codecs(connection)


async def _prepare_codecs(connection: Any) -> None:
    await connection.set_type_codec("uuid", schema="pg_catalog", format="binary", encoder=bytes_of, decoder=text_of)


async def _reset_connection(connection: Any) -> None:
    # Nothing outlives a transaction here (SET LOCAL, transaction locks only): the usual reset would be for nothing.
    if connection.is_in_transaction():
        await connection.reset()


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a connection back by itself the moment its server goes away.
        return True


async def _abandon(connection: Connection) -> None:
    if _is_lost(connection) or not connection.is_in_transaction():
        return
    try:
        await connection.execute("ROLLBACK", timeout=rollback_seconds)
    except _CONNECTION_TROUBLE:
        if not _is_lost(connection):
            connection.terminate()


def _raise_refusal(error: BaseException, *, unreachable: bool) -> None:
    """Raise the refusal that ``error`` stands for; return when it is no matter of reaching the store."""
    match error:
        case asyncpg.QueryCanceledError():
            raise TimedOut("The database did not answer within its limit.") from error
        case asyncpg.LockNotAvailableError() | asyncpg.TransactionRollbackError():
            raise Contended from error
        case (
            asyncpg.PostgresConnectionError()
            | asyncpg.InternalClientError()
            | asyncpg.OperatorInterventionError()
            | asyncpg.InsufficientResourcesError()
        ):
            raise StoreUnavailable("The database cannot be reached, or has no room.") from error
        case OSError() | TimeoutError() | asyncpg.InterfaceError() if unreachable:
            raise StoreUnavailable("The database cannot be reached.") from error
        case _:
            pass
