"""A first look around by one click: a project with bills of a utility that does not exist, read as anybody's are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from domain.refusals import NoSuchBill, NoSuchProject
from gateway.call import Call, Rooms, ask
from gateway.console.view import lead_to
from gateway.rest.bills.uploads import hand_on
from protos.ingest.v1 import ingest_pb2

PAGE_SIZE = 200
PAGES_MAX = 50

DELETED_MAX = 20
"""Sample projects of one day that were deleted again, and whose requests ingest therefore refuses to repeat."""


@dataclass(frozen=True, slots=True)
class Samples:
    """The bills by their file names, and the project that is to hold them; ``external_id`` is what it is found by again."""

    name: str = ""
    external_id: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)

    async def load(self, rooms: Rooms, call: Call) -> web.StreamResponse:
        """Make the sample project and upload the bills that it lacks, once however often it is asked for; lead to it.

        Raises:
            NoSuchProject: this installation carries no samples.
        """
        if not self.files:
            raise NoSuchProject("This installation carries no sample bills.")
        project_id = await self._found(rooms, call) or await self._made(rooms, call)
        for name, body in self.files.items():
            if await _holds(rooms, call, project_id, name):
                continue
            header = ingest_pb2.UploadBillHeader(
                project_id=project_id, file_name=name, request_id=f"{project_id}-{name}"
            )
            with suppress(NoSuchBill):  # it was uploaded before, and somebody deleted it
                await hand_on(rooms, call, header, _once(body))
        return lead_to(f"/console/projects/{project_id}")

    async def _made(self, rooms: Rooms, call: Call) -> str:
        for turn in range(DELETED_MAX):
            request = ingest_pb2.CreateProjectRequest(
                name=self.name, external_id=self.external_id, request_id=f"{self.external_id}-{turn}"
            )
            with suppress(NoSuchProject):
                return str((await ask(rooms, call, rooms.ingest.CreateProject, request)).project_id)
        raise NoSuchProject("The sample project was deleted too often today; load it tomorrow.")

    async def _found(self, rooms: Rooms, call: Call) -> str:
        token = ""
        for _ in range(PAGES_MAX):
            request = ingest_pb2.ListProjectsRequest(page_size=PAGE_SIZE, page_token=token)
            answer = await ask(rooms, call, rooms.ingest.ListProjects, request)
            for one in answer.projects:
                if one.external_id == self.external_id:
                    return str(one.project_id)
            token = answer.next_page_token
            if not token:
                break
        return ""


async def _holds(rooms: Rooms, call: Call, project_id: str, name: str) -> bool:
    request = ingest_pb2.ListBillsRequest(project_id=project_id, file_name=name, page_size=PAGE_SIZE)
    return any(one.file_name == name for one in (await ask(rooms, call, rooms.ingest.ListBills, request)).bills)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
