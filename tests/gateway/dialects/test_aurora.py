"""Aurora's dialect: its documented flow from upload to profile, its names and numbers, its errors, its own client."""

import asyncio
import io

import pytest
from AuroraSolarClient import AuroraSolarClient

from tests.gateway.delivering import completed, dispatching, following
from tests.gateway.edge import PDF, until

MOUNT = "/aurora"


@pytest.fixture
def tenant(edge):
    return f"{MOUNT}/tenants/{edge.tenant_id}"


async def told(edge, method, path, *, status=200, **rest):
    """Ask and return the answer; dialects are not in our own document, so nothing is held to it."""
    headers = {"Authorization": f"Bearer {rest.pop('key', edge.key)}", **rest.pop("headers", {})}
    async with edge.http.request(method, edge.url + path, headers=headers, **rest) as answer:
        body = await answer.json(content_type=None)
        assert answer.status == status, body
        return body


async def project_of(edge, tenant):
    body = {"project": {"name": "Roof", "external_provider_id": "crm-1", "latitude": 37.7}}
    return (await told(edge, "POST", f"{tenant}/projects", json=body))["project"]


async def run(edge, project, body=PDF, **rest):
    headers = {"Content-Disposition": 'attachment; filename="bill.pdf"', "Content-Type": "application/octet-stream"}
    path = f"{project}/utility_bill_upload/run"
    return await told(edge, "POST", path, headers=headers, data=body, **{"status": 202, **rest})


async def test_documented_flow_leads_from_the_bytes_to_twelve_months(edge, tenant):
    made = await project_of(edge, tenant)
    project = f"{tenant}/projects/{made['id']}"

    started = await run(edge, project)
    assert set(started) == {"job_id", "utility_bill_id", "user_file_id"}
    assert started["utility_bill_id"] == started["user_file_id"]
    status = f"{project}/utility_bill_upload/status?job_id={started['job_id']}"
    assert (await told(edge, "GET", status))["status"] == "running"
    await edge.read_next()
    assert (await told(edge, "GET", status))["status"] == "succeeded"

    async def profile():
        async with edge.http.get(
            f"{edge.url}{project}/consumption_profile", headers={"Authorization": f"Bearer {edge.key}"}
        ) as answer:
            return (await answer.json())["consumption_profile"] if answer.status == 200 else None

    months = await until(profile)
    assert len(months["monthly_energy"]) == len(months["monthly_bill"]) == 12
    ours = await edge.json("GET", f"/v1/projects/{made['id']}/load_profile")
    assert months["monthly_energy"] == [float(month["energy_kwh"]) for month in ours["months"]]
    assert months["monthly_bill"] == [
        float(month["cost"]["amount"]) if month["cost"] else None for month in ours["months"]
    ]


async def test_bills_are_listed_newest_first_with_fresh_links_to_their_bytes(edge, tenant):
    project = f"{tenant}/projects/{(await project_of(edge, tenant))['id']}"
    ids = [(await run(edge, project, PDF + str(number).encode()))["utility_bill_id"] for number in range(3)]

    bills = (await told(edge, "GET", f"{project}/utility_bills"))["utility_bills"]

    assert [bill["id"] for bill in bills] == ids[::-1]
    async with edge.http.get(bills[0]["file_url"]) as file:
        assert await file.read() == PDF + b"2"
    second = (await told(edge, "GET", f"{project}/utility_bills?page=2&per_page=2"))["utility_bills"]
    assert [bill["id"] for bill in second] == ids[:1]
    one = (await told(edge, "GET", f"{project}/utility_bills/{ids[1]}"))["utility_bill"]
    assert (one["id"], one["filename"], one["content_type"]) == (ids[1], "bill.pdf", "application/pdf")
    assert one["file_url"].startswith(edge.url)


async def test_missing_profile_is_told_in_the_vendors_words(edge, tenant):
    project = f"{tenant}/projects/{(await project_of(edge, tenant))['id']}"
    body = await told(edge, "GET", f"{project}/consumption_profile", status=404)
    assert body == {"message": "Consumption profile is not filled out", "error": "no_load_profile"}


async def test_too_large_a_file_is_unprocessable(edge, tenant):
    project = f"{tenant}/projects/{(await project_of(edge, tenant))['id']}"
    body = await run(edge, project, io.BytesIO(b"%PDF-" + b"x" * edge.settings.upload_bytes_max), status=422)
    assert body["error"] == "bill_too_large"


@pytest.mark.parametrize("path", ["", "/projects", "/projects/{project}", "/projects/{project}/utility_bills"])
async def test_path_of_another_tenant_is_nothing(edge, tenant, path):
    project = (await project_of(edge, tenant))["id"]
    other = await edge.new_tenant()
    key = await edge.new_key(other)

    foreign = await told(edge, "GET", tenant + path.format(project=project), status=404, key=key)
    assert foreign["error"] == "no_such_project"
    own = f"{MOUNT}/tenants/{other}" + path.format(project=project)
    status = 200 if path in ("", "/projects") else 404
    assert project not in str(await told(edge, "GET", own, status=status, key=key))


async def test_unknown_address_and_missing_key_are_told_as_the_dialect_does(edge, tenant):
    assert set(await told(edge, "GET", f"{tenant}/designs", status=404)) == {"message", "error"}
    async with edge.http.get(edge.url + tenant) as answer:
        assert (answer.status, (await answer.json())["error"]) == (401, "no_key")


async def test_public_client_works_with_nothing_but_another_base_url(edge):
    client = AuroraSolarClient(edge.tenant_id, {"api_token": edge.key})
    client.BASE_URL = edge.url + MOUNT
    answers = [
        await asyncio.to_thread(ask)
        for ask in (client.get_tenant, lambda: client.create_project({"project": {"address": "1 Example St"}}))
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    made = answers[1].json()["project"]
    found = await asyncio.to_thread(client.get_project, made["id"])
    listed = await asyncio.to_thread(client.get_projects)
    assert found.json()["project"] == made
    assert listed.json()["projects"] == [made]
    assert made["name"] == "1 Example St"


async def test_subscription_is_called_by_get_with_its_placeholders_filled(edge, tenant, receiver):
    body = {
        "event": "utility_bill_upload_job_completed",
        "url_template": f"{receiver.url}/hook?job=<JOB_ID>&bill=<UTILITY_BILL_ID>&status=<STATUS>",
        "description": "CRM",
        "enabled": True,
        "header_auth_key": "X-Crm",
        "header_auth_value": "sesame",
        "filters": {"STATUS": ["succeeded"]},
    }
    made = (await told(edge, "POST", f"{tenant}/webhooks", status=201, json={"webhook": body}))["webhook"]
    assert (
        made | {"event": body["event"], "filters": body["filters"], "enabled": True, "header_auth_key": "X-Crm"} == made
    )
    assert "sesame" not in str(made)
    async with following(edge), dispatching(edge):
        change = completed(edge, position=1)
        await edge.changes.tell(change)
        [got] = await receiver.wait("/hook")

    assert got.method == "GET"
    assert got.headers["x-crm"] == "sesame"
    assert f"bill={change.parse_completed.bill_id}&status=succeeded" in got.url


async def test_subscription_is_listed_changed_and_removed(edge, tenant, receiver):
    body = {"event": "consumption_profile_changed", "url_template": f"{receiver.url}/a?project=<PROJECT_ID>"}
    made = (await told(edge, "POST", f"{tenant}/webhooks", status=201, json={"webhook": body}))["webhook"]
    path = f"{tenant}/webhooks/{made['id']}"
    changed = (await told(edge, "PUT", path, json={"webhook": {"enabled": False}}))["webhook"]

    assert changed["enabled"] is False
    assert (await told(edge, "GET", path))["webhook"] == changed
    assert (await told(edge, "GET", f"{tenant}/webhooks"))["webhooks"] == [changed]
    async with edge.http.delete(edge.url + path, headers={"Authorization": f"Bearer {edge.key}"}) as answer:
        assert answer.status == 204
    assert (await told(edge, "GET", path, status=404))["error"] == "no_such_endpoint"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"webhook": {"url_template": "https://example.org/"}},
        {"webhook": {"event": "design_request_completed", "url_template": "https://example.org/"}},
        {"webhook": {"event": "consumption_profile_changed", "url_template": "https://example.org/", "what": 1}},
        {"webhook": {"event": "consumption_profile_changed", "url_template": "https://example.org/", "filters": 1}},
    ],
)
async def test_subscription_that_cannot_be_is_refused(edge, tenant, body):
    assert set(await told(edge, "POST", f"{tenant}/webhooks", status=400, json=body)) == {"message", "error"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"header_auth_key": "X-Crm"}, "header_auth_value"),
        ({"header_auth_value": "sesame"}, "header_auth_key"),
        ({"basic_auth_username": "crm"}, "basic_auth_password"),
        ({"basic_auth_username": "crm", "basic_auth_password": ""}, "basic_auth_password"),
        (
            {"header_auth_key": "X-Crm", "header_auth_value": "sesame", "basic_auth_password": "x"},
            "basic_auth_username",
        ),
        (
            {
                "header_auth_key": "X-Crm",
                "header_auth_value": "sesame",
                "basic_auth_username": "crm",
                "basic_auth_password": "x",
            },
            "not both",
        ),
    ],
)
async def test_half_of_credentials_or_two_kinds_of_them_are_refused(edge, tenant, receiver, given, field):
    url = f"{receiver.url}/a?project=<PROJECT_ID>"
    body = {"webhook": {"event": "consumption_profile_changed", "url_template": url, **given}}
    refused = await told(edge, "POST", f"{tenant}/webhooks", status=400, json=body)
    assert field in refused["message"]
    assert (await told(edge, "GET", f"{tenant}/webhooks"))["webhooks"] == []


async def test_endpoint_that_is_called_by_post_is_no_subscription(edge, tenant, receiver):
    made = await edge.json("POST", "/v1/webhook_endpoints", status=201, json={"url": f"{receiver.url}/hook"})
    path = f"{tenant}/webhooks/{made['webhook_endpoint_id']}"

    assert (await told(edge, "GET", path, status=404))["error"] == "no_such_endpoint"
    await told(edge, "PUT", path, status=404, json={"webhook": {"enabled": False}})
    await told(edge, "DELETE", path, status=404)
    assert (await edge.json("GET", f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}"))["enabled"] is True


async def test_consumption_profile_is_taken_as_exactly_one_of_three(edge, tenant):
    project = f"{tenant}/projects/{(await project_of(edge, tenant))['id']}"
    months = [500, None, None, None, None, None, 900, None, None, None, None, None]
    put = {"consumption_profile": {"monthly_energy": months}}

    profile = (await told(edge, "PUT", f"{project}/consumption_profile", json=put))["consumption_profile"]

    assert (profile["monthly_energy"][0], profile["monthly_energy"][6]) == (500, 900)
    assert (await told(edge, "GET", f"{project}/consumption_profile"))["consumption_profile"] == profile
    both = {"consumption_profile": {"monthly_energy": months, "monthly_bill": months}}
    assert (await told(edge, "PUT", f"{project}/consumption_profile", status=400, json=both))["error"] == "bad_request"
