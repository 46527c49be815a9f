"""Bad input of every kind: each a typed problem that names what is wrong, the service alive behind it."""

import asyncio
import io
import json

import pytest

from tests.gateway.edge import PDF, check_documented

MIB = 1024 * 1024
ABSENT = "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e"


async def pieces(size, head=PDF):
    yield head
    for _ in range(size // 65536):
        yield b"x" * 65536


async def raw(edge, request, *, close=False):
    """Send bytes as they are; return status, headers and body of the answer."""
    host, _, port = edge.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        await writer.drain()
        if close:
            writer.write_eof()
        async with asyncio.timeout(15):
            return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split()[1])
    headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
    return status, headers, await reader.readexactly(int(headers.get("content-length", 0)))


def request(edge, path, *headers, method="POST", body=b""):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {edge.key}", *headers]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


BODIES = {
    "empty": (b"", 422, "EMPTY_BILL"),
    "text": (b"just some words", 415, "UNSUPPORTED_TYPE"),
    "html": (b"<!doctype html><script>alert(1)</script>", 415, "UNSUPPORTED_TYPE"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, 415, "UNSUPPORTED_TYPE"),
    "executable": (b"\x7fELF" + b"\0" * 100, 415, "UNSUPPORTED_TYPE"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "UNSUPPORTED_TYPE"),
    "late_pdf_header": (b"\0" * 2000 + PDF, 415, "UNSUPPORTED_TYPE"),
    "one_byte": (b"%", 415, "UNSUPPORTED_TYPE"),
    "too_large": (b"%PDF-1.7" + b"x" * (26 * MIB), 422, "BILL_TOO_LARGE"),
}


@pytest.mark.parametrize("case", BODIES)
async def test_body_is_refused(edge, case):
    body, status, reason = BODIES[case]
    project_id = await edge.project()
    refused = await edge.upload(project_id, io.BytesIO(body), status=status)
    assert refused["reason"] == reason
    assert await edge.bills(project_id) == []


async def test_lying_extension_and_type_are_passed_over_when_the_bytes_tell_another(edge):
    project_id = await edge.project()
    lies = {"Content-Disposition": 'attachment; filename="bill.pdf"', "Content-Type": "application/pdf"}
    told = await edge.upload(project_id, b"GIF89a" + b"\0" * 50, headers=lies)
    assert (told["content_type"], told["file_name"]) == ("image/gif", "bill.pdf")


async def test_body_of_unknown_length_is_refused_at_the_limit(edge):
    project_id = await edge.project()
    refused = await edge.upload(project_id, pieces(26 * MIB), status=422)
    assert refused["reason"] == "BILL_TOO_LARGE"
    assert refused["metadata"]["limit_bytes"] == str(25 * MIB)
    assert await edge.bills(project_id) == []


async def test_body_is_not_invited_when_its_length_is_too_large(edge):
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/utility_bills"
    asked = request(edge, path, f"Content-Length: {26 * MIB}", "Expect: 100-continue")
    status, _, body = await raw(edge, asked)
    assert (status, json.loads(body)["reason"]) == (422, "BILL_TOO_LARGE")


async def test_body_is_invited_when_the_headers_pass(edge):
    project_id = await edge.project()
    host, _, port = edge.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = f"/v1/projects/{project_id}/utility_bills"
    writer.write(request(edge, path, f"Content-Length: {len(PDF)}", "Expect: 100-continue"))
    async with asyncio.timeout(15):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(PDF)
        status, _, _ = await _answer(reader)
    writer.close()
    assert status == 202


@pytest.mark.parametrize("headers", [(), ("Authorization: Bearer bk_live_AAAAAAAA_" + "a" * 32,)])
async def test_body_is_not_invited_when_the_key_is_missing_or_wrong(edge, headers):
    lines = ["POST /v1/projects HTTP/1.1", "Host: localhost", "Content-Length: 20", "Expect: 100-continue", *headers]
    status, answered, _ = await raw(edge, "\r\n".join(lines).encode() + b"\r\n\r\n")
    assert status == 401
    assert answered["www-authenticate"].startswith("bearer")


HEADERS = {
    "no_type": "Content-Disposition: ;filename=x",
    "open_quote": 'Content-Disposition: attachment; filename="bill.pdf',
    "twice_within": 'Content-Disposition: attachment; filename="a.pdf"; filename="b.pdf"',
    "bad_charset": "Content-Disposition: attachment; filename*=UTF-9''x",
    "bad_escape": "Content-Disposition: attachment; filename*=UTF-8''%zz",
    "bad_utf8": "Content-Disposition: attachment; filename*=UTF-8''%ff%fe",
    "encoding": "Content-Encoding: gzip",
    "empty_key": "Idempotency-Key: ",
    "long_key": "Idempotency-Key: " + "k" * 256,
    "key_with_spaces": "Idempotency-Key: a b",
    "key_not_ascii": "Idempotency-Key: ü",
    "multipart_mixed": "Content-Type: multipart/mixed; boundary=x",
    "form_without_boundary": "Content-Type: multipart/form-data",
}


@pytest.mark.parametrize("case", HEADERS)
async def test_header_is_refused(edge, case):
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/utility_bills"
    asked = request(edge, path, f"Content-Length: {len(PDF)}", HEADERS[case], body=PDF)
    status, _, body = await raw(edge, asked)
    assert (status, json.loads(body)["reason"]) == (400, "BAD_HEADER"), body
    assert await edge.bills(project_id) == []


async def test_header_is_refused_when_it_stands_twice(edge):
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/utility_bills"
    for line in ('Content-Disposition: attachment; filename="a.pdf"', "Idempotency-Key: k"):
        asked = request(edge, path, f"Content-Length: {len(PDF)}", line, line, body=PDF)
        status, _, body = await raw(edge, asked)
        assert (status, json.loads(body)["reason"]) == (400, "BAD_HEADER")


NAMES = {
    "none": (None, "bill"),
    "path": ('attachment; filename="../../etc/passwd"', "passwd"),
    "windows_path": ('attachment; filename="C:\\\\temp\\\\bill.pdf"', "bill.pdf"),
    "encoded_path": ("attachment; filename*=UTF-8''..%2F..%2Fbill.pdf", "bill.pdf"),
    "nul": ("attachment; filename*=UTF-8''bill%00.pdf", "bill.pdf"),
    "line_break": ("attachment; filename*=UTF-8''bill%0d%0aSet-Cookie%3A%20x.pdf", "billSet-Cookie: x.pdf"),
    "turned_direction": ("attachment; filename*=UTF-8''bill%E2%80%AEfdp.exe", "billfdp.exe"),
    "extended_wins": ("attachment; filename=\"plain.pdf\"; filename*=UTF-8''r%C3%A9el.pdf", "réel.pdf"),
    "dots_only": ('attachment; filename="..."', "bill"),
    "quotes": ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
}


@pytest.mark.parametrize("case", NAMES)
async def test_hostile_file_name_is_made_harmless(edge, case):
    header, expected = NAMES[case]
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/utility_bills"
    lines = [f"Content-Length: {len(PDF)}", *([f"Content-Disposition: {header}"] if header else [])]
    status, _, body = await raw(edge, request(edge, path, *lines, body=PDF))
    told = json.loads(body)
    assert (status, told["file_name"]) == (202, expected)
    bill = await edge.json("GET", f"{path}/{told['utility_bill_id']}")
    async with edge.http.get(bill["file_url"]) as answer:
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Disposition"].startswith("attachment; ")


async def test_very_long_file_name_is_shortened(edge):
    name = "ä" * 300 + ".pdf"
    told = await edge.upload(
        await edge.project(),
        headers={"Content-Disposition": "attachment; filename*=UTF-8''" + "%C3%A4" * 300 + ".pdf"},
    )
    assert len(told["file_name"].encode()) <= 255
    assert told["file_name"].endswith(".pdf")
    assert told["file_name"] != name


FORMS = {
    "no_file": (b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--B--\r\n', "BAD_REQUEST"),
    "no_parts": (b"--B--\r\n", "BAD_REQUEST"),
    "not_a_form": (b"%PDF-1.7 this is no form at all", "BAD_REQUEST"),
    "no_end": (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF,
        "BAD_REQUEST",
    ),
    "base64": (
        b"--B\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; filename=a\r\n\r\nJVBERi0xLjc=\r\n--B--",
        "BAD_HEADER",
    ),
    "nested": (
        b"--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\nx\r\n--C--\r\n--B--\r\n",
        "BAD_REQUEST",
    ),
    "name_broken": (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.pdf\r\n\r\n' + PDF + b"\r\n--B--\r\n",
        "BAD_HEADER",
    ),
}


# aiohttp warns of the very header that the edge then refuses.
@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")
@pytest.mark.parametrize("case", FORMS)
async def test_form_is_refused(edge, case):
    body, reason = FORMS[case]
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/utility_bills"
    lines = (f"Content-Length: {len(body)}", "Content-Type: multipart/form-data; boundary=B")
    status, _, answered = await raw(edge, request(edge, path, *lines, body=body))
    assert (status, json.loads(answered)["reason"]) == (400, reason), answered
    assert await edge.bills(project_id) == []


async def test_empty_file_of_a_form_is_an_empty_bill(edge):
    body = b'--B\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--B--\r\n'
    path = f"/v1/projects/{await edge.project()}/utility_bills"
    lines = (f"Content-Length: {len(body)}", "Content-Type: multipart/form-data; boundary=B")
    status, _, answered = await raw(edge, request(edge, path, *lines, body=body))
    assert (status, json.loads(answered)["reason"]) == (422, "EMPTY_BILL")


JSON = {
    "not_json": (b"{", None),
    "a_list": (b"[]", None),
    "not_utf8": (b'{"name": "\xff"}', None),
    "no_name": (b"{}", "name"),
    "null_name": (b'{"name": null}', "name"),
    "number": (b'{"name": 7}', "name"),
    "blank": (b'{"name": "  "}', "name"),
    "long": (b'{"name": "' + b"x" * 201 + b'"}', "name"),
    "nul": (b'{"name": "a\\u0000b"}', "name"),
    "lone_surrogate": (b'{"name": "\\ud800"}', "name"),
    "unknown_field": (b'{"name": "x", "nmae": 1}', "nmae"),
    "twice": (b'{"name": "x", "name": "y"}', None),
    "deep": (b'{"name": ' + b"[" * 20000 + b"]" * 20000 + b"}", None),
    "nan": (b'{"name": NaN}', None),
}


@pytest.mark.parametrize("case", JSON)
async def test_json_is_refused_with_the_name_of_the_field(edge, case):
    body, field = JSON[case]
    refused = await edge.json("POST", "/v1/projects", status=400, data=body)
    assert refused["reason"] == "BAD_REQUEST"
    assert refused["metadata"].get("field") == field


async def test_json_is_refused_when_it_is_longer_than_any_request(edge):
    body = b'{"name": "' + b"x" * 70_000 + b'"}'
    assert (await edge.json("POST", "/v1/projects", status=413, data=body))["reason"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    "part", [ABSENT, "x", "0", "..", "%00", "%E2%80%AE", "a" * 500, "%27%20OR%201=1--", "%F0%9F%99%82"]
)
async def test_strange_ids_name_nothing(edge, part):
    project_id = await edge.project()
    for path in (
        f"/v1/projects/{part}",
        f"/v1/projects/{part}/utility_bills",
        f"/v1/projects/{part}/load_profile",
        f"/v1/projects/{part}/load_profile/hours",
        f"/v1/projects/{part}/months",
        f"/v1/projects/{part}/policy",
        f"/v1/projects/{part}/accounts",
        f"/v1/projects/{project_id}/utility_bills/{part}",
        f"/v1/projects/{project_id}/utility_bills/{part}/reading",
        f"/v1/jobs/{part}",
        f"/v1/webhook_endpoints/{part}",
        f"/v1/webhook_endpoints/{ABSENT}/deliveries/{part}",
    ):
        status, _, body = await raw(edge, request(edge, path, method="GET"))
        assert status == 404, (path, body)


async def test_unknown_address_and_wrong_method_are_problems(edge):
    assert (await edge.json("GET", "/v2/anything", status=404))["reason"] == "NO_SUCH_ROUTE"
    async with edge.ask("DELETE", "/v1/projects") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
        assert (await answer.json(content_type=None))["reason"] == "METHOD_NOT_ALLOWED"


async def test_request_id_is_kept_when_it_is_plain_and_made_anew_when_not(edge):
    for given, kept in (("trace-17.a:b", True), ("has space", False), ("x" * 200, False)):
        async with edge.http.get(edge.url + "/healthz", headers={"X-Request-Id": given}) as answer:
            assert (answer.headers["X-Request-Id"] == given) is kept
    refused = await edge.json("GET", "/v1/projects", key="", status=401, headers={"X-Request-Id": "trace-18"})
    assert refused["request_id"] == "trace-18"


async def test_expectation_is_refused_when_it_is_none_of_http(edge):
    async with edge.http.post(
        edge.url + "/v1/projects", headers={"Expect": "miracles", "Authorization": f"Bearer {edge.key}"}
    ) as answer:
        assert (answer.status, (await answer.json(content_type=None))["reason"]) == (400, "BAD_HEADER")
        await check_documented("POST", "/v1/projects", answer)


async def test_health_and_readiness_need_no_key(edge):
    assert await edge.json("GET", "/healthz", key="") == {"status": "ok"}
    ready = await edge.json("GET", "/readyz", key="")
    assert ready == {"status": "ok", "checks": {"database": "ok", "ingest": "ok", "profile": "ok"}}
