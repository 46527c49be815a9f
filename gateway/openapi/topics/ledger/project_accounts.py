"""Accounts and their meters as a project's bills show them."""

from gateway.openapi.operation import PAGE_PROBLEMS, PAGED, Operation
from gateway.openapi.terms import (
    ID,
    TIME,
    Example,
    Schema,
    items,
    maybe,
    members,
    page_of,
    text,
)

ACCOUNT_PAGE: Example = {
    "accounts": [
        {
            "account_id": "1c0ffee0-0000-4000-8000-000000000001",
            "issuer_id": "city-of-example-power",
            "issuer_name": "City of Example Power",
            "account_number": "1002-3345",
            "meters": [
                {
                    "meter_id": "1c0ffee0-0000-4000-8000-000000000002",
                    "number": "EX-55012",
                    "commodity": "electricity",
                    "tariff": "R-1",
                }
            ],
            "created_at": "2026-03-02T09:16:01.480Z",
        }
    ],
    "next_page_token": None,
}


OPERATIONS: dict[str, Operation] = {
    "list_accounts": Operation(
        tag="Projects",
        summary="List accounts",
        about="Accounts with utilities that were seen on the project's bills, newest first.",
        schema="AccountPage",
        example=ACCOUNT_PAGE,
        problems=(*PAGE_PROBLEMS, "NO_SUCH_PROJECT"),
        **PAGED,
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of a project's accounts."""
    return {
        "Account": members(
            "A customer's account with a utility, as seen on bills.",
            {
                "account_id": ID,
                "issuer_id": maybe(text()),
                "issuer_name": maybe(text()),
                "account_number": maybe(text("As printed.")),
                "meters": items(
                    members(
                        "A meter of the account.",
                        {
                            "meter_id": ID,
                            "number": maybe(text("As printed.")),
                            "commodity": maybe(text()),
                            "tariff": maybe(text()),
                        },
                    )
                ),
                "created_at": maybe(TIME),
            },
        ),
        "AccountPage": page_of("Account", "accounts"),
    }
