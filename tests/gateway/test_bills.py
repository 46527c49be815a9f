"""The way of a bill over REST, from its upload to the link that downloads it."""

import hashlib


async def test_upload_answers_202_with_job_and_bill_when_the_body_is_raw(edge):
    project_id = await edge.project()
    body = b"%PDF-1.7 " + b"x" * 700_000
    async with edge.ask(
        "POST",
        f"/v1/projects/{project_id}/utility_bills",
        data=body,
        headers={
            "Content-Disposition": "attachment; filename*=UTF-8''J%C3%A4nner.pdf",
            "Content-Type": "application/pdf",
        },
    ) as answer:
        told = await answer.json()
        assert answer.status == 202
        assert answer.headers["Location"] == f"/v1/jobs/{told['job_id']}"
    assert told["utility_bill_id"] == told["user_file_id"]
    assert told["file_name"] == "Jänner.pdf"
    assert told["sha256"] == hashlib.sha256(body).hexdigest()
    assert told["size_bytes"] == len(body)
    assert told["duplicate_of"] is None
    job = await edge.json("GET", f"/v1/jobs/{told['job_id']}")
    assert job["state"] == "queued"
    assert job["utility_bill_id"] == told["utility_bill_id"]


async def test_link_downloads_the_very_bytes_when_the_bill_was_retrieved(edge):
    project_id = await edge.project()
    body = b"%PDF-1.7 " + b"y" * 300_000
    told = await edge.upload(project_id, body)
    bill = await edge.json("GET", f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}")
    async with edge.http.get(bill["file_url"]) as answer:
        assert answer.status == 200
        assert await answer.read() == body
        assert answer.headers["Content-Disposition"] == 'attachment; filename="bill.pdf"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
