"""Exit codes of the command: one table, so that scripts can tell what happened."""

from enum import IntEnum


class Exit(IntEnum):
    """What the command's exit status means."""

    DONE = 0
    """All that was asked is done."""
    BROKE = 1
    """Something unexpected went wrong; the message has the details."""
    USAGE = 2
    """The words of the call are off; nothing was done."""
    NOT_READ = 3
    """At least one bill could not be read; the others were."""
    REFUSED = 4
    """The service, the database or the object store said no, or is away."""
    BAD_SETTINGS = 5
    """The settings cannot be used; each problem is named."""
