"""The routes of events as they happen."""

from gateway.rest.live import events, streams
from gateway.rest.route import PROJECT, Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/events", "list_events", "read", events.list_events),
    Route("GET", "/v1/events/stream", "stream_events", "read", streams.stream_events),
    Route("GET", PROJECT + "/events", "list_project_events", "read", events.list_project_events),
    Route("GET", PROJECT + "/events/stream", "stream_project_events", "read", streams.stream_project_events),
    Route("GET", "/v1/jobs/{job_id}/stream", "stream_job", "read", streams.stream_job),
)
