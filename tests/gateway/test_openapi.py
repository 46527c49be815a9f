"""The document says what the edge does: every route, every example, every problem; and its page works offline."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from domain.refusals import leaves
from gateway.openapi.document import build_document
from gateway.openapi.topics import OPERATIONS
from gateway.problems import kinds
from gateway.rest.routes import ROUTES
from tests.gateway.schema import errors

DOCUMENT = build_document(ROUTES)
COMMITTED = Path(__file__).parents[2] / "gateway" / "openapi" / "openapi.json"


def _examples(node, at=""):
    """Yield every schema that stands beside an example, and the example."""
    if isinstance(node, dict):
        if "example" in node and "schema" in node:
            yield at, node["schema"], node["example"]
        for name, below in node.items():
            if name != "example":
                yield from _examples(below, f"{at}/{name}")
    elif isinstance(node, list):
        for number, below in enumerate(node):
            yield from _examples(below, f"{at}/{number}")


EXAMPLES = list(_examples(DOCUMENT))


def test_document_is_the_committed_one():
    told = "run: .venv/bin/python -m gateway.openapi > gateway/openapi/openapi.json"
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, told


def test_paths_are_the_routes():
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in ROUTES}
    assert set(OPERATIONS) == {route.operation_id for route in ROUTES}
    assert len({route.operation_id for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(("at", "schema", "example"), EXAMPLES, ids=[at for at, _, _ in EXAMPLES])
def test_example_fits_its_schema(at, schema, example):
    assert errors(example, schema, DOCUMENT) == []


def test_every_answer_in_json_has_an_example():
    bare = [
        f"{method} {path} {status}"
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
        for media, content in response.get("content", {}).items()
        if status.startswith("2") and content and "example" not in content
    ]
    assert bare == []


def test_references_lead_somewhere():
    text = json.dumps(DOCUMENT)
    for pointer in set(re.findall(r'"#/([^"]+)"', text)):
        node = DOCUMENT
        for part in pointer.split("/"):
            node = node[part]


def test_every_refusal_has_a_type_of_problem():
    table = kinds()
    assert set(leaves()) <= set(table)
    assert len({kind.name for kind in table.values()}) == len(table)
    assert all(table[reason].status == leaf.http_status for reason, leaf in leaves().items())


async def test_reference_asks_for_nothing_from_outside_and_runs_nothing(edge):
    async with edge.ask("GET", "/reference", key="") as answer:
        page = await answer.text()
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "<script" not in page
    assert not re.search(r"""(src|action)=|<link|@import|url\(|\sstyle=|\son\w+=["']""", page)
    for route in ROUTES:
        assert f'id="{route.operation_id}"' in page
    for anchor in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{anchor}"' in page


async def test_policy_of_the_reference_lets_its_own_style_through(edge):
    async with edge.ask("GET", "/reference", key="") as answer:
        style = (await answer.text()).partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


async def test_document_is_served_as_committed(edge):
    assert await edge.json("GET", "/openapi.json", key="") == json.loads(COMMITTED.read_text())


async def test_problem_types_lead_to_pages(edge):
    for reason, kind in kinds().items():
        async with edge.ask("GET", f"/problems/{kind.name}", key="") as answer:
            assert answer.status == 200
            assert reason in await answer.text()


async def test_every_type_of_problem_stands_in_the_list(edge):
    async with edge.ask("GET", "/problems", key="") as answer:
        page = await answer.text()
    for kind in kinds().values():
        assert f'href="/problems/{kind.name}"' in page


async def test_page_to_try_requests_out_runs_nothing_but_our_own_files(edge):
    async with edge.ask("GET", "/docs", key="") as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;" in policy
    assert "connect-src 'self'; form-action 'none'" in policy
    assert "unsafe" not in policy
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [one for one in addresses if not one.startswith(("/", "#"))] == []
    for script in re.findall(r'<script [^>]*src="([^"]+)"', page):
        async with edge.http.get(edge.url + script, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status == 200
            assert "bundle" not in script or answer.headers.get("Content-Encoding") == "gzip"
            assert "immutable" in answer.headers["Cache-Control"]


async def test_unknown_problem_type_is_a_problem(edge):
    told = await edge.json("GET", "/problems/none-such", key="", status=404)
    assert told["reason"] == "NO_SUCH_ROUTE"
