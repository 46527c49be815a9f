"""Uploads: what is promised to whoever sends a file in."""

import asyncio
import hashlib

import pytest

from domain.ids import ProjectId
from domain.refusals import (
    BadRequest,
    BillTooLarge,
    EmptyBill,
    MissingScope,
    NoSuchBill,
    NoSuchProject,
    RequestReused,
    UnsupportedType,
)
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.lease import LeaseTable
from runtime.rpc.refusals import refusals_raised
from services.ingest.receive import Receiver, Upload
from tests.ingest.running import PDF, WAIT_SECONDS, pdf, until

MIB = 1024 * 1024

PICTURES = [
    (b"\xff\xd8\xff\xe0" + bytes(64), "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png"),
    (b"GIF89a" + bytes(64), "image/gif"),
    (b"RIFF\x40\x00\x00\x00WEBPVP8 " + bytes(64), "image/webp"),
]

HOSTILE_NAMES = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("bill\0.pdf", "bill.pdf"),
    ("bill\u202efdp.exe", "billfdp.exe"),
    ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
    ("", "bill"),
    ("..", "bill"),
    ("Ü" * 400 + ".pdf", "Ü" * 125 + ".pdf"),
]


async def parts_of(*parts):
    for part in parts:
        yield part


def header(project_id, **more):
    return pb.UploadBillRequest(header=pb.UploadBillHeader(project_id=project_id, **more))


def chunk(data):
    return pb.UploadBillRequest(chunk=data)


async def test_upload_answers_with_bill_and_queued_job(ingest):
    project = await ingest.a.project()

    answer = await ingest.a.upload(project.project_id, PDF, "July.pdf")

    assert answer.bill.file_name == "July.pdf"
    assert answer.bill.content_type == "application/pdf"
    assert answer.bill.size_bytes == len(PDF)
    assert answer.bill.sha256 == hashlib.sha256(PDF).hexdigest()
    assert answer.bill.state == pb.BILL_STATE_PENDING
    assert answer.bill.job_id == answer.job.job_id
    assert answer.job.state == pb.JOB_STATE_QUEUED
    assert await ingest.a.bill(answer.bill) == answer.bill
    assert await ingest.a.job(answer.job.job_id) == answer.job


async def test_upload_keeps_the_very_bytes_whatever_the_size_of_its_chunks(ingest):
    project = await ingest.a.project()
    body = PDF + bytes(range(256)) * 2000

    for chunk_bytes in (100, 4096, MIB):
        answer = await ingest.a.upload(project.project_id, body, chunk_bytes=chunk_bytes)
        told = await ingest.service_for(ingest.a).bill(answer.bill)
        assert await ingest.objects.read(told.object_key, len(body)) == body


@pytest.mark.parametrize(("body", "content_type"), PICTURES, ids=[kind for _, kind in PICTURES])
async def test_upload_takes_the_type_from_the_bytes_when_the_extension_lies(ingest, body, content_type):
    project = await ingest.a.project()

    answer = await ingest.a.upload(project.project_id, body, "bill.pdf")

    assert answer.bill.content_type == content_type


@pytest.mark.parametrize(
    "body", [b"PK\x03\x04 a spreadsheet", b"<html>bill</html>", b"MZ\x90", b"x", bytes(2000) + PDF], ids=repr
)
async def test_upload_is_refused_and_nothing_is_stored_when_the_type_is_wrong(ingest, body):
    project = await ingest.a.project()

    with pytest.raises(UnsupportedType), refusals_raised():
        await ingest.a.upload(project.project_id, body)

    assert ingest.files() == []


async def test_upload_is_refused_when_empty(ingest):
    project = await ingest.a.project()

    with pytest.raises(EmptyBill), refusals_raised():
        await ingest.a.upload(project.project_id, b"")
    with pytest.raises(EmptyBill), refusals_raised():
        await ingest.a.send(parts_of(header(project.project_id), chunk(b""), chunk(b"")))

    assert ingest.files() == []


async def test_upload_is_refused_with_the_limit_as_soon_as_it_is_exceeded(ingest):
    project = await ingest.a.project()
    sent_bytes = 0

    async def endless():
        nonlocal sent_bytes
        yield header(project.project_id)
        yield chunk(PDF)
        while True:
            sent_bytes += MIB
            yield chunk(bytes(MIB))

    with pytest.raises(BillTooLarge) as refused, refusals_raised():
        await ingest.a.send(endless())

    assert refused.value.metadata == {"limit_bytes": str(25 * MIB)}
    assert sent_bytes < 40 * MIB
    assert ingest.files() == []


async def test_upload_of_exactly_the_limit_is_taken(ingest):
    project = await ingest.a.project()

    answer = await ingest.a.upload(project.project_id, PDF + bytes(25 * MIB - len(PDF)))

    assert answer.bill.size_bytes == 25 * MIB


async def test_upload_is_refused_when_the_header_does_not_come_first_or_comes_twice(ingest):
    project = await ingest.a.project()
    wrong = [
        parts_of(chunk(PDF)),
        parts_of(),
        parts_of(pb.UploadBillRequest()),
        parts_of(header(project.project_id), chunk(PDF), header(project.project_id)),
        parts_of(header(project.project_id), chunk(PDF), pb.UploadBillRequest()),
    ]

    for parts in wrong:
        with pytest.raises(BadRequest), refusals_raised():
            await ingest.a.send(parts)

    assert ingest.files() == []


async def test_upload_is_refused_when_a_chunk_is_larger_than_a_mebibyte(ingest):
    project = await ingest.a.project()

    with pytest.raises(BadRequest), refusals_raised():
        await ingest.a.upload(project.project_id, PDF + bytes(2 * MIB), chunk_bytes=MIB + 1)


@pytest.mark.parametrize("project_id", ["", "not a uuid", "7d3cf7a5-4f3c-4e0c-8f0e-0e7a54f8a5a1"])
async def test_upload_is_refused_when_there_is_no_such_project(ingest, project_id):
    with pytest.raises(NoSuchProject), refusals_raised():
        await ingest.a.upload(project_id, PDF)


@pytest.mark.parametrize(("name", "kept"), HOSTILE_NAMES, ids=[ascii(name)[:24] for name, _ in HOSTILE_NAMES])
async def test_upload_keeps_a_harmless_name_when_the_file_name_is_hostile(ingest, name, kept):
    project = await ingest.a.project()

    answer = await ingest.a.upload(project.project_id, PDF, name)

    assert answer.bill.file_name == kept
    told = await ingest.service_for(ingest.a).bill(answer.bill)
    assert told.object_key == f"t/{ingest.a.tenant_id}/sha256/{told.sha256[:2]}/{told.sha256}"


async def test_upload_with_a_request_id_returns_the_first_answer_when_retried(ingest):
    project = await ingest.a.project()

    first = await ingest.a.upload(project.project_id, PDF, "first.pdf", request_id="r-1")
    again = await ingest.a.upload(project.project_id, PDF, "renamed.pdf", request_id="r-1")

    assert again == first
    listed = await ingest.a.stub.ListBills(
        pb.ListBillsRequest(project_id=project.project_id), metadata=ingest.a.metadata
    )
    assert len(listed.bills) == 1


async def test_upload_with_a_request_id_is_refused_when_it_was_used_for_other_bytes_or_another_project(ingest):
    project, other = await ingest.a.project(), await ingest.a.project("Other")
    await ingest.a.upload(project.project_id, PDF, request_id="r-1")

    with pytest.raises(RequestReused), refusals_raised():
        await ingest.a.upload(project.project_id, pdf("other"), request_id="r-1")
    with pytest.raises(RequestReused), refusals_raised():
        await ingest.a.upload(other.project_id, PDF, request_id="r-1")

    assert len(ingest.files()) == 1


async def test_upload_makes_one_bill_when_twins_with_one_request_id_race(ingest):
    project = await ingest.a.project()

    answers = await asyncio.gather(*(ingest.a.upload(project.project_id, PDF, request_id="r-1") for _ in range(8)))

    assert {answer.bill.bill_id for answer in answers} == {answers[0].bill.bill_id}
    assert {answer.job.job_id for answer in answers} == {answers[0].job.job_id}


async def test_upload_lets_one_win_when_twins_with_one_request_id_bring_other_bytes(ingest):
    project = await ingest.a.project()

    async def attempt(number):
        with refusals_raised():
            return await ingest.a.upload(project.project_id, pdf(f"body {number}"), request_id="r-1")

    answers = await asyncio.gather(*(attempt(number) for number in range(6)), return_exceptions=True)

    assert sum(isinstance(answer, pb.UploadBillResponse) for answer in answers) == 1
    assert sum(isinstance(answer, RequestReused) for answer in answers) == 5


async def test_upload_with_a_request_id_makes_a_new_bill_after_a_day(ingest):
    project = await ingest.a.project()
    first = await ingest.a.upload(project.project_id, PDF, request_id="r-1")
    async with ingest.database.service() as connection:
        await connection.execute("UPDATE ingest.request SET created_at = created_at - interval '25 hours'")

    second = await ingest.a.upload(project.project_id, PDF, request_id="r-1")
    again = await ingest.a.upload(project.project_id, PDF, request_id="r-1")

    assert second.bill.bill_id != first.bill.bill_id
    assert again.bill.bill_id == second.bill.bill_id


async def test_upload_with_a_request_id_does_not_bring_a_deleted_bill_back(ingest):
    project = await ingest.a.project()
    first = await ingest.a.upload(project.project_id, PDF, request_id="r-1")
    await ingest.a.delete(first.bill)

    with pytest.raises(NoSuchBill), refusals_raised():
        await ingest.a.upload(project.project_id, PDF, request_id="r-1")


async def test_upload_without_a_request_id_names_the_oldest_bill_with_the_same_bytes_and_shares_its_object(ingest):
    project, other = await ingest.a.project(), await ingest.a.project("Other")

    first = await ingest.a.upload(project.project_id, PDF)
    second = await ingest.a.upload(project.project_id, PDF)
    third = await ingest.a.upload(project.project_id, PDF)
    elsewhere = await ingest.a.upload(other.project_id, PDF)

    assert first.bill.duplicate_of == ""
    assert second.bill.duplicate_of == first.bill.bill_id
    assert third.bill.duplicate_of == first.bill.bill_id
    assert elsewhere.bill.duplicate_of == ""
    assert len({first.job.job_id, second.job.job_id, third.job.job_id}) == 3
    assert len(ingest.files()) == 1


async def test_upload_agrees_on_one_original_when_the_same_bytes_race(ingest):
    project = await ingest.a.project()

    answers = await asyncio.gather(*(ingest.a.upload(project.project_id, PDF) for _ in range(8)))

    originals = [answer.bill for answer in answers if not answer.bill.duplicate_of]
    assert len(originals) == 1
    assert {answer.bill.duplicate_of for answer in answers} == {"", originals[0].bill_id}


async def test_upload_of_the_same_bytes_by_two_tenants_shares_nothing(ingest):
    ours, theirs = await ingest.a.project(), await ingest.b.project()

    await ingest.a.upload(ours.project_id, PDF)
    answer = await ingest.b.upload(theirs.project_id, PDF)

    assert answer.bill.duplicate_of == ""
    assert len(ingest.files()) == 2


async def test_upload_leaves_nothing_behind_when_the_client_goes_away(ingest):
    project = await ingest.a.project()
    sent = asyncio.Event()

    async def stuck():
        yield header(project.project_id)
        yield chunk(PDF)
        yield chunk(bytes(MIB))
        sent.set()
        await asyncio.Event().wait()

    call = ingest.a.stub.UploadBill(stuck(), metadata=ingest.a.metadata)
    async with asyncio.timeout(WAIT_SECONDS):
        await sent.wait()
    call.cancel()

    async def cleared():
        return ingest.files() == []

    await until(cleared)
    listed = await ingest.a.stub.ListBills(
        pb.ListBillsRequest(project_id=project.project_id), metadata=ingest.a.metadata
    )
    assert listed.bills == []


async def test_upload_needs_the_scope_upload(ingest):
    project = await ingest.a.project()
    reader = await ingest.key(ingest.a, "read")

    with pytest.raises(MissingScope), refusals_raised():
        await reader.upload(project.project_id, PDF)


async def test_upload_is_refused_when_the_request_id_is_too_long(ingest):
    project = await ingest.a.project()

    with pytest.raises(BadRequest), refusals_raised():
        await ingest.a.upload(project.project_id, PDF, request_id="x" * 256)
    with pytest.raises(BadRequest), refusals_raised():
        await ingest.a.upload(project.project_id, PDF, request_id="a\0b")


class CountedChunk(bytes):
    """Bytes that know how many of their kind are alive."""

    alive = 0
    alive_max = 0

    def __init__(self, _):
        CountedChunk.alive += 1
        CountedChunk.alive_max = max(CountedChunk.alive, CountedChunk.alive_max)

    def __del__(self):
        CountedChunk.alive -= 1


async def test_upload_holds_little_of_the_body_at_a_time(ingest):
    project = await ingest.a.project()
    receiver = Receiver(ingest.database, ingest.objects, LeaseTable("ingest.job"), upload_bytes_max=25 * MIB)
    upload = Upload(
        tenant_id=ingest.a.tenant_id, project_id=ProjectId(project.project_id), file_name="bill.pdf", request_id=""
    )

    async def body():
        yield PDF
        for _ in range(80):
            yield CountedChunk(bytes(256 * 1024))

    received = await receiver.receive(upload, body())

    assert received.bill.size_bytes == 20 * MIB + len(PDF)
    # A MiB is gathered, one is being written, and a thread may hold on to those before for a moment.
    assert 1 < CountedChunk.alive_max <= 24
