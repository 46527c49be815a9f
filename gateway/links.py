"""Download links: a token that proves itself, bound to tenant, project, bill, disposition and time.

The object store's own presigned links die with temporary credentials whatever their expiry says, so partners get ours.
Form: ``base64url(fields).base64url(HMAC-SHA256 of the fields)``, the key derived from the installation's secret for this
purpose alone.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from domain.ids import BillId, ProjectId, TenantId
from domain.refusals import LinkExpired

LINK_SECONDS = 24 * 3600
"""How long a link works at least; the promise of the REST contract."""

LINK_STEP_SECONDS = 900
"""Links end on the quarter of an hour, so that a bill retrieved twice in between is answered alike and its ETag holds."""

TOKEN_LENGTH_MAX = 1024
_PURPOSE = b"billowatt download link v1"
_SEPARATOR = "\n"

Disposition = Literal["attachment"]


def link_end(now_seconds: float) -> int:
    """Return when a link made now ends [Unix seconds]: LINK_SECONDS from now, or up to LINK_STEP_SECONDS later."""
    return -(-(int(now_seconds) + LINK_SECONDS) // LINK_STEP_SECONDS) * LINK_STEP_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a token grants: one file of one bill until ``expires_at`` [Unix seconds]."""

    tenant_id: TenantId
    project_id: ProjectId
    bill_id: BillId
    expires_at: int
    disposition: Disposition = "attachment"


class Links:
    """Seals links into tokens and opens them again."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()

    def seal(self, link: Link) -> str:
        """Return the token of a link."""
        fields = (link.tenant_id, link.project_id, link.bill_id, link.disposition, str(link.expires_at))
        if any(_SEPARATOR in one for one in fields):
            raise ValueError("a field of a link holds a line break")
        body = _SEPARATOR.join(fields).encode()
        return f"{_text(body)}.{_text(self._signature(body))}"

    def open(self, token: str, now_seconds: float) -> Link:
        """Return the link of a token.

        Raises:
            LinkExpired: it is over, was altered, or never was one of ours.
        """
        if len(token) > TOKEN_LENGTH_MAX:
            raise LinkExpired
        try:
            body, signature = (_bytes(part) for part in token.split("."))
        except ValueError as error:
            raise LinkExpired from error
        if not hmac.compare_digest(signature, self._signature(body)):
            raise LinkExpired
        tenant_id, project_id, bill_id, _, expires_at = body.decode().split(_SEPARATOR)
        if int(expires_at) <= now_seconds:
            raise LinkExpired
        return Link(
            tenant_id=TenantId(tenant_id),
            project_id=ProjectId(project_id),
            bill_id=BillId(bill_id),
            expires_at=int(expires_at),
        )

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if _text(raw) != text:
        raise ValueError("not the canonical form")
    return raw
