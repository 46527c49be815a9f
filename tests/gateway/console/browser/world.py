"""A furnished installation: one of everything that a page can show, and the address of every page."""

import asyncio
from dataclasses import dataclass
from urllib.parse import quote

from tests.gateway.console.browser.house import DOUBTFUL, SAMPLE, Person
from tests.gateway.edge import until


@dataclass
class World:
    """Somebody with bills read and failed, webhooks delivered and refused; ``pages`` are the addresses by their names."""

    person: Person
    project_id: str
    bill_id: str
    endpoint_id: str
    pages: dict[str, str]


async def furnished(house, receiver, folder) -> World:
    """Make everything; what has to be read is read by the real reader, what has to be delivered goes to the receiver."""
    person = await house.new_person("Example Estates")
    receiver.always["/broken"] = 500
    working = await _endpoint(person, receiver.url + "/hooks", "Our asset system")
    await _endpoint(person, receiver.url + "/broken", "Nightly import, moved")
    project_id = await person.project("Example Street 12")
    await person.project("Warehouse")
    bill_id = await person.read_bill(project_id)
    doubtful_id = await person.read_bill(project_id, DOUBTFUL, "March, second meter.pdf")
    broken = folder / "scan-cut-off.pdf"
    broken.write_bytes(SAMPLE.read_bytes()[:900])
    await person.upload(project_id, broken)
    await until(lambda: _failed(person, project_id), 40)
    waiting_id = await person.project("Example Street 14")
    await person.json("PUT", f"/v1/projects/{waiting_id}/review_settings", json={"hold": "always"})
    held_id = await person.read_bill(waiting_id, DOUBTFUL)
    accounts = (await person.json("GET", "/v1/accounts"))["accounts"]
    account = accounts[0]["account_id"]
    records = (await person.json("GET", f"/v1/ledger_bills?account_id={account}"))["ledger_bills"]
    latest = max(records, key=lambda one: one["period"]["end"])["ledger_bill_id"]
    delivery = await until(lambda: _delivered(person, working), 40)
    await person.json("POST", "/v1/api_keys", status=201, json={"name": "Nightly import", "scopes": ["upload", "read"]})
    project, endpoint = f"/console/projects/{project_id}", f"/console/webhooks/{working}"
    return World(
        person,
        project_id,
        bill_id,
        working,
        {
            "projects": "/console/projects",
            "project": project,
            "why": f"{project}/why?of=month&month=3",
            "why-year": f"{project}/why?of=cost",
            "why-hours": f"{project}/why?of=hours&month=3",
            "hours": f"{project}/hours",
            "bill": f"{project}/bills/{bill_id}",
            "bill-doubts": f"{project}/bills/{doubtful_id}",
            "bill-held": f"/console/projects/{waiting_id}/bills/{held_id}?value=amount_due",
            "review": f"/console/projects/{waiting_id}/review",
            "work": "/console/work",
            "work-narrowed": "/console/work?ask=failed&name=scan&from=2020-01-01",
            "accounts": "/console/accounts",
            "account": f"/console/accounts/{account}?why={quote(latest)}",
            "webhooks": "/console/webhooks",
            "webhook-new": "/console/webhooks/new",
            "webhook": endpoint,
            "webhook-edit": f"{endpoint}/edit",
            "webhook-secret": f"{endpoint}/secret",
            "delivery": f"{endpoint}/deliveries/{delivery}",
            "keys": "/console/keys",
            "problem": f"{project}/bills/0",
            "docs": "/docs",
            "reference": "/reference",
            "problems": "/problems",
            "problem-type": "/problems/bill-too-large",
        },
    )


async def _endpoint(person, url, description):
    told = {"url": url, "description": description}
    return (await person.json("POST", "/v1/webhook_endpoints", status=201, json=told))["webhook_endpoint_id"]


async def _failed(person, project_id):
    path = f"/v1/projects/{project_id}/utility_bills?status=failed"
    return (await person.json("GET", path))["utility_bills"]


async def _delivered(person, endpoint_id):
    await asyncio.sleep(0.1)
    log = await person.json("GET", f"/v1/webhook_endpoints/{endpoint_id}/deliveries?status=succeeded")
    return log["deliveries"] and log["deliveries"][0]["delivery_id"]
