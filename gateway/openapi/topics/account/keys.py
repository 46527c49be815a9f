"""API keys."""

from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, REPEAT_PROBLEMS, Operation
from gateway.openapi.sample_ids import KEY_ID
from gateway.openapi.terms import ID, TIME, Example, Schema, items, maybe, members, page_of, ref, text, whole
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
API_KEY_LIST: Example = {"api_keys": [API_KEY], "next_page_token": None}
ROTATION: Example = {"grace_hours": 24}
ROTATED_KEY: Example = {**API_KEY_WITH_TEXT, "replaces": {**API_KEY, "expires_at": "2026-03-03T09:00:00Z"}}


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
        headers=("Idempotency-Key",),
        problems=(*BODY_PROBLEMS, *REPEAT_PROBLEMS),
    ),
    "list_api_keys": Operation(
        tag="API keys",
        summary="List API keys",
        about="Newest first.",
        schema="ApiKeyList",
        example=API_KEY_LIST,
        query=("page_size", "page_token", "live"),
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
    "rotate_api_key": Operation(
        tag="API keys",
        summary="Rotate an API key",
        about=(
            "Makes a key of the same name and scopes; its text is in this answer and nowhere else. The old key works beside it "
            "for the grace time, a day where none is given. An end that was set for the old key holds for the new one, too."
        ),
        status=201,
        schema="RotatedApiKey",
        example=ROTATED_KEY,
        request_schema="ApiKeyRotation",
        request_example=ROTATION,
        headers=("Idempotency-Key",),
        problems=(*BODY_PROBLEMS, *REPEAT_PROBLEMS, "NO_SUCH_KEY"),
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
        "ApiKeyList": page_of("ApiKey", "api_keys"),
        "ApiKeyRotation": members(
            "How long the old key lives on.",
            {"grace_hours": maybe(whole("24 where absent; 0 ends it at once.", minimum=0, maximum=720))},
            optional=("grace_hours",),
        ),
        "RotatedApiKey": members(
            "A key just made in place of another.",
            {**_API_KEY, "api_key": text("Shown this once."), "replaces": ref("ApiKey")},
        ),
    }
