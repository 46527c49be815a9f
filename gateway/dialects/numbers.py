"""Whole numbers for our ids, for dialects that know no others: asked for once an answer, however many ids it holds."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from domain.ids import TenantId
from domain.refusals import Absent
from gateway.call import Call, Errand, Records, Rooms
from gateway.dialects import store
from gateway.dialects.store import Known, Thing
from runtime.postgres import Connection

T = TypeVar("T")

NumberOf: TypeAlias = Callable[[str, str], Known]
"""Gives what stands for a thing, by its kind and our id."""

LINES_MAX = 10_000
"""Lines of one bill: a line's own number is its bill's times this, and its place."""

_UNKNOWN = Known(0, None)


async def with_numbers(rooms: Records, call: Errand, render: Callable[[NumberOf], T]) -> T:
    """Return what ``render`` makes; it is called twice, once to see which ids it shows, once with their numbers."""
    async with rooms.database.tenant(call.tenant_id) as connection:
        return await numbered(connection, call.tenant_id, render)


async def numbered(connection: Connection, tenant_id: TenantId, render: Callable[[NumberOf], T]) -> T:
    """Return what ``render`` makes, as ``with_numbers`` does, in the caller's own transaction."""
    shown: set[Thing] = set()

    def note(kind: str, of: str) -> Known:
        shown.add(Thing(kind, of))
        return _UNKNOWN

    render(note)
    known = await store.give_numbers(connection, tenant_id, shown)
    return render(lambda kind, of: known[Thing(kind, of)])


async def id_in_path(rooms: Rooms, call: Call, name: str, kind: str, absent: type[Absent]) -> str:
    """Return our id of what the path names by its number, or by ``external_id:`` and the caller's own id.

    Raises:
        Absent: of the given kind, where it stands for nothing of this tenant.
    """
    found = await id_named(rooms, call, kind, call.request.match_info[name])
    if found is None:
        raise absent
    return found


async def id_named(rooms: Rooms, call: Call, kind: str, text: str) -> str | None:
    """Return our id of what a text names as ``id_in_path`` does; None where it stands for nothing."""
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        prefix, marked, external_id = text.partition(":")
        if marked and prefix == "external_id":
            return await store.thing_of_external_id(connection, call.tenant_id, kind, external_id)
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            return None
        return await store.thing_of_number(connection, call.tenant_id, kind, int(text))


def line_number(bill: Known, line: int) -> int:
    """Return the number of a line of a bill."""
    return bill.number * LINES_MAX + line
