"""The service itself: whether it lives, its document, its problems."""

from gateway.openapi.operation import Operation
from gateway.openapi.terms import Example, Schema, members, text, whole

HEALTH: Example = {"status": "ok"}
READINESS: Example = {"status": "ok", "checks": {"database": "ok", "ingest": "ok", "profile": "ok"}}


OPERATIONS: dict[str, Operation] = {
    "healthz": Operation(tag="Service", summary="Tell whether the process lives", schema="Health", example=HEALTH),
    "readyz": Operation(
        tag="Service",
        summary="Tell whether it can serve",
        about="503 with the same body where something is away.",
        schema="Readiness",
        example=READINESS,
        other_statuses=(503,),
    ),
    "get_openapi": Operation(tag="Service", summary="This document", media_type="application/json"),
    "show_docs": Operation(tag="Service", summary="This document to try out", media_type="text/html"),
    "show_reference": Operation(tag="Service", summary="This document to read", media_type="text/html"),
    "list_problems": Operation(tag="Service", summary="All types of problems as a page", media_type="text/html"),
    "show_problem": Operation(
        tag="Service",
        summary="A page about one type of problem",
        media_type="text/html",
        problems=("NO_SUCH_ROUTE",),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of the service's own answers."""
    checks = {name: text(enum=["ok", "away"]) for name in ("database", "ingest", "profile")}
    return {
        "Problem": members(
            "Problem details (RFC 9457).",
            {
                "type": text("The address of a page about this type.", format="uri"),
                "title": text(),
                "status": whole(),
                "detail": text("What is wrong, for people."),
                "reason": text("What is wrong, for programs."),
                "metadata": {"type": "object", "additionalProperties": text()},
                "request_id": text("Also in the header X-Request-Id."),
            },
        ),
        "Health": members("The process answers.", {"status": text(const="ok")}),
        "Readiness": members(
            "Whether all that it needs is there.",
            {"status": text(enum=["ok", "away"]), "checks": members("By name.", checks)},
        ),
    }
