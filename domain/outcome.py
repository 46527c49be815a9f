"""What comes of reading a bill: readings, or a typed failure. Both are completions; nobody waits for ever."""

from dataclasses import dataclass
from enum import StrEnum

from domain.reading import Reading


class FailureReason(StrEnum):
    """Why a bill could not be read."""

    NOT_A_BILL = "not_a_bill"
    UNREADABLE = "unreadable"
    PASSWORD_PROTECTED = "password_protected"
    CORRUPT = "corrupt"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_USAGE_FOUND = "no_usage_found"
    LANGUAGE_NOT_SUPPORTED = "language_not_supported"
    TIMED_OUT = "timed_out"
    GAVE_UP = "gave_up"
    """Three workers died or let their lease lapse while they held the bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A bill that gave no reading, and why. ``detail`` is a sentence for people; it never quotes the document."""

    reason: FailureReason
    detail: str
    engine_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """The readings of one document, one a statement, in the order of its pages; at least one."""

    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        """Refuse a success without a reading.

        Raises:
            ValueError: there is none.
        """
        if not self.readings:
            raise ValueError("a success holds at least one reading")


Outcome = Success | Failure
