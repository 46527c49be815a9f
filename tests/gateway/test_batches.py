"""Many bills in one request: one job each, a manifest, and archives that mean harm refused before anything is read."""

import dataclasses
import io
import struct
import zipfile

import aiohttp
import pytest

from tests.gateway.edge import PDF
from tests.gateway.test_server import another

ZIP = {"Content-Type": "application/zip"}


def pdf(number):
    return PDF + f"% {number}\n".encode()


def packed(files, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", options.pop("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return file.getvalue()


def form(files):
    data = aiohttp.FormData()
    for name, body in files:
        data.add_field("files", io.BytesIO(body), filename=name, content_type="application/pdf")
    return data


async def batch(edge, project_id, *, status=202, **rest):
    return await edge.json("POST", f"/v1/projects/{project_id}/utility_bill_batches", status=status, **rest)


FILES = [("a.pdf", pdf(1)), ("notes.txt", b"no bill"), ("empty.pdf", b""), ("b.pdf", pdf(2))]


@pytest.mark.parametrize("way", ["form", "zip"])
async def test_each_file_is_a_bill_of_its_own_and_none_holds_up_another(edge, way):
    project_id = await edge.project()
    body = {"data": form(FILES)} if way == "form" else {"data": packed(FILES), "headers": ZIP}
    told = await batch(edge, project_id, **body)
    assert (told["accepted"], told["refused"]) == (2, 2)
    assert [(one["index"], one["file_name"], one["status"], one["reason"]) for one in told["entries"]] == [
        (0, "a.pdf", "accepted", None),
        (1, "notes.txt", "refused", "UNSUPPORTED_TYPE"),
        (2, "empty.pdf", "refused", "EMPTY_BILL"),
        (3, "b.pdf", "accepted", None),
    ]
    taken = {one["utility_bill_id"]: one for one in told["entries"] if one["status"] == "accepted"}
    assert {(one["utility_bill_id"], one["job_id"], one["file_name"]) for one in await edge.bills(project_id)} == {
        (bill_id, one["job_id"], one["file_name"]) for bill_id, one in taken.items()
    }


@pytest.mark.parametrize("way", ["form", "zip"])
async def test_batch_sent_again_under_its_key_makes_nothing_twice(edge, way):
    project_id = await edge.project()
    again = []
    for _ in range(2):
        body = {"data": form(FILES)} if way == "form" else {"data": packed(FILES), "headers": ZIP}
        headers = {**body.get("headers", {}), "Idempotency-Key": "month-end"}
        again.append(await batch(edge, project_id, **{**body, "headers": headers}))
    assert again[0] == again[1]
    assert len(await edge.bills(project_id)) == 2


async def test_large_file_is_refused_by_itself(edge):
    project_id = await edge.project()
    large = PDF + b"x" * edge.settings.upload_bytes_max
    told = await batch(edge, project_id, data=form([("a.pdf", pdf(1)), ("large.pdf", large), ("b.pdf", pdf(2))]))
    assert [one["reason"] for one in told["entries"]] == [None, "BILL_TOO_LARGE", None]


async def test_folders_and_droppings_are_passed_over_and_names_lose_their_folders(edge):
    files = [("2026/", b""), ("2026/march.pdf", pdf(1)), ("__MACOSX/2026/._march.pdf", b"x"), (".DS_Store", b"x")]
    told = await batch(edge, await edge.project(), data=packed(files), headers=ZIP)
    assert [one["file_name"] for one in told["entries"]] == ["march.pdf"]


def slipped(name):
    return packed([("a.pdf", pdf(1)), (name, pdf(2))])


def overlapping():
    """An archive whose two entries are the same bytes."""
    data = bytearray(packed([("a.pdf", pdf(1)), ("b.pdf", pdf(1))]))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    return bytes(data)


def crowded_directory():
    data = bytearray(packed([("a.pdf", pdf(1))]))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<L", 10_000_000)
    return bytes(data)


HARMFUL = {
    "slip": slipped("../../etc/passwd"),
    "slip_by_backslash": slipped("..\\..\\windows\\a.pdf"),
    "absolute": slipped("/etc/passwd"),
    "drive": slipped("C:\\a.pdf"),
    "bomb": packed([("a.pdf", PDF + bytes(30_000_000))]),
    "overlap": overlapping(),
    "directory": crowded_directory(),
    "no_archive": b"PK\x03\x04 and nothing more",
    "cut": packed([("a.pdf", pdf(1))])[:-30],
}


@pytest.mark.parametrize("name", HARMFUL)
async def test_archive_that_means_harm_is_refused_whole(edge, name):
    project_id = await edge.project()
    told = await batch(edge, project_id, status=422, data=HARMFUL[name], headers=ZIP)
    assert told["reason"] == "BAD_ARCHIVE"
    assert await edge.bills(project_id) == []


async def test_archive_within_an_archive_is_no_bill(edge):
    files = [("inner.zip", packed([("a.pdf", pdf(1))])), ("a.pdf", pdf(1))]
    told = await batch(edge, await edge.project(), data=packed(files), headers=ZIP)
    assert [one["reason"] for one in told["entries"]] == ["UNSUPPORTED_TYPE", None]


async def test_damaged_encrypted_and_oddly_packed_entries_are_refused_by_themselves(edge):
    plain = packed([("a.pdf", pdf(1)), ("b.pdf", pdf(2))], compression=zipfile.ZIP_STORED)
    damaged = bytearray(plain)
    damaged[damaged.find(b"%%EOF")] ^= 1
    encrypted = bytearray(plain)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.find(mark) + at] |= 1
    odd = packed([("a.pdf", pdf(1))], compression=zipfile.ZIP_LZMA)
    for data, reasons in ((damaged, ["BAD_ARCHIVE", None]), (encrypted, ["BAD_ARCHIVE", None]), (odd, ["BAD_ARCHIVE"])):
        told = await batch(edge, await edge.project(), data=bytes(data), headers=ZIP)
        assert [one["reason"] for one in told["entries"]] == reasons


async def test_batch_beyond_the_limits_is_refused(edge):
    project_id = await edge.project()
    many = [(f"{number}.pdf", pdf(number)) for number in range(4)]
    settings = dataclasses.replace(edge.settings, batch_files_max=3, batch_bytes_max=100_000)
    path = f"/v1/projects/{project_id}/utility_bill_batches"
    bearer = {"Authorization": f"Bearer {edge.key}"}

    async def endless():
        for _ in range(30):
            yield b"x" * 10_000

    async with another(edge, settings=settings) as url:
        for data, headers in (
            (packed(many), ZIP),
            (form(many), {}),
            (b"x" * 100_001, ZIP),
            (endless(), ZIP),
        ):
            async with edge.http.post(url + path, data=data, headers={**bearer, **headers}) as answer:
                told = await answer.json(content_type=None)
                assert (answer.status, told["reason"]) == (422, "BATCH_TOO_LARGE")


@pytest.mark.parametrize(
    ("data", "headers", "status", "reason"),
    [
        (packed([]), ZIP, 422, "EMPTY_BILL"),
        (PDF, {"Content-Type": "application/pdf"}, 400, "BAD_HEADER"),
        (b"", ZIP, 422, "EMPTY_BILL"),
        (b"--B\r\n\r\nx\r\n--B--\r\n", {"Content-Type": "multipart/form-data; boundary=B"}, 422, "EMPTY_BILL"),
    ],
)
async def test_batch_without_a_file_is_refused(edge, data, headers, status, reason):
    told = await batch(edge, await edge.project(), status=status, data=data, headers=headers)
    assert told["reason"] == reason
