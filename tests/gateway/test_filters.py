"""Lists narrowed to what is asked for, page by page."""

import hashlib

import pytest

from tests.gateway.edge import PDF


async def listed(edge, project_id, query):
    names: list[str] = []
    token: str | None = ""
    while token is not None:
        page = await edge.json(
            "GET", f"/v1/projects/{project_id}/utility_bills", params={**query, "page_size": "1", "page_token": token}
        )
        names += [one["file_name"] for one in page["utility_bills"]]
        token = page["next_page_token"]
    return names


@pytest.fixture
async def filled(edge):
    project_id = await edge.project()
    bills = {}
    for name in ("March.pdf", "april.pdf", "may 100%.pdf"):
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        told = await edge.upload(project_id, PDF + name.encode(), headers=headers)
        bills[name] = told
    await edge.read_next()
    return project_id, bills


async def test_bills_are_narrowed_by_status_name_time_and_bytes(edge, filled):
    project_id, bills = filled
    assert await listed(edge, project_id, {}) == ["may 100%.pdf", "april.pdf", "March.pdf"]
    assert await listed(edge, project_id, {"status": "pending"}) == ["may 100%.pdf", "april.pdf"]
    assert await listed(edge, project_id, {"status": "succeeded"}) == ["March.pdf"]
    assert await listed(edge, project_id, {"status": "failed"}) == []
    assert await listed(edge, project_id, {"file_name": "mA"}) == ["may 100%.pdf", "March.pdf"]
    assert await listed(edge, project_id, {"file_name": "%"}) == ["may 100%.pdf"]
    second = bills["april.pdf"]["received_at"]
    assert await listed(edge, project_id, {"received_from": second}) == ["may 100%.pdf", "april.pdf"]
    assert await listed(edge, project_id, {"received_before": second}) == ["March.pdf"]
    assert await listed(edge, project_id, {"received_from": second, "status": "succeeded"}) == []
    digest = hashlib.sha256(PDF + b"april.pdf").hexdigest()
    assert await listed(edge, project_id, {"sha256": digest}) == ["april.pdf"]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "x"},
        {"status": ""},
        {"received_from": "yesterday"},
        {"sha256": "ABC"},
        {"file_name": "x" * 256},
        {"colour": "red"},
    ],
)
async def test_filter_that_no_bill_can_pass_is_refused(edge, query):
    project_id = await edge.project()
    told = await edge.json("GET", f"/v1/projects/{project_id}/utility_bills", status=400, params=query)
    assert told["reason"] == "BAD_REQUEST"
