"""Events behind a position, and streams of them."""

from gateway.openapi.operation import Operation
from gateway.openapi.sample_ids import BILL_ID, EVENT_ID, JOB_ID, PROJECT_ID
from gateway.openapi.terms import TIME, Example, Schema, items, members, text

EVENT_STREAM = "text/event-stream"

EVENT_PAGE: Example = {
    "events": [
        {
            "position": "1042",
            "event_id": EVENT_ID,
            "type": "utility_bill_upload_job_completed",
            "timestamp": "2026-03-02T09:16:01.490Z",
            "data": {
                "job_id": JOB_ID,
                "utility_bill_id": BILL_ID,
                "user_file_id": BILL_ID,
                "project_id": PROJECT_ID,
                "status": "succeeded",
                "reason": None,
                "detail": None,
                "profile_version": 4,
                "completed_at": "2026-03-02T09:16:01.480Z",
            },
        }
    ],
    "next_after": "1042",
    "more": False,
}

_POLL = (
    "What webhooks would send, oldest first, and utility_bill_removed. Ask again with next_after as after; after=end says where "
    "the end is now. A position that is no longer kept is refused with 410: list everything anew, then go on from the end."
)
_STREAM = (
    "Server-sent events from now on; with Last-Event-ID, from behind that event on, also where the stream had ended. An event's "
    "id is its position, its data is what list_events answers. A comment goes out every 15 seconds."
)
_POLL_PROBLEMS = ("BAD_REQUEST", "POSITION_PRUNED")
_STREAM_PROBLEMS = ("BAD_REQUEST", "BAD_HEADER", "POSITION_PRUNED")

OPERATIONS: dict[str, Operation] = {
    "list_events": Operation(
        tag="Events",
        summary="List events behind a position",
        about=_POLL,
        schema="EventPage",
        example=EVENT_PAGE,
        query=("after", "page_size"),
        problems=_POLL_PROBLEMS,
    ),
    "stream_events": Operation(
        tag="Events",
        summary="Stream events",
        about=_STREAM,
        media_type=EVENT_STREAM,
        headers=("Last-Event-ID",),
        problems=_STREAM_PROBLEMS,
    ),
    "list_project_events": Operation(
        tag="Events",
        summary="List a project's events behind a position",
        about=_POLL,
        schema="EventPage",
        example=EVENT_PAGE,
        query=("after", "page_size"),
        problems=(*_POLL_PROBLEMS, "NO_SUCH_PROJECT"),
    ),
    "stream_project_events": Operation(
        tag="Events",
        summary="Stream a project's events",
        about=_STREAM,
        media_type=EVENT_STREAM,
        headers=("Last-Event-ID",),
        problems=(*_STREAM_PROBLEMS, "NO_SUCH_PROJECT"),
    ),
    "stream_job": Operation(
        tag="Events",
        summary="Stream how far a job is",
        about=(
            "Server-sent events: the job as get_job answers it, now and whenever it changes, as job_progress and at last as "
            "job_ended; then the stream ends."
        ),
        media_type=EVENT_STREAM,
        problems=("BAD_REQUEST", "NO_SUCH_JOB"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of events as they are listed."""
    event = members(
        "What happened.",
        {
            "position": text("Grows with each event; digits.", pattern="^[0-9]+$"),
            "event_id": text("The webhook-id that webhooks send it with.", format="uuid"),
            "type": text("As of webhooks; or utility_bill_removed."),
            "timestamp": TIME,
            "data": {"type": "object", "description": "As of webhooks."},
        },
    )
    return {
        "EventPage": members(
            "Events, oldest first.",
            {
                "events": items(event),
                "next_after": text("Ask with it as after.", pattern="^[0-9]+$"),
                "more": {"type": "boolean", "description": "Whether more can be had at once."},
            },
        )
    }
