"""Whether there is a project of an id: ingest owns projects, and the rooms that only know some of them do not say."""

from gateway.call import Call, Rooms, ask
from protos.ingest.v1 import ingest_pb2


async def require_project(rooms: Rooms, call: Call) -> None:
    """Raise NoSuchProject where ingest, who owns projects, knows none; profile only knows those with bills read."""
    await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
