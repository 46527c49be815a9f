"""Ingest and profile as the edge sees them: small servicers behind real gRPC sockets, tenants kept apart."""

import asyncio
import hashlib
import uuid
from collections import defaultdict

from google.protobuf.timestamp_pb2 import Timestamp

from domain.refusals import (
    BillTooLarge,
    EmptyBill,
    NoLoadProfile,
    NoReading,
    NoSuchBill,
    NoSuchJob,
    NoSuchProject,
    RequestReused,
    UnsupportedType,
)
from protos.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from protos.profile.v1 import profile_pb2, profile_pb2_grpc
from protos.values.v1 import reading_pb2, values_pb2
from runtime.rpc.identity import current_caller
from runtime.rpc.server import Servicer
from runtime.sniff import sniff

RECEIVED_AT = Timestamp(seconds=1_700_000_000)


class FakeIngest(ingest_pb2_grpc.IngestServicer):
    """Keeps what it is given in memory, by tenant."""

    def __init__(self, objects, upload_bytes_max=25 * 1024 * 1024):
        self.projects = defaultdict(dict)
        self.bills = defaultdict(dict)
        self.requests = {}
        self.objects = objects
        self.upload_bytes_max = upload_bytes_max
        self.uploads_cancelled = asyncio.Event()
        self.keep_bytes = True
        self.refuse_at_once = None

    def _project(self, project_id):
        project = self.projects[current_caller().tenant()].get(project_id)
        if project is None:
            raise NoSuchProject
        return project

    def _bill(self, project_id, bill_id):
        bill = self.bills[current_caller().tenant()].get(bill_id)
        if bill is None or bill.project_id != project_id:
            raise NoSuchBill
        return bill

    async def CreateProject(self, request, context):
        tenant = current_caller().tenant()
        made = ingest_pb2.Project(
            project_id=str(uuid.uuid4()), name=request.name, external_id=request.external_id, created_at=RECEIVED_AT
        )
        known = self.requests.setdefault((tenant, "project", request.request_id or made.project_id), (request, made))
        if known[0] != request:
            raise RequestReused
        self.projects[tenant][known[1].project_id] = known[1]
        return known[1]

    async def GetProject(self, request, context):
        return self._project(request.project_id)

    async def ListProjects(self, request, context):
        projects = list(self.projects[current_caller().tenant()].values())[::-1]
        start, size = int(request.page_token or 0), request.page_size or 50
        token = str(start + size) if start + size < len(projects) else ""
        return ingest_pb2.ListProjectsResponse(projects=projects[start : start + size], next_page_token=token)

    async def UploadBill(self, request_iterator, context):
        header, body, size, digest, head = None, [], 0, hashlib.sha256(), b""
        try:
            async for message in request_iterator:
                if message.WhichOneof("part") == "header":
                    header = message.header
                    if self.refuse_at_once is not None:
                        raise self.refuse_at_once
                    self._project(header.project_id)
                    continue
                size += len(message.chunk)
                digest.update(message.chunk)
                head = (head + message.chunk)[:1024]
                if self.keep_bytes:
                    body.append(message.chunk)
                if size > self.upload_bytes_max:
                    raise BillTooLarge(limit_bytes=self.upload_bytes_max)
        except asyncio.CancelledError:
            self.uploads_cancelled.set()
            raise
        if not size:
            raise EmptyBill
        content_type = sniff(head)
        if content_type is None:
            raise UnsupportedType
        return await self._keep(header, body, size, digest.hexdigest(), content_type)

    async def _keep(self, header, body, size, sha256, content_type):
        tenant = current_caller().tenant()
        if header.request_id and (known := self.requests.get((tenant, "upload", header.request_id))):
            if known[0] != sha256:
                raise RequestReused
            return known[1]

        async def pieces():
            for piece in body:
                yield piece

        key = (await self.objects.put_stream(f"t/{tenant}", pieces())).key if self.keep_bytes else "none"
        same = [bill.bill_id for bill in self.bills[tenant].values() if bill.sha256 == sha256]
        bill = ingest_pb2.Bill(
            bill_id=str(uuid.uuid4()),
            project_id=header.project_id,
            file_name=header.file_name,
            content_type=content_type,
            size_bytes=size,
            sha256=sha256,
            received_at=RECEIVED_AT,
            state=ingest_pb2.BILL_STATE_PENDING,
            job_id=str(uuid.uuid4()),
            duplicate_of=same[0] if same else "",
            object_key=key,
        )
        self.bills[tenant][bill.bill_id] = bill
        answer = ingest_pb2.UploadBillResponse(bill=bill, job=self._job(bill))
        self.requests[tenant, "upload", header.request_id] = (sha256, answer)
        return answer

    def _job(self, bill):
        return ingest_pb2.Job(
            job_id=bill.job_id,
            project_id=bill.project_id,
            bill_id=bill.bill_id,
            state=ingest_pb2.JOB_STATE_QUEUED,
            created_at=RECEIVED_AT,
        )

    async def GetBill(self, request, context):
        return self._bill(request.project_id, request.bill_id)

    async def ListBills(self, request, context):
        self._project(request.project_id)
        bills = [b for b in self.bills[current_caller().tenant()].values() if b.project_id == request.project_id][::-1]
        start, size = int(request.page_token or 0), request.page_size or 50
        token = str(start + size) if start + size < len(bills) else ""
        return ingest_pb2.ListBillsResponse(bills=bills[start : start + size], next_page_token=token)

    async def GetJob(self, request, context):
        for bill in self.bills[current_caller().tenant()].values():
            if bill.job_id == request.job_id:
                return self._job(bill)
        raise NoSuchJob

    async def DeleteBill(self, request, context):
        self._bill(request.project_id, request.bill_id)
        del self.bills[current_caller().tenant()][request.bill_id]
        return ingest_pb2.DeleteBillResponse()

    async def ReparseBill(self, request, context):
        return self._job(self._bill(request.project_id, request.bill_id))


class FakeProfiles(profile_pb2_grpc.ProfilesServicer):
    """Answers for the bills of a FakeIngest and replays a list of changes."""

    def __init__(self, ingest):
        self.ingest = ingest
        self.read = set()
        self.changes = []
        self.changed = asyncio.Condition()

    def _require_read(self, bill_id):
        if bill_id not in self.read:
            raise NoReading

    async def GetReading(self, request, context):
        self.ingest._bill(request.project_id, request.bill_id)
        self._require_read(request.bill_id)
        evidence = reading_pb2.Evidence(text="Acct 1-2", page=1, confidence=0.99, method=reading_pb2.METHOD_TEXT_LAYER)
        reading = reading_pb2.Reading(
            kind="bill",
            engine_version="test",
            pages=1,
            account_number=reading_pb2.TextFact(value="1-2", evidence=evidence),
        )
        return profile_pb2.GetReadingResponse(bill_id=request.bill_id, completed_at=RECEIVED_AT, readings=[reading])

    async def GetLoadProfile(self, request, context):
        bills = [b for b in self.ingest.bills[current_caller().tenant()].values() if b.bill_id in self.read]
        if not bills:
            raise NoLoadProfile
        months = [
            profile_pb2.ProfileMonth(
                month=month,
                year=2024,
                energy_kwh="900.0000",
                cost=values_pb2.Money(amount="120.50", currency="USD"),
                source=profile_pb2.MONTH_SOURCE_HISTORY_TABLE,
                days_in_month=30,
            )
            for month in range(1, 13)
        ]
        return profile_pb2.LoadProfile(
            project_id=request.project_id,
            version=1,
            active_bill_id=bills[-1].bill_id,
            completed_at=RECEIVED_AT,
            months=months,
            months_observed=12,
            annual_energy_kwh="10800.0000",
        )

    async def GetPolicy(self, request, context):
        return profile_pb2.Policy(project_id=request.project_id, rule=profile_pb2.ACTIVE_BILL_RULE_LAST_PARSED)

    async def UpdatePolicy(self, request, context):
        if request.pinned_bill_id:
            self._require_read(request.pinned_bill_id)
        return profile_pb2.Policy(
            project_id=request.project_id, rule=request.rule, pinned_bill_id=request.pinned_bill_id
        )

    async def ListAccounts(self, request, context):
        meters = [profile_pb2.AccountMeter(meter_id="m", commodity="electricity")]
        account = profile_pb2.Account(account_id="a", issuer_name="City of Example", meters=meters)
        return profile_pb2.ListAccountsResponse(accounts=[account] if self.read else [])

    async def FollowChanges(self, request, context):
        current_caller().require_service()
        after = request.after_position
        while True:
            for change in [change for change in self.changes if change.position > after]:
                after = change.position
                yield profile_pb2.FollowChangesResponse(change=change)
            yield profile_pb2.FollowChangesResponse(progress=profile_pb2.FollowProgress(position=after))
            async with self.changed:
                await self.changed.wait_for(lambda seen=after: any(one.position > seen for one in self.changes))

    async def tell(self, *changes):
        """Append changes for those who follow."""
        async with self.changed:
            self.changes.extend(changes)
            self.changed.notify_all()


def ingest_servicer(ingest):
    return Servicer(
        "billowatt.ingest.v1.Ingest", lambda server: ingest_pb2_grpc.add_IngestServicer_to_server(ingest, server)
    )


def profiles_servicer(profiles):
    return Servicer(
        "billowatt.profile.v1.Profiles",
        lambda server: profile_pb2_grpc.add_ProfilesServicer_to_server(profiles, server),
    )
