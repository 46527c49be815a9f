"""A first look around by one click: a project with bills of a utility that does not exist, read as anybody's are."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from domain.refusals import NoSuchProject
from gateway.call import Call, Rooms, ask
from gateway.console.view import lead_to
from gateway.rest.bills.uploads import hand_on
from protos.ingest.v1 import ingest_pb2

PAGE_SIZE = 200
PAGES_MAX = 50


@dataclass(frozen=True, slots=True)
class Samples:
    """The bills by their file names, and the project that is to hold them; ``external_id`` is what it is found by again."""

    name: str = ""
    external_id: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)

    async def load(self, rooms: Rooms, call: Call) -> web.StreamResponse:
        """Make the sample project and upload its bills, once; lead to it.

        Raises:
            NoSuchProject: this installation carries no samples.
        """
        if not self.files:
            raise NoSuchProject("This installation carries no sample bills.")
        project_id = await self._found(rooms, call)
        if not project_id:
            request = ingest_pb2.CreateProjectRequest(name=self.name, external_id=self.external_id)
            project_id = (await ask(rooms, call, rooms.ingest.CreateProject, request)).project_id
            for name, body in self.files.items():
                header = ingest_pb2.UploadBillHeader(project_id=project_id, file_name=name)
                await hand_on(rooms, call, header, _once(body))
        return lead_to(f"/console/projects/{project_id}")

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


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
