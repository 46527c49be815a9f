"""Days in the addresses of pages: a filter's first day, and its last one, which counts whole."""

from datetime import UTC, date, datetime, timedelta

from domain.refusals import BadRequest

YEAR_FIRST, YEAR_LAST = 1970, 9000
"""Years within which every zone can be told."""


def first_moment(name: str, text: str) -> datetime | None:
    """Return when the day of a filter begins [UTC]; None where the filter is empty.

    Raises:
        BadRequest: it is no day such as 2026-03-02.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not YEAR_FIRST <= day.year <= YEAR_LAST:
        raise BadRequest(f"{name} must be a day such as 2026-03-02.", field=name)
    return datetime.combine(day, datetime.min.time(), UTC)


def moment_after(name: str, text: str) -> datetime | None:
    """Return when the day after that of a filter begins [UTC]; None where the filter is empty.

    Raises:
        BadRequest: it is no day such as 2026-03-02.
    """
    first = first_moment(name, text)
    return None if first is None else first + timedelta(days=1)
