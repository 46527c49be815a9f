"""What to do about a bill that could not be read: its detail tells what happened, this what next."""

from domain.outcome import FailureReason

REMEDIES: dict[FailureReason, str] = {
    FailureReason.NOT_A_BILL: "Upload the utility bill itself. If it is one, read it again once the reader was renewed.",
    FailureReason.UNREADABLE: "Scan it at 300 dpi or more, straight and whole, or ask the utility for its PDF.",
    FailureReason.PASSWORD_PROTECTED: "Open it, print or export it without the password, and upload that.",
    FailureReason.CORRUPT: "Download or export it again; the file breaks off or is damaged.",
    FailureReason.UNSUPPORTED_FORMAT: "Send a PDF, JPEG, PNG, GIF or WEBP.",
    FailureReason.TOO_MANY_PAGES: "Split it into one file a bill.",
    FailureReason.TOO_MANY_PIXELS: "Save it at a lower resolution; 300 dpi is plenty.",
    FailureReason.NO_USAGE_FOUND: "Check that the pages with the use and the charges are in the file.",
    FailureReason.LANGUAGE_NOT_SUPPORTED: "Ask the utility for the bill in a language that is read.",
    FailureReason.TIMED_OUT: "Read it again; if it stays, split it into fewer pages.",
    FailureReason.GAVE_UP: "Read it again; if it stays, tell whoever runs this installation.",
}


def remedy_for(reason: str) -> str:
    """Return what to do about a failure; an empty text where the reason is not known here."""
    return REMEDIES.get(FailureReason(reason), "") if reason in set(FailureReason) else ""
