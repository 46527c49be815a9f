"""Bills: taken in, listed, read again, deleted; and their jobs."""

from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, Operation
from gateway.openapi.sample_ids import BILL_ID, JOB_ID, PROJECT_ID, SHA256
from gateway.openapi.terms import ID, TIME, Example, Schema, items, maybe, members, page_of, text, whole

BILL: Example = {
    "utility_bill_id": BILL_ID,
    "user_file_id": BILL_ID,
    "project_id": PROJECT_ID,
    "job_id": JOB_ID,
    "status": "succeeded",
    "file_name": "bill.pdf",
    "content_type": "application/pdf",
    "size_bytes": 184320,
    "sha256": SHA256,
    "duplicate_of": None,
    "failure_reason": None,
    "failure_detail": None,
    "received_at": "2026-03-02T09:16:00.120Z",
    "completed_at": "2026-03-02T09:16:01.480Z",
}
UPLOAD: Example = {**BILL, "status": "pending", "completed_at": None}
BILL_PAGE: Example = {"utility_bills": [BILL], "next_page_token": "MjAyNi0wMy0wMg"}
BILL_WITH_FILE: Example = {
    **BILL,
    "file_url": "https://bills.example/d/dGhpcy1pcy1hbi1leGFtcGxl.c2lnbmF0dXJl",
    "file_url_expires_at": "2026-03-03T09:20:00Z",
}
JOB: Example = {
    "job_id": JOB_ID,
    "utility_bill_id": BILL_ID,
    "user_file_id": BILL_ID,
    "project_id": PROJECT_ID,
    "status": "processing",
    "attempts": 1,
    "pages_done": 1,
    "pages_total": 3,
    "failure_reason": None,
    "failure_detail": None,
    "created_at": "2026-03-02T09:16:00.120Z",
    "finished_at": None,
}

PAGE_WORDS: Example = {
    "utility_bill_id": BILL_ID,
    "page": 1,
    "pages": 2,
    "width_points": 612.0,
    "height_points": 792.0,
    "words": [{"text": "$120.50", "box": [498.0, 96.5, 540.2, 108.0]}],
}

BATCH: Example = {
    "accepted": 1,
    "refused": 1,
    "entries": [
        {
            "index": 0,
            "file_name": "march.pdf",
            "status": "accepted",
            "utility_bill_id": BILL_ID,
            "job_id": JOB_ID,
            "duplicate_of": None,
            "reason": None,
            "detail": None,
        },
        {
            "index": 1,
            "file_name": "notes.txt",
            "status": "refused",
            "utility_bill_id": None,
            "job_id": None,
            "duplicate_of": None,
            "reason": "UNSUPPORTED_TYPE",
            "detail": "The bytes are not a PDF, JPEG, PNG, GIF or WEBP file.",
        },
    ],
}

SETTLED: Example = {**BILL, "doubts": 2, "settled_at": "2026-03-02T10:00:00Z"}
WORK: Example = {
    "work": [{**BILL, "project_name": "Example Street 12", "asks": "doubted", "doubts": 2, "settled_at": None}],
    "next_page_token": None,
    "counts": {"failed": 0, "doubted": 1, "waiting": 0, "done": 4},
}

_BILL: dict[str, Schema] = {
    "utility_bill_id": ID,
    "user_file_id": text("The same id under its other name.", format="uuid"),
    "project_id": ID,
    "job_id": maybe(text("The newest job that reads this bill.", format="uuid")),
    "status": text(enum=["pending", "succeeded", "failed"]),
    "file_name": text("As uploaded, made safe to show."),
    "content_type": text(
        "By the bytes.", enum=["application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp"]
    ),
    "size_bytes": whole(),
    "sha256": text("Lower-case hexadecimal.", pattern="^[0-9a-f]{64}$"),
    "duplicate_of": maybe(text("The oldest bill of the project with the same bytes.", format="uuid")),
    "failure_reason": maybe(text("Why reading failed: not_a_bill, unreadable, password_protected, …")),
    "failure_detail": maybe(text("The same as a sentence.")),
    "received_at": TIME,
    "completed_at": maybe(TIME),
}


OPERATIONS: dict[str, Operation] = {
    "upload_utility_bill": Operation(
        tag="Bills",
        summary="Upload a bill",
        about=(
            "The body is the file itself: PDF, JPEG, PNG, GIF or WEBP, told by its bytes. Its name comes from "
            "Content-Disposition (filename* wins). multipart/form-data is taken too; its first file counts. The answer "
            "comes when the file is safe; reading it goes on behind the job."
        ),
        status=202,
        schema="Upload",
        example=UPLOAD,
        headers=("Content-Disposition", "Idempotency-Key"),
        answer_headers=("Location",),
        problems=(
            "BAD_HEADER",
            "BAD_REQUEST",
            "BODY_TOO_SLOW",
            "EMPTY_BILL",
            "UNSUPPORTED_TYPE",
            "BILL_TOO_LARGE",
            "NO_SUCH_PROJECT",
            "REQUEST_REUSED",
            "LIMIT_REACHED",
        ),
    ),
    "upload_utility_bills": Operation(
        tag="Bills",
        summary="Upload many bills",
        about=(
            "A form whose every part with a filename is a bill, or a ZIP archive. The answer is a manifest: each file is a bill "
            "with a job of its own, or is refused by itself. An archive that is made to do harm is refused whole. With an "
            "Idempotency-Key the batch can be sent again, file for file."
        ),
        status=202,
        schema="Batch",
        example=BATCH,
        headers=("Idempotency-Key",),
        problems=(
            "BAD_HEADER",
            "BAD_REQUEST",
            "BODY_TOO_SLOW",
            "EMPTY_BILL",
            "BAD_ARCHIVE",
            "BATCH_TOO_LARGE",
            "NO_SUCH_PROJECT",
        ),
    ),
    "list_utility_bills": Operation(
        tag="Bills",
        summary="List bills",
        about="Newest first.",
        schema="UtilityBillPage",
        example=BILL_PAGE,
        problems=(*PAGE_PROBLEMS, "NO_SUCH_PROJECT"),
        query=("page_size", "page_token", "bill_status", "file_name", "received_from", "received_before", "sha256"),
        answer_headers=("Link",),
    ),
    "get_utility_bill": Operation(
        tag="Bills",
        summary="Retrieve a bill",
        about="With a fresh link that downloads its file for 24 hours.",
        schema="UtilityBillWithFile",
        example=BILL_WITH_FILE,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL"),
    ),
    "delete_utility_bill": Operation(
        tag="Bills",
        summary="Delete a bill",
        about="Its file, what was read from it and the bodies of its events go; the load profile follows.",
        status=204,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL"),
    ),
    "settle_utility_bill": Operation(
        tag="Bills",
        summary="Settle a bill",
        about="Nothing more is to be done about it, or there is again; reading it anew forgets that.",
        schema="SettledBill",
        example=SETTLED,
        request_schema="Settling",
        request_example={"settled": True},
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROJECT", "NO_SUCH_BILL", "JOB_NOT_FINISHED"),
    ),
    "list_work": Operation(
        tag="Bills",
        summary="List what asks for a person",
        about=(
            "The bills of all projects, those that ask most first: not read, doubted, being read, nothing to do; of each the "
            "newest first. The first page counts how many ask what."
        ),
        schema="WorkPage",
        example=WORK,
        problems=(*PAGE_PROBLEMS, "NO_SUCH_PROJECT"),
        query=(
            "page_size",
            "page_token",
            "asks",
            "project_id",
            "file_name",
            "failure_reason",
            "received_from",
            "received_before",
        ),
        answer_headers=("Link",),
    ),
    "reparse_utility_bill": Operation(
        tag="Bills",
        summary="Read a bill again",
        status=202,
        schema="Job",
        example=JOB,
        answer_headers=("Location",),
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL", "JOB_NOT_FINISHED"),
    ),
    "get_page": Operation(
        tag="Bills",
        summary="Look at a page",
        about=(
            "One page as an image, upright and straightened as it was read. Billowatt-Page-Points tells its size in the "
            "coordinates of the reading's boxes. With boxes, every value read on it is boxed, labelled and coloured by how "
            "sure the reader is."
        ),
        media_type="image/webp",
        query=("width", "boxes"),
        answer_headers=("Billowatt-Pages", "Billowatt-Page-Points"),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_SUCH_PAGE", "NO_READING", "LIMIT_REACHED"),
        other_statuses=(304,),
    ),
    "get_page_words": Operation(
        tag="Bills",
        summary="Retrieve a page's words",
        about="Each run of characters with its place, as it was seen when the bill was read; for who picks a value by hand.",
        schema="PageWords",
        example=PAGE_WORDS,
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_SUCH_PAGE", "LIMIT_REACHED"),
    ),
    "get_job": Operation(
        tag="Bills",
        summary="Retrieve a job",
        about="Poll it, or let a webhook tell you.",
        schema="Job",
        example=JOB,
        problems=("NO_SUCH_JOB",),
    ),
    "download_utility_bill": Operation(
        tag="Bills",
        summary="Download a file by its link",
        about="The link proves itself; no key is needed. It may redirect to the object store.",
        media_type="application/octet-stream",
        problems=("LINK_EXPIRED", "NO_SUCH_BILL", "TIMED_OUT", "STORE_UNAVAILABLE"),
        other_statuses=(302,),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of bills and jobs."""
    return {
        "Upload": members("A bill that was taken in; its job says how far reading it is.", {**_BILL, "job_id": ID}),
        "Batch": _batch(),
        "UtilityBill": members("One uploaded document.", _BILL),
        "UtilityBillWithFile": members(
            "One uploaded document with a link to its file.",
            {
                **_BILL,
                "file_url": text("Downloads the file, without a key."),
                "file_url_expires_at": text("At least 24 hours from this answer.", format="date-time"),
            },
        ),
        **_work(),
        "PageWords": _page_words(),
        "UtilityBillPage": page_of("UtilityBill", "utility_bills"),
        "Job": members(
            "The right to read one bill, and how far that is.",
            {
                "job_id": ID,
                "utility_bill_id": ID,
                "user_file_id": ID,
                "project_id": ID,
                "status": text(enum=["queued", "processing", "succeeded", "failed"]),
                "attempts": whole(),
                "pages_done": whole(),
                "pages_total": maybe(whole()),
                "failure_reason": maybe(text()),
                "failure_detail": maybe(text()),
                "created_at": TIME,
                "finished_at": maybe(TIME),
            },
        ),
    }


def _work() -> dict[str, Schema]:
    asked: dict[str, Schema] = {
        "doubts": whole("Values and findings of its newest reading that a person should look at."),
        "settled_at": maybe(text("When a person said that nothing more is to be done.", format="date-time")),
    }
    words = text(enum=["failed", "doubted", "waiting", "done"])
    one = members("A bill and what it asks.", {**_BILL, "project_name": text(), "asks": words, **asked})
    counts = {word: whole() for word in ("failed", "doubted", "waiting", "done")}
    page = page_of("Work", "work")
    page["properties"]["counts"] = maybe(
        members(
            "How many bills ask what, at most 10000; only project_id narrows them. Null behind the first page.",
            counts,
        )
    )
    page["required"].append("counts")
    return {
        "Work": one,
        "WorkPage": page,
        "SettledBill": members("A bill, and whether it is settled.", {**_BILL, **asked}),
        "Settling": members("", {"settled": {"type": "boolean", "default": True}}, optional=("settled",)),
    }


def _page_words() -> Schema:
    return members(
        "The words of one page, in reading order.",
        {
            "utility_bill_id": ID,
            "page": whole("From 1."),
            "pages": whole("Of the document."),
            "width_points": {"type": "number", "description": "Of the page, points (1/72 inch)."},
            "height_points": {"type": "number"},
            "words": items(
                members(
                    "A run of characters without a space.",
                    {
                        "text": text(),
                        "box": items({"type": "number"}, "Left, top, right, bottom in points, from the top left."),
                    },
                )
            ),
        },
    )


def _batch() -> Schema:
    return members(
        "What became of each file, in the order in which they came.",
        {
            "accepted": whole(),
            "refused": whole(),
            "entries": items(
                members(
                    "One file.",
                    {
                        "index": whole("From 0."),
                        "file_name": text("Made safe to show, without folders."),
                        "status": text(enum=["accepted", "refused"]),
                        "utility_bill_id": maybe(ID),
                        "job_id": maybe(ID),
                        "duplicate_of": maybe(
                            text("The oldest bill of the project with the same bytes.", format="uuid")
                        ),
                        "reason": maybe(text("Why it was refused, as problems have it.")),
                        "detail": maybe(text("The same as a sentence.")),
                    },
                )
            ),
        },
    )
