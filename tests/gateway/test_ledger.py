"""The ledger and properties over REST: every answer is held to the document by the client of these tests."""

from tests.gateway.edge import until


async def read(edge):
    project_id = await edge.project()
    await edge.read_bill(project_id)
    [bill] = (await edge.json("GET", f"/v1/ledger_bills?project_id={project_id}"))["ledger_bills"]
    return project_id, bill


async def test_bill_is_corrected_and_everything_follows(edge):
    project_id, bill = await read(edge)
    path = f"/v1/ledger_bills/{bill['ledger_bill_id']}"
    change = {
        "changes": [{"field": "usages[0].amount", "value": "640"}, {"field": "holder", "value": None}],
        "amended_by": "Robin",
        "reason": "misread",
    }
    key = {"Idempotency-Key": "correction-1"}
    made = await edge.json("POST", path + "/amendments", status=201, json=change, headers=key)
    assert made["original_ledger_bill_id"] == bill["ledger_bill_id"]
    assert made["usages"][0]["quantity"] == {"amount": "640", "unit": "kWh"}
    assert await edge.json("POST", path + "/amendments", status=201, json=change, headers=key) == made
    old = await edge.json("GET", path)
    assert (old["archived"], old["archive_reason"]) == (True, "corrected")
    assert old["standing_ledger_bill_id"] == made["ledger_bill_id"]
    [correction] = (await edge.json("GET", path + "/amendments"))["amendments"]
    assert (correction["before"], correction["after"], correction["amended_by"]) == ("620", "640", "Robin")
    profile = await edge.json("GET", f"/v1/projects/{project_id}/load_profile")
    assert profile["months"][2]["energy_kwh"] == "640.0000"
    then = await edge.json("GET", f"/v1/ledger_bills?as_known_on={bill['recorded_at']}")
    assert [one["ledger_bill_id"] for one in then["ledger_bills"]] == [bill["ledger_bill_id"]]
    refused = await edge.json("POST", path + "/amendments", status=409, json=change)
    assert refused["reason"] == "LEDGER_BILL_ARCHIVED"
    change = {**change, "changes": [{"field": "colour", "value": "red"}]}
    refused = await edge.json("POST", f"/v1/ledger_bills/{made['ledger_bill_id']}/amendments", status=400, json=change)
    assert refused["reason"] == "BAD_REQUEST"
    told = await edge.json("GET", f"{path}/difference/{made['ledger_bill_id']}")
    assert (told["before"]["energy"], told["after"]["energy"], told["total"]["amount"]) == ("620", "640", "0.00")
    [day] = (await edge.json("GET", "/v1/bill_days"))["days"]
    of_day = await edge.json("GET", f"/v1/ledger_bills?recorded_on={day['day']}&selection=all")
    assert len(of_day["ledger_bills"]) == day["bill_count"] == 2


async def test_accounts_and_meters_keep_what_the_caller_says(edge):
    _, bill = await read(edge)
    [account] = (await edge.json("GET", "/v1/accounts"))["accounts"]
    assert account["account_id"] == bill["account_id"]
    told = await edge.json("PUT", f"/v1/accounts/{account['account_id']}/metadata", json={"metadata": {"centre": [1]}})
    assert told["metadata"] == {"centre": [1]}
    [meter] = (await edge.json("GET", "/v1/meters"))["meters"]
    told = await edge.json("PUT", f"/v1/meters/{meter['meter_id']}/metadata", json={"metadata": {"x": None}})
    assert told == await edge.json("GET", f"/v1/meters/{meter['meter_id']}")
    path = f"/v1/ledger_bills/{bill['ledger_bill_id']}"
    assert (await edge.json("PUT", path + "/metadata", json={"metadata": {"a": "b"}}))["metadata"] == {"a": "b"}
    refused = await edge.json("PUT", path + "/metadata", status=400, json={"metadata": "text"})
    assert refused["metadata"]["field"] == "metadata"
    months = await edge.json("GET", f"/v1/meters/{meter['meter_id']}/months?factor_set=energyprint-compat")
    assert months["months"][0]["distribution_kbtus"] == "2115.4400"
    calendar = await edge.json("GET", f"/v1/accounts/{account['account_id']}/calendar?today=2026-06-30")
    assert {one["rule_id"] for one in calendar["remarks"]} == {"late", "missing"}


async def test_property_is_kept_with_its_projects_temperatures_and_months(edge):
    project_id, bill = await read(edge)
    own = await edge.json("GET", f"/v1/projects/{project_id}/property")
    assert (own["property_id"], own["project_ids"]) == (bill["property_id"], [project_id])
    asked = {"name": "Warehouse", "floor_area_sq_ft": 25000.5, "metadata": {"a": 1}}
    made = await edge.json("POST", "/v1/properties", status=201, json=asked, headers={"Idempotency-Key": "p"})
    assert (made["floor_area_sq_ft"], made["status"], made["project_ids"]) == ("25000.5", "active", [])
    path = f"/v1/properties/{made['property_id']}"
    changed = await edge.json("PATCH", path, json={"grid_region": "RFCW", "floor_area_sq_ft": None})
    assert (changed["grid_region"], changed["floor_area_sq_ft"], changed["name"]) == ("RFCW", None, "Warehouse")
    mapped = await edge.json("PUT", f"{path}/projects/{project_id}")
    assert (mapped["project_ids"], mapped["meter_ids"]) == ([project_id], [bill["meters"][0]["meter_id"]])
    months = await edge.json("GET", path + "/months")
    assert (months["region"], months["property_id"], months["months"][0]["month"]) == (
        "RFCW",
        made["property_id"],
        "2026-03-01",
    )
    refused = await edge.json("GET", path + "/months?weights=degree_days", status=404)
    assert refused["reason"] == "NO_TEMPERATURES"
    days = {f"2026-03-{day:02}": 40 if day < 16 else "65.0" for day in range(1, 32)}
    assert await edge.json("PUT", path + "/temperatures", json={"temperatures_f": days}) == {"days": 31}
    stored = await edge.json("GET", path + "/temperatures?page_size=2&from_day=2026-03-15")
    assert [one["mean_f"] for one in stored["temperatures"]] == ["40", "65.0"]
    weighed = await edge.json("GET", path + "/months?weights=degree_days")
    assert weighed["months"][0]["distribution_kbtus"] == months["months"][0]["distribution_kbtus"]
    refused = await edge.json("PATCH", path, status=400, json={"latitude": 95})
    assert refused["metadata"]["field"] == "latitude"
    listed = (await edge.json("GET", "/v1/properties"))["properties"]
    assert listed[0]["name"] == "Warehouse"
    await edge.json("DELETE", path, status=204)
    assert (await edge.json("GET", path, status=404))["reason"] == "NO_SUCH_PROPERTY"

    async def own_again():
        return (await edge.json("GET", f"/v1/projects/{project_id}/property"))["property_id"] == own["property_id"]

    assert await until(own_again)
