"""Throws requests made from the OpenAPI document at a running edge: well-formed ones and broken ones, by schemathesis.

    python -m bench.api_fuzz [--examples 2000] [--only OPERATION]

Of every answer it is asked: no 5xx, no status, content type, header or body that the document does not tell. Half of the
requests name a project, a bill, a job, a key and an endpoint that are there. What ends never (stream_events) is not asked.
"""

import argparse
import asyncio
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bench.edge.house import house
from gateway.openapi.document import build_document
from gateway.rest.routes import ROUTES

ENDLESS = frozenset({"stream_events"})
STREAMS = frozenset({"stream_project_events", "stream_job"})
"""Asked with ids that are not there only: what is there is streamed for as long as one listens."""

ERASING = frozenset({"erase_tenant"})
"""The same: the tenant whose key all others use must stay."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCOPES = {route.operation_id: route.scope for route in ROUTES}
REQUEST_SECONDS = 30


@dataclass(frozen=True)
class Target:
    """A running edge: where, with which keys, and ids that are there."""

    url: str
    key: str
    operator_key: str
    ids: Mapping[str, str]


def throw(target: Target, examples: int, *, only: str = "", tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Return what was wrong, a text for each operation at most; ``examples`` are thrown at each."""
    schema = schemathesis.openapi.from_dict(build_document(ROUTES))
    found = []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        name = operation.definition.raw["operationId"]
        if name in ENDLESS or (only and name != only):
            continue
        try:
            _throw_at(target, operation, name, examples)
            tell(f"{name}: {examples}")
        except Exception as error:
            found.append(f"{name}: {error}")
            tell(found[-1])
    return found


def _throw_at(target: Target, operation: Any, name: str, examples: int) -> None:
    key = {"operator": target.operator_key, None: ""}.get(SCOPES[name], target.key)
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.booleans())
    def ask(case: Any, known: bool) -> None:
        if known and name not in STREAMS | ERASING:
            for part in case.path_parameters or {}:
                case.path_parameters[part] = target.ids.get(part, case.path_parameters[part])
        response = case.call(base_url=target.url, headers=headers, timeout=REQUEST_SECONDS)
        case.validate_response(response, checks=CHECKS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ask()


async def main() -> int:
    """Start an installation, throw, and print what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=2000, help="requests for each operation")
    parser.add_argument("--only", default="", help="one operationId")
    options = parser.parse_args()
    async with house("ingest", "profile", "parser", "gateway", "webhooks") as here:
        project = await here.partner.project("fuzz")
        bill = await here.partner.upload(project, b"%PDF-1.7\n%%EOF\n")
        key = await here.partner.ask("POST", "/v1/api_keys", json={"name": "fuzz", "scopes": ["read"]})
        endpoint = await here.partner.ask("POST", "/v1/webhook_endpoints", json={"url": "http://127.0.0.1:9/"})
        ids = {
            "project_id": project,
            "utility_bill_id": bill["utility_bill_id"],
            "job_id": bill["job_id"],
            "key_id": key["key_id"],
            "webhook_endpoint_id": endpoint["webhook_endpoint_id"],
            "tenant_id": here.tenant_id,
        }
        target = Target(here.installation.url, here.key, here.operator_key, ids)
        found = await asyncio.to_thread(
            throw, target, options.examples, only=options.only, tell=lambda text: print(text, flush=True)
        )
    print(json.dumps({"operations_with_faults": len(found), "examples_per_operation": options.examples}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
