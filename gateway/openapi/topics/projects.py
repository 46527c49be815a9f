"""Projects, and which of their bills is active."""

from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, PAGED, Operation
from gateway.openapi.sample_ids import BILL_ID, PROJECT_ID
from gateway.openapi.terms import (
    ID,
    TIME,
    Example,
    Schema,
    maybe,
    members,
    page_of,
    text,
)

NEW_PROJECT: Example = {"name": "Warehouse, Example Street 1", "external_id": "site-17"}
PROJECT: Example = {
    "project_id": PROJECT_ID,
    "name": "Warehouse, Example Street 1",
    "external_id": "site-17",
    "created_at": "2026-03-02T09:15:00Z",
}
PROJECT_PAGE: Example = {"projects": [PROJECT], "next_page_token": None}
POLICY: Example = {
    "project_id": PROJECT_ID,
    "rule": "pinned",
    "pinned_utility_bill_id": BILL_ID,
    "active_utility_bill_id": BILL_ID,
    "supplied": False,
}
POLICY_CHANGE: Example = {"rule": "pinned", "pinned_utility_bill_id": BILL_ID}


_RULES = ["last_parsed", "last_uploaded", "latest_period", "pinned", "merged"]


OPERATIONS: dict[str, Operation] = {
    "create_project": Operation(
        tag="Projects",
        summary="Make a project",
        about="A project is one site or study: it holds bills and has one load profile.",
        status=201,
        schema="Project",
        example=PROJECT,
        request_schema="NewProject",
        request_example=NEW_PROJECT,
        headers=("Idempotency-Key",),
        answer_headers=("Location",),
        problems=(*BODY_PROBLEMS, "BAD_HEADER", "REQUEST_REUSED"),
    ),
    "list_projects": Operation(
        tag="Projects",
        summary="List projects",
        about="Newest first.",
        schema="ProjectPage",
        example=PROJECT_PAGE,
        problems=PAGE_PROBLEMS,
        **PAGED,
    ),
    "get_project": Operation(
        tag="Projects",
        summary="Retrieve a project",
        schema="Project",
        example=PROJECT,
        problems=("NO_SUCH_PROJECT",),
    ),
    "delete_project": Operation(
        tag="Projects",
        summary="Delete a project",
        about=(
            "With all of its bills, files, readings and numbers. 202 where that takes longer than one request: from then on the "
            "project is not there for anyone, and asking again finishes it."
        ),
        status=204,
        problems=("NO_SUCH_PROJECT",),
        other_statuses=(202,),
    ),
    "get_policy": Operation(
        tag="Projects",
        summary="Retrieve the rule of the active bill",
        schema="Policy",
        example=POLICY,
        problems=("NO_SUCH_PROJECT",),
    ),
    "update_policy": Operation(
        tag="Projects",
        summary="Change the rule of the active bill",
        about="The load profile follows at once.",
        schema="Policy",
        example=POLICY,
        request_schema="PolicyChange",
        request_example=POLICY_CHANGE,
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_READING"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of projects."""
    return {
        "NewProject": members(
            "A project to make.",
            {
                "name": text("1 to 200 characters.", minLength=1, maxLength=200),
                "external_id": maybe(text("Your own id of it.", maxLength=200)),
            },
            optional=("external_id",),
        ),
        "Project": members(
            "One site or study.",
            {"project_id": ID, "name": text(), "external_id": maybe(text()), "created_at": TIME},
        ),
        "ProjectPage": page_of("Project", "projects"),
        "Policy": members(
            "Which bill is active, and by which rule.",
            {
                "project_id": ID,
                "rule": text(enum=_RULES),
                "pinned_utility_bill_id": maybe(ID),
                "active_utility_bill_id": maybe(text("The bill in effect now.", format="uuid")),
                "supplied": {"type": "boolean", "description": "A supplied profile stands in that bill's place."},
            },
        ),
        "PolicyChange": members(
            "A rule to follow from now on.",
            {
                "rule": text(enum=_RULES),
                "pinned_utility_bill_id": maybe(text("With pinned, and only with it.", format="uuid")),
            },
            optional=("pinned_utility_bill_id",),
        ),
    }
