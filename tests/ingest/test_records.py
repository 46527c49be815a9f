"""Projects, bills and jobs for those who ask: lists, scopes, deletion, and the wall between tenants."""

import asyncio

import pytest

from domain.refusals import (
    Absent,
    BadPageToken,
    BadRequest,
    JobNotFinished,
    MissingScope,
    NoKey,
    NoSuchBill,
    NoSuchJob,
    NoSuchProject,
    RequestReused,
)
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.objects import derived_prefix
from runtime.rpc.refusals import refusals_raised
from tests.ingest.running import PDF, failure, pdf, success

SERVICE = pb.DESCRIPTOR.services_by_name["Ingest"]


async def test_project_is_found_again(ingest):
    project = await ingest.a.project("Mill Lane 4")

    request = pb.GetProjectRequest(project_id=project.project_id.upper())
    assert await ingest.a.stub.GetProject(request, metadata=ingest.a.metadata) == project
    assert project.name == "Mill Lane 4"


async def test_project_with_a_request_id_is_made_once(ingest):
    first = await ingest.a.project("Mill Lane 4", request_id="r-1")
    twins = await asyncio.gather(*(ingest.a.project("Mill Lane 4", request_id="r-1") for _ in range(4)))
    theirs = await ingest.b.project("Mill Lane 4", request_id="r-1")

    assert all(twin == first for twin in twins)
    assert theirs.project_id != first.project_id
    with pytest.raises(RequestReused), refusals_raised():
        await ingest.a.project("Mill Lane 5", request_id="r-1")


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b"], ids=["empty", "long", "nul"])
async def test_project_is_refused_when_its_name_is_impossible(ingest, name):
    with pytest.raises(BadRequest), refusals_raised():
        await ingest.a.project(name)


async def test_lists_are_paged_newest_first_without_gap_or_repetition(ingest):
    projects = [await ingest.a.project(f"Site {number}") for number in range(5)]
    bills = [(await ingest.a.upload(projects[0].project_id, pdf(str(number)))).bill for number in range(5)]

    listed_projects = await _all_pages(
        ingest.a, ingest.stub.ListProjects, pb.ListProjectsRequest(page_size=2), "projects"
    )
    listed_bills = await _all_pages(
        ingest.a, ingest.stub.ListBills, pb.ListBillsRequest(project_id=projects[0].project_id, page_size=2), "bills"
    )

    assert listed_projects == projects[::-1]
    assert listed_bills == bills[::-1]


async def _all_pages(tenant, method, request, field):
    found = []
    while True:
        page = await method(request, metadata=tenant.metadata)
        found += getattr(page, field)
        assert len(getattr(page, field)) <= request.page_size
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def test_page_token_is_refused_when_it_is_of_another_list_or_of_none(ingest):
    project, other = await ingest.a.project("One"), await ingest.a.project("Two")
    projects = await ingest.stub.ListProjects(pb.ListProjectsRequest(page_size=1), metadata=ingest.a.metadata)

    for token in (projects.next_page_token, "x", "AAAA", "ü", "A" * 54, "=" * 54):
        with pytest.raises(BadPageToken), refusals_raised():
            await ingest.stub.ListBills(
                pb.ListBillsRequest(project_id=project.project_id, page_token=token), metadata=ingest.a.metadata
            )
    for number in range(2):
        await ingest.a.upload(project.project_id, pdf(str(number)))
    page = await ingest.stub.ListBills(
        pb.ListBillsRequest(project_id=project.project_id, page_size=1), metadata=ingest.a.metadata
    )
    with pytest.raises(BadPageToken), refusals_raised():
        await ingest.stub.ListBills(
            pb.ListBillsRequest(project_id=other.project_id, page_token=page.next_page_token),
            metadata=ingest.a.metadata,
        )


@pytest.mark.parametrize("page_size", [-1, 201])
async def test_page_size_is_refused_outside_its_bounds(ingest, page_size):
    with pytest.raises(BadRequest), refusals_raised():
        await ingest.stub.ListProjects(pb.ListProjectsRequest(page_size=page_size), metadata=ingest.a.metadata)


async def test_object_key_is_told_to_processes_of_ours_only(ingest):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, PDF)).bill

    assert bill.object_key == ""
    assert (await ingest.a.bill(bill)).object_key == ""
    assert (await ingest.service_for(ingest.a).bill(bill)).object_key != ""


async def test_reparse_is_refused_while_the_bill_is_being_read(ingest):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, PDF)).bill

    with pytest.raises(JobNotFinished), refusals_raised():
        await ingest.a.reparse(bill)
    async with ingest.worker() as worker:
        lease = await worker.lease()
        with pytest.raises(JobNotFinished), refusals_raised():
            await ingest.a.reparse(bill)
        await worker.finish(lease, success())
    twins = await asyncio.gather(*(ingest.a.reparse(bill) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(twin, pb.Job) for twin in twins) == 1


async def page_drawn(ingest, bill):
    """Put something beside a bill's file that was made from it, as a parser does that draws a page."""
    (key,) = ingest.files()

    async def body():
        yield b"image"

    return (await ingest.objects.put_stream(f"{derived_prefix(key)}/page-1", body())).key


async def test_delete_removes_file_name_and_payloads_and_leaves_a_tombstone(ingest):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, PDF, "secret-name.pdf")).bill
    await page_drawn(ingest, bill)
    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), failure(detail="secret-detail"))

    await ingest.a.delete(bill)
    await ingest.a.delete(bill)

    erased, deleted = await ingest.a.completions()
    assert (erased.WhichOneof("what"), erased.bill_id, erased.file_name) == ("erased", bill.bill_id, "")
    assert (deleted.WhichOneof("what"), deleted.bill_id) == ("deleted", bill.bill_id)
    assert (deleted.project_id, deleted.file_name) == (project.project_id, "")
    assert ingest.files() == []
    for refused in (ingest.a.bill(bill), ingest.a.reparse(bill)):
        with pytest.raises(NoSuchBill), refusals_raised():
            await refused
    listed = await ingest.stub.ListBills(pb.ListBillsRequest(project_id=project.project_id), metadata=ingest.a.metadata)
    assert listed.bills == []
    rows = await _everything_kept(ingest)
    assert bill.bill_id in rows
    for gone in ("secret-name", "secret-detail", bill.sha256):
        assert gone not in rows


async def _everything_kept(ingest):
    """All rows of all tables of the room, as one text."""
    async with ingest.database.service() as connection:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'ingest'::regnamespace AND relkind = 'r'"
        )
        rows = [
            await connection.fetch(f"SELECT t::text AS row FROM ingest.{table['relname']} AS t") for table in tables
        ]
        payloads = await connection.fetch("SELECT payload FROM ingest.completion WHERE payload IS NOT NULL")
    return "\n".join([row["row"] for found in rows for row in found] + [repr(row["payload"]) for row in payloads])


async def test_delete_takes_the_job_out_of_the_hands_of_its_worker(ingest):
    project = await ingest.a.project()
    bill = (await ingest.a.upload(project.project_id, PDF)).bill

    async with ingest.worker() as worker:
        lease = await worker.lease()
        await ingest.a.delete(bill)
        worker.say(extend=pb.Extend(job_id=lease.job_id, fencing_token=lease.fencing_token))
        extended = await worker.hear("extended")
        recorded = await worker.finish(lease, success())

    assert extended.lease_seconds == 0
    assert not recorded.accepted
    assert (await ingest.a.job(bill.job_id)).state == pb.JOB_STATE_FAILED
    assert [one.WhichOneof("what") for one in await ingest.a.completions()] == ["deleted"]


async def test_delete_of_a_queued_bill_leaves_nothing_to_read(ingest):
    project = await ingest.a.project()
    gone = (await ingest.a.upload(project.project_id, pdf("gone"))).bill
    await ingest.a.delete(gone)
    kept = (await ingest.a.upload(project.project_id, pdf("kept"))).bill

    async with ingest.worker() as worker:
        assert (await worker.lease()).bill_id == kept.bill_id


async def test_delete_keeps_the_object_while_another_bill_shares_it(ingest):
    project, other = await ingest.a.project(), await ingest.a.project("Other")
    first, second, third = [(await ingest.a.upload(project.project_id, PDF)).bill for _ in range(3)]
    elsewhere = (await ingest.a.upload(other.project_id, PDF)).bill

    await ingest.a.delete(first)
    assert (await ingest.a.bill(second)).duplicate_of == ""
    assert (await ingest.a.bill(third)).duplicate_of == second.bill_id
    for bill in (second, third):
        await ingest.a.delete(bill)
    assert len(ingest.files()) == 1
    await ingest.a.delete(elsewhere)

    assert ingest.files() == []


async def test_delete_and_outcome_at_the_same_time_leave_no_payload(ingest):
    project = await ingest.a.project()
    for number in range(8):
        bill = (await ingest.a.upload(project.project_id, pdf(str(number)))).bill
        async with ingest.worker() as worker:
            lease = await worker.lease()
            await asyncio.gather(ingest.a.delete(bill), worker.finish(lease, success()))

    assert {one.WhichOneof("what") for one in await ingest.a.completions()} <= {"erased", "deleted"}


SCOPES = {
    "CreateProject": "upload", "UploadBill": "upload",
    "GetProject": "read", "ListProjects": "read", "GetBill": "read", "ListBills": "read", "GetJob": "read",
    "ListWork": "read", "SettleBill": "amend",
    "FollowCompletions": "read", "DeleteBill": "amend", "ReparseBill": "amend", "DeleteProject": "amend",
}  # fmt: skip
SERVICES_ONLY = {"WorkOnBills", "EraseTenant"}


@pytest.mark.parametrize("method", [method.name for method in SERVICE.methods if method.name not in SERVICES_ONLY])
async def test_call_is_refused_without_its_scope_and_without_a_key(ingest, method):
    lacking = await ingest.key(ingest.a, *({"upload", "read", "amend"} - {SCOPES[method]}))

    with pytest.raises(MissingScope), refusals_raised():
        await _call(ingest, method, lacking.metadata, {})
    with pytest.raises(NoKey), refusals_raised():
        await _call(ingest, method, (), {})


async def test_no_key_may_erase_its_tenant_behind_the_edge(ingest):
    with pytest.raises(MissingScope), refusals_raised():
        await _call(ingest, "EraseTenant", ingest.a.metadata, {})


async def test_other_tenant_gets_nothing_from_any_call(ingest):
    project = await ingest.a.project()
    answer = await ingest.a.upload(project.project_id, PDF)
    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), success())
    ids = {
        "project_id": project.project_id, "bill_id": answer.bill.bill_id, "job_id": answer.job.job_id,
        "stop_at_end": True, "name": "Theirs",
    }  # fmt: skip

    for method in SERVICE.methods:
        match method.name:
            case "CreateProject" | "WorkOnBills" | "EraseTenant":
                continue
            case "ListProjects":
                assert (await _call(ingest, method.name, ingest.b.metadata, ids)).projects == []
            case "FollowCompletions":
                said = await _call(ingest, method.name, ingest.b.metadata, ids)
                assert [one.WhichOneof("message") for one in said] == ["progress"]
            case _:
                with pytest.raises(Absent), refusals_raised():
                    await _call(ingest, method.name, ingest.b.metadata, ids)

    assert (await ingest.a.bill(answer.bill)).state == pb.BILL_STATE_SUCCEEDED


async def _call(ingest, name, metadata, fields):
    """Call a method by name, with those of the fields that its request has."""
    method = SERVICE.methods_by_name[name]
    stub = getattr(ingest.stub, name)
    if name == "UploadBill":
        return await type(ingest.a)(ingest.a.tenant_id, ingest.stub, metadata).upload(fields.get("project_id", ""), PDF)
    known = {field.name for field in method.input_type.fields}
    request = getattr(pb, method.input_type.name)(**{key: value for key, value in fields.items() if key in known})
    if method.server_streaming:
        return [message async for message in stub(request, metadata=metadata)]
    return await stub(request, metadata=metadata)


async def test_every_table_stands_behind_the_wall(ingest):
    project = await ingest.a.project(request_id="r-1")
    await ingest.a.upload(project.project_id, PDF, request_id="r-1")
    async with ingest.worker() as worker:
        await worker.finish(await worker.lease(), success())

    async with ingest.database.service() as connection:
        tables = await connection.fetch(
            """SELECT relname, relrowsecurity AND relforcerowsecurity AS walled FROM pg_class
            WHERE relnamespace = 'ingest'::regnamespace AND relkind = 'r'"""
        )
    assert {table["relname"] for table in tables} == {"project", "bill", "job", "request", "completion"}
    assert all(table["walled"] for table in tables)
    for table in tables:
        count = f"SELECT count(*) FROM ingest.{table['relname']}"
        async with ingest.database.tenant(ingest.a.tenant_id) as connection:
            assert await connection.fetchval(count) > 0
        async with ingest.database.tenant(ingest.b.tenant_id) as connection:
            assert await connection.fetchval(count) == 0


@pytest.mark.parametrize("wrong", ["", "x", "7d3cf7a5-4f3c-4e0c-8f0e-0e7a54f8a5a1"])
async def test_unknown_ids_are_absent(ingest, wrong):
    project = await ingest.a.project()
    stub, metadata = ingest.stub, ingest.a.metadata

    with pytest.raises(NoSuchProject), refusals_raised():
        await stub.GetProject(pb.GetProjectRequest(project_id=wrong), metadata=metadata)
    with pytest.raises(NoSuchProject), refusals_raised():
        await stub.ListBills(pb.ListBillsRequest(project_id=wrong), metadata=metadata)
    with pytest.raises(NoSuchJob), refusals_raised():
        await stub.GetJob(pb.GetJobRequest(job_id=wrong), metadata=metadata)
    for request in (pb.GetBillRequest, pb.DeleteBillRequest, pb.ReparseBillRequest):
        method = getattr(stub, request.__name__.removesuffix("Request"))
        with pytest.raises(NoSuchBill), refusals_raised():
            await method(request(project_id=project.project_id, bill_id=wrong), metadata=metadata)
