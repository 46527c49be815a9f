"""The document keeps what it promised: nothing of the published one is gone or means something else."""

import copy
import json
from pathlib import Path

import pytest

from gateway.openapi.document import build_document
from gateway.rest.routes import ROUTES
from tests.gateway.breaking import breaks

FOLDER = Path(__file__).parents[2] / "gateway" / "openapi"
DOCUMENT = build_document(ROUTES)


def test_document_breaks_nothing_that_was_published():
    published = json.loads((FOLDER / "published.json").read_text())
    assert breaks(published, DOCUMENT) == []


def test_document_does_not_break_itself():
    assert breaks(DOCUMENT, copy.deepcopy(DOCUMENT)) == []


def remove_operation(document):
    del document["paths"]["/v1/jobs/{job_id}"]["get"]


def remove_member(document):
    del document["components"]["schemas"]["UtilityBill"]["properties"]["sha256"]


def let_be_absent(document):
    document["components"]["schemas"]["Job"]["required"].remove("status")


def let_be_null(document):
    document["components"]["schemas"]["Project"]["properties"]["name"]["type"] = ["string", "null"]


def take_word_from_request(document):
    document["components"]["schemas"]["PolicyChange"]["properties"]["rule"]["enum"].remove("merged")


def demand_more(document):
    schema = document["components"]["schemas"]["NewProject"]
    schema["required"].append("external_id")


def drop_parameter(document):
    operation = document["paths"]["/v1/projects"]["get"]
    operation["parameters"] = [one for one in operation["parameters"] if one["name"] != "page_token"]


def drop_type_of_body(document):
    del document["paths"]["/v1/projects/{project_id}/utility_bills"]["post"]["requestBody"]["content"]["image/gif"]


def drop_webhook(document):
    del document["webhooks"]["consumption_profile_changed"]


def drop_success(document):
    responses = document["paths"]["/v1/projects"]["post"]["responses"]
    responses["200"] = responses.pop("201")


@pytest.mark.parametrize(
    "change",
    [
        remove_operation,
        remove_member,
        let_be_absent,
        let_be_null,
        take_word_from_request,
        demand_more,
        drop_parameter,
        drop_type_of_body,
        drop_webhook,
        drop_success,
    ],
    ids=lambda change: change.__name__,
)
def test_change_that_breaks_is_found(change):
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert breaks(DOCUMENT, changed) != []


def add_operation(document):
    document["paths"]["/v1/new"] = {"get": document["paths"]["/v1/projects"]["get"]}


def add_member(document):
    document["components"]["schemas"]["Job"]["properties"]["colour"] = {"type": "string"}


def add_word_to_answer(document):
    document["components"]["schemas"]["Job"]["properties"]["status"]["enum"].append("paused")


def add_optional_parameter(document):
    document["paths"]["/v1/projects"]["get"]["parameters"].append(
        {"name": "colour", "in": "query", "schema": {"type": "string"}}
    )


@pytest.mark.parametrize(
    "change", [add_operation, add_member, add_word_to_answer, add_optional_parameter], ids=lambda one: one.__name__
)
def test_change_that_adds_is_none(change):
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert breaks(DOCUMENT, changed) == []
