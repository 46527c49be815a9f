"""One HTTP request in hand, and the rooms that answer it: what every handler of the REST edge is given."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import grpc
from aiohttp import web

from domain.ids import BillId, JobId, ProjectId, TenantId
from domain.refusals import Absent, BadHeader, BadRequest, NoKey, NoSuchBill, NoSuchJob, NoSuchProject
from gateway.bodies import JSON_BYTES_MAX, Fields, parse_object
from gateway.http.incoming import read_body
from gateway.links import Links
from gateway.live.changes import Changes
from gateway.live.jobs import Jobs
from gateway.live.places import Places
from gateway.openapi.papers import Papers
from gateway.webhooks.seal import Seal
from runtime.objects import ObjectStore
from runtime.postgres import Database
from runtime.rpc.client import CALL_SECONDS, Credentials, Metadata
from runtime.rpc.identity import Authenticator, Caller
from runtime.rpc.refusals import refusals_raised
from runtime.settings import Settings

if TYPE_CHECKING:
    from gateway.webhooks.formats import Formats
    from protos.ingest.v1.ingest_pb2_grpc import IngestAsyncStub
    from protos.parser.v1.parser_pb2_grpc import ParserAsyncStub
    from protos.profile.v1.ledger_pb2_grpc import LedgerAsyncStub
    from protos.profile.v1.profile_pb2_grpc import ProfilesAsyncStub
    from protos.profile.v1.properties_pb2_grpc import PropertiesAsyncStub
    from protos.profile.v1.review_pb2_grpc import ReviewsAsyncStub
    from protos.profile.v1.snapshots_pb2_grpc import SnapshotsAsyncStub

IDEMPOTENCY_KEY_LENGTH_MAX = 255
PAGE_TOKEN_LENGTH_MAX = 1024
PAGE_SIZE_MAX = 200
_BODY = web.RequestKey("body", bytes)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Q = TypeVar("Q")
A = TypeVar("A")


class _Method(Protocol[Q, A]):
    def __call__(
        self, request: Q, *, timeout: float | None = ..., metadata: Metadata | None = ...
    ) -> "grpc.aio.UnaryUnaryCall[Q, A]": ...


class Errand(Protocol):
    """On whose behalf the rooms are asked: a request in hand, or a webhook that is to be written."""

    @property
    def tenant_id(self) -> TenantId:
        """Return the tenant whose records it is about."""

    @property
    def request_id(self) -> str:
        """Return what every call on its behalf is logged by."""

    @property
    def base_url(self) -> str:
        """Return where the partner reaches this edge: the base of links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What bills are told from, whoever tells of them: an answer to a request, or a webhook."""

    database: Database
    ingest: "IngestAsyncStub"
    ledger: "LedgerAsyncStub"
    links: Links
    credentials: Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms(Records):
    """Who answers: the services behind their stubs, the store of files, the database of keys and webhooks."""

    settings: Settings
    objects: ObjectStore
    ingest_channel: grpc.aio.Channel
    profile_channel: grpc.aio.Channel
    profiles: "ProfilesAsyncStub"
    parser: "ParserAsyncStub"
    properties: "PropertiesAsyncStub"
    snapshots: "SnapshotsAsyncStub"
    reviews: "ReviewsAsyncStub"
    authenticator: Authenticator
    seal: Seal
    changes: Changes
    jobs: Jobs
    places: Places
    papers: Papers
    formats: "Formats"


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list is asked for; ``size`` 0 leaves it to the room that answers."""

    size: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: who makes it, and its parts, read and checked. ``key`` is what proved the caller, wherever it stood."""

    request: web.Request
    request_id: str
    base_url: str
    caller: Caller | None = field(default=None)
    key: str = field(default="", repr=False)
    body_bytes_max: int = JSON_BYTES_MAX

    @property
    def tenant_id(self) -> TenantId:
        """Return the tenant whose key came with the request.

        Raises:
            NoKey: none came.
        """
        if self.caller is None:
            raise NoKey
        return self.caller.tenant()

    @property
    def project_id(self) -> ProjectId:
        """Return the project that the path names."""
        return ProjectId(self.path_uuid("project_id", NoSuchProject))

    @property
    def bill_id(self) -> BillId:
        """Return the bill that the path names."""
        return BillId(self.path_uuid("utility_bill_id", NoSuchBill))

    @property
    def job_id(self) -> JobId:
        """Return the job that the path names."""
        return JobId(self.path_uuid("job_id", NoSuchJob))

    def path_uuid(self, name: str, absent: type[Absent]) -> str:
        """Return an id that the path holds.

        Raises:
            Absent: of the given kind, where the text is no UUID: no thing of ours has such an id.
        """
        try:
            return str(uuid.UUID(self.request.match_info[name]))
        except ValueError as error:
            raise absent from error

    def page(self, *also_known: str) -> Page:
        """Return the page asked for; ``also_known`` are the list's other parameters.

        Raises:
            BadRequest: page_size is no number from 1 to PAGE_SIZE_MAX, or page_token is too long.
        """
        query = self.query("page_size", "page_token", *also_known)
        size = query.get("page_size", "")
        if size and not (size.isascii() and size.isdecimal() and len(size) < 6 and 1 <= int(size) <= PAGE_SIZE_MAX):
            raise BadRequest(f"page_size must be a whole number from 1 to {PAGE_SIZE_MAX}.", field="page_size")
        token = query.get("page_token", "")
        if len(token) > PAGE_TOKEN_LENGTH_MAX:
            raise BadRequest("page_token is too long.", field="page_token")
        return Page(int(size) if size else 0, token)

    def query(self, *known: str) -> Mapping[str, str]:
        """Return the query's members; only known ones, each once.

        Raises:
            BadRequest: another one is there, or one stands twice.
        """
        members: dict[str, str] = {}
        for name, value in self.request.query.items():
            if name not in known:
                raise BadRequest(f"{name[:80]!r} is not a parameter here.", field=_visible(name))
            if name in members:
                raise BadRequest(f"{name} stands twice.", field=name)
            members[name] = value
        return members

    def idempotency_key(self) -> str:
        """Return the Idempotency-Key, empty where none came; its structured-field quotes are taken off.

        Raises:
            BadHeader: it is empty, too long, not visible ASCII, or came twice.
        """
        values = self.request.headers.getall("Idempotency-Key", [])
        if not values:
            return ""
        key = values[0].strip()
        if len(key) >= 2 and key[0] == key[-1] == '"':
            key = key[1:-1]
        if len(values) > 1 or not _IDEMPOTENCY_KEY.fullmatch(key):
            raise BadHeader(
                f"Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters, given once.",
                header="Idempotency-Key",
            )
        return key

    async def fields(self) -> Fields:
        """Read the JSON object in the body.

        Raises:
            BadRequest: it is not one, or breaks off.
            EdgeProblem: BODY_TOO_SLOW.
        """
        return parse_object(await self.body())

    async def body(self) -> bytes:
        """Read the body, of at most ``body_bytes_max``; once read it is remembered.

        Raises:
            BadRequest: it breaks off.
            EdgeProblem: BODY_TOO_SLOW.
        """
        if _BODY not in self.request:
            await self.invite_body()
            self.request[_BODY] = await read_body(self.request, self.body_bytes_max)
        return self.request[_BODY]

    async def invite_body(self) -> None:
        """Tell a client that asked (Expect: 100-continue) to send its body now; one that is refused never sends it."""
        if self.request.headers.get("Expect", "").lower() == "100-continue":
            await self.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.request.writer.output_size = 0


async def ask(rooms: Records, call: Errand, method: _Method[Q, A], request: Q) -> A:
    """Call a room on behalf of the errand's tenant and return its answer.

    Raises:
        Refusal: the room's own.
    """
    with refusals_raised():
        return await method(request, timeout=CALL_SECONDS, metadata=metadata_of(rooms, call))


def metadata_of(rooms: Records, call: Errand) -> Metadata:
    """Return the metadata under which rooms are called for this errand."""
    return (*rooms.credentials.for_tenant(call.tenant_id), ("x-request-id", call.request_id))


def request_id_of(request: web.Request) -> str:
    """Return the client's own X-Request-Id where it is a plain one, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _visible(text: str) -> str:
    return text[:80].encode("ascii", "replace").decode()
