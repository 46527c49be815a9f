"""The statements that this folder needs of PostgreSQL."""

from runtime.postgres import Connection


async def take_turn(connection: Connection, what: str) -> None:
    """Make those who change the same thing take turns until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('turn ' || $1, 0))", what)
