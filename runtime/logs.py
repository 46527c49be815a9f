"""Logs: structlog, one line an event, with what is bound to the call in hand.

Events are past-tense noun phrases (``bill_received``). No text of a bill and no secret is ever a field.
"""

import logging
import sys
from typing import Any, cast

import structlog

Logger = structlog.typing.FilteringBoundLogger


def configure_logs(level: str, log_format: str) -> None:
    """Set up logging for this process: JSON lines for machines or coloured lines for people, on standard error."""
    numeric = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info if log_format == "json" else _keep,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr, level=max(numeric, logging.WARNING), format="%(name)s %(levelname)s %(message)s"
    )


def logger(room: str) -> Logger:
    """Return the logger of a room."""
    return cast("Logger", structlog.get_logger(room=room))


def _keep(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
