"""Refusals: every way in which Billowatt says no, drawn as one tree.

    Refusal
    ├── Malformed                 INVALID_ARGUMENT    400
    │   ├── BadRequest                BAD_REQUEST
    │   ├── BadHeader                 BAD_HEADER
    │   ├── BadPageToken              BAD_PAGE_TOKEN
    │   ├── EmptyBill                 EMPTY_BILL                422
    │   ├── UnsupportedType           UNSUPPORTED_TYPE          415
    │   ├── BadArchive                BAD_ARCHIVE               422
    │   └── ForbiddenTarget           FORBIDDEN_TARGET          422
    ├── Unauthenticated           UNAUTHENTICATED     401
    │   ├── NoKey                     NO_KEY
    │   ├── BadKey                    BAD_KEY
    │   └── LinkExpired               LINK_EXPIRED              403
    ├── Forbidden                 PERMISSION_DENIED   403
    │   └── MissingScope              MISSING_SCOPE
    ├── Absent                    NOT_FOUND           404
    │   ├── NoSuchTenant              NO_SUCH_TENANT
    │   ├── NoSuchProject             NO_SUCH_PROJECT
    │   ├── NoSuchBill                NO_SUCH_BILL
    │   ├── NoSuchJob                 NO_SUCH_JOB
    │   ├── NoSuchPage                NO_SUCH_PAGE
    │   ├── NoSuchEndpoint            NO_SUCH_ENDPOINT
    │   ├── NoSuchKey                 NO_SUCH_KEY
    │   ├── NoSuchAccount             NO_SUCH_ACCOUNT
    │   ├── NoSuchMeter               NO_SUCH_METER
    │   ├── NoSuchLedgerBill          NO_SUCH_LEDGER_BILL
    │   ├── NoSuchProperty            NO_SUCH_PROPERTY
    │   ├── NoTemperatures            NO_TEMPERATURES
    │   ├── NoReading                 NO_READING
    │   └── NoLoadProfile             NO_LOAD_PROFILE
    ├── Conflict                  ABORTED             409
    │   ├── RequestReused             REQUEST_REUSED            422
    │   ├── RequestInProgress         REQUEST_IN_PROGRESS
    │   ├── LedgerBillArchived        LEDGER_BILL_ARCHIVED
    │   ├── NotComparable             NOT_COMPARABLE
    │   ├── ReviewOutdated            REVIEW_OUTDATED
    │   ├── NothingHeld               NOTHING_HELD
    │   └── JobNotFinished            JOB_NOT_FINISHED
    ├── TooMuch                   RESOURCE_EXHAUSTED  429
    │   ├── BillTooLarge              BILL_TOO_LARGE            422
    │   ├── BatchTooLarge             BATCH_TOO_LARGE           422
    │   └── LimitReached              LIMIT_REACHED
    ├── PositionPruned            OUT_OF_RANGE        410       POSITION_PRUNED
    ├── TimedOut                  DEADLINE_EXCEEDED   504       TIMED_OUT
    │   └── Contended                 (told as its branch)
    └── Unavailable               UNAVAILABLE         503
        ├── StoreUnavailable          STORE_UNAVAILABLE
        └── ShuttingDown              SHUTTING_DOWN

A leaf carries its ``reason`` (UPPER_SNAKE, final once published), its gRPC status and its HTTP status. Rooms raise
leaves; the edges translate them once (``runtime/rpc/refusals.py``, ``gateway/problems.py``). Anything else is INTERNAL,
logged once, its details kept inside.
"""

from typing import ClassVar


class Refusal(Exception):
    """A request that cannot be granted, told to the caller with a reason a program can act on.

    ``sentence`` is for people; ``metadata`` holds the numbers behind it, its keys with units (``limit_bytes``).
    """

    reason: ClassVar[str] = ""
    grpc_status: ClassVar[str] = ""
    http_status: ClassVar[int] = 0

    def __init__(self, sentence: str = "", **metadata: str | int) -> None:
        self.sentence = sentence or (type(self).__doc__ or "").splitlines()[0]
        self.metadata = {key: str(value) for key, value in metadata.items()}
        super().__init__(self.sentence)


class Malformed(Refusal):
    """The request itself is wrong; sending it again unchanged will fail again."""

    grpc_status = "INVALID_ARGUMENT"
    http_status = 400


class BadRequest(Malformed):
    """A field of the request is missing or has an impossible value."""

    reason = "BAD_REQUEST"


class BadHeader(Malformed):
    """A header of the request is missing or cannot be parsed."""

    reason = "BAD_HEADER"


class BadPageToken(Malformed):
    """The page token was not made by this service for this list."""

    reason = "BAD_PAGE_TOKEN"


class EmptyBill(Malformed):
    """The upload has no bytes."""

    reason = "EMPTY_BILL"
    http_status = 422


class UnsupportedType(Malformed):
    """The bytes are not a PDF, JPEG, PNG, GIF or WEBP file."""

    reason = "UNSUPPORTED_TYPE"
    http_status = 415


class BadArchive(Malformed):
    """The archive cannot be read, or is made to do harm."""

    reason = "BAD_ARCHIVE"
    http_status = 422


class ForbiddenTarget(Malformed):
    """The webhook's address is not one that this service may call."""

    reason = "FORBIDDEN_TARGET"
    http_status = 422


class Unauthenticated(Refusal):
    """The caller did not prove who they are."""

    grpc_status = "UNAUTHENTICATED"
    http_status = 401


class NoKey(Unauthenticated):
    """The request carries no credentials."""

    reason = "NO_KEY"


class BadKey(Unauthenticated):
    """The key or token is unknown, expired or revoked."""

    reason = "BAD_KEY"


class LinkExpired(Unauthenticated):
    """The download link has expired or was altered; retrieve the bill again for a fresh one."""

    reason = "LINK_EXPIRED"
    http_status = 403


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    grpc_status = "PERMISSION_DENIED"
    http_status = 403


class MissingScope(Forbidden):
    """The key lacks the scope that this call needs."""

    reason = "MISSING_SCOPE"


class Absent(Refusal):
    """The thing does not exist for this tenant."""

    grpc_status = "NOT_FOUND"
    http_status = 404


class NoSuchTenant(Absent):
    """There is no tenant of this id."""

    reason = "NO_SUCH_TENANT"


class NoSuchProject(Absent):
    """There is no project of this id."""

    reason = "NO_SUCH_PROJECT"


class NoSuchBill(Absent):
    """There is no bill of this id in this project."""

    reason = "NO_SUCH_BILL"


class NoSuchJob(Absent):
    """There is no job of this id."""

    reason = "NO_SUCH_JOB"


class NoSuchPage(Absent):
    """The document has no such page to show."""

    reason = "NO_SUCH_PAGE"


class NoSuchEndpoint(Absent):
    """There is no webhook endpoint of this id."""

    reason = "NO_SUCH_ENDPOINT"


class NoSuchKey(Absent):
    """There is no API key of this id."""

    reason = "NO_SUCH_KEY"


class NoSuchAccount(Absent):
    """There is no account of this id: no bill shows it."""

    reason = "NO_SUCH_ACCOUNT"


class NoSuchMeter(Absent):
    """There is no meter of this id: no bill shows it."""

    reason = "NO_SUCH_METER"


class NoSuchLedgerBill(Absent):
    """The ledger has no bill of this id."""

    reason = "NO_SUCH_LEDGER_BILL"


class NoSuchProperty(Absent):
    """There is no property of this id."""

    reason = "NO_SUCH_PROPERTY"


class NoTemperatures(Absent):
    """No temperatures are stored for the property, so months cannot be made by degree days."""

    reason = "NO_TEMPERATURES"


class NoReading(Absent):
    """The bill has no reading: it is not read yet, or reading it failed."""

    reason = "NO_READING"


class NoLoadProfile(Absent):
    """The project has no load profile: no bill of it holds a usable month."""

    reason = "NO_LOAD_PROFILE"


class Conflict(Refusal):
    """The state of the thing does not allow this now."""

    grpc_status = "ABORTED"
    http_status = 409


class RequestReused(Conflict):
    """The idempotency key was used before for a different request."""

    reason = "REQUEST_REUSED"
    http_status = 422


class RequestInProgress(Conflict):
    """The first request with this idempotency key is still under way."""

    reason = "REQUEST_IN_PROGRESS"


class LedgerBillArchived(Conflict):
    """Another record stands in the place of this one; look at that one."""

    reason = "LEDGER_BILL_ARCHIVED"


class NotComparable(Conflict):
    """The two bills cannot be compared: one lacks days or cost, or they differ in currency."""

    reason = "NOT_COMPARABLE"


class ReviewOutdated(Conflict):
    """The bill was read again, corrected or decided about since it was looked at."""

    reason = "REVIEW_OUTDATED"


class NothingHeld(Conflict):
    """No reading of the bill waits for a person."""

    reason = "NOTHING_HELD"


class JobNotFinished(Conflict):
    """The bill is still being read; wait for its job to finish."""

    reason = "JOB_NOT_FINISHED"


class TooMuch(Refusal):
    """A limit was reached."""

    grpc_status = "RESOURCE_EXHAUSTED"
    http_status = 429


class BillTooLarge(TooMuch):
    """The upload is larger than this installation accepts."""

    reason = "BILL_TOO_LARGE"
    http_status = 422


class BatchTooLarge(TooMuch):
    """The batch has more files or bytes than this installation accepts at once."""

    reason = "BATCH_TOO_LARGE"
    http_status = 422


class LimitReached(TooMuch):
    """Too many of these exist, or too many requests came, for this tenant."""

    reason = "LIMIT_REACHED"


class PositionPruned(Refusal):
    """The position is older than what the journal keeps: list everything anew, then follow from now."""

    reason = "POSITION_PRUNED"
    grpc_status = "OUT_OF_RANGE"
    http_status = 410


class TimedOut(Refusal):
    """The answer did not come within its limit."""

    reason = "TIMED_OUT"
    grpc_status = "DEADLINE_EXCEEDED"
    http_status = 504


class Contended(TimedOut):
    """Others keep writing the same rows; trying again soon may work."""


class Unavailable(Refusal):
    """Something this service needs is away; trying again later may work."""

    grpc_status = "UNAVAILABLE"
    http_status = 503


class StoreUnavailable(Unavailable):
    """The database or the object store cannot be reached, or has no room."""

    reason = "STORE_UNAVAILABLE"


class ShuttingDown(Unavailable):
    """This process is stopping; another one will answer."""

    reason = "SHUTTING_DOWN"


def leaves(branch: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    """Return every refusal that carries a reason of its own, by its reason."""
    found = {branch.reason: branch} if "reason" in vars(branch) and branch.reason else {}
    for child in branch.__subclasses__():
        found.update(leaves(child))
    return found
