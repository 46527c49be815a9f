"""API keys."""

from gateway.openapi.operation import BODY_PROBLEMS, Operation
from gateway.openapi.sample_ids import KEY_ID
from gateway.openapi.terms import ID, TIME, Example, Schema, items, maybe, members, ref, text, whole
from runtime.rpc.identity import SCOPES

NEW_API_KEY: Example = {"name": "nightly upload", "scopes": ["read", "upload"], "expires_in_days": 365}
API_KEY: Example = {
    "key_id": KEY_ID,
    "name": "nightly upload",
    "prefix": "bk_live_Ex4mpl30",
    "scopes": ["read", "upload"],
    "created_at": "2026-03-02T09:00:00Z",
    "last_used_at": None,
    "expires_at": "2027-03-02T09:00:00Z",
    "revoked_at": None,
}
API_KEY_WITH_TEXT: Example = {**API_KEY, "api_key": "bk_live_Ex4mpl30_thisIsOnlyAnExampleAndNoKey0000"}
API_KEY_LIST: Example = {"api_keys": [API_KEY]}


_API_KEY: dict[str, Schema] = {
    "key_id": ID,
    "name": text(),
    "prefix": text("The beginning of the key, to recognise it by."),
    "scopes": items(text(enum=sorted(SCOPES))),
    "created_at": TIME,
    "last_used_at": maybe(TIME),
    "expires_at": maybe(TIME),
    "revoked_at": maybe(TIME),
}


OPERATIONS: dict[str, Operation] = {
    "create_api_key": Operation(
        tag="API keys",
        summary="Make an API key",
        about="Its text is in this answer and nowhere else.",
        status=201,
        schema="ApiKeyWithText",
        example=API_KEY_WITH_TEXT,
        request_schema="NewApiKey",
        request_example=NEW_API_KEY,
        problems=BODY_PROBLEMS,
    ),
    "list_api_keys": Operation(
        tag="API keys",
        summary="List API keys",
        schema="ApiKeyList",
        example=API_KEY_LIST,
        problems=("BAD_REQUEST",),
    ),
    "revoke_api_key": Operation(
        tag="API keys",
        summary="Revoke an API key",
        about="For good; within seconds nobody accepts it.",
        schema="ApiKey",
        example=API_KEY,
        problems=("NO_SUCH_KEY",),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of keys."""
    return {
        "NewApiKey": members(
            "A key to make.",
            {
                "name": text("1 to 200 characters.", minLength=1, maxLength=200),
                "scopes": items(text(enum=sorted(SCOPES)), "At least one; admin includes all others."),
                "expires_in_days": maybe(whole("Null: never.", minimum=1, maximum=3650)),
            },
            optional=("expires_in_days",),
        ),
        "ApiKey": members("A key; its text is not kept.", _API_KEY),
        "ApiKeyWithText": members("A key just made.", {**_API_KEY, "api_key": text("Shown this once.")}),
        "ApiKeyList": members("All keys, newest first.", {"api_keys": items(ref("ApiKey"))}),
    }
