"""Tells a bill's content type from its first bytes; what a client or a file name claims counts for nothing.

Signatures: PDF from ISO 32000-1 annex H.3 note 13 (viewers accept the header within the first 1,024 bytes), JPEG from
ITU T.81 annex B, PNG from W3C PNG 5.2, GIF from GIF89a section 17, WEBP from RFC 9649 section 2.4.
"""

from enum import StrEnum

SNIFF_BYTES = 1024
"""First bytes of a body that ``sniff`` needs; a shorter body is given whole."""


class ContentType(StrEnum):
    """A kind of file that Billowatt reads, by its media type."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"


def sniff(head: bytes) -> ContentType | None:
    """Return the type that the first ``SNIFF_BYTES`` of a body show, or None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return ContentType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ContentType.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return ContentType.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ContentType.WEBP
    if b"%PDF-" in head[:SNIFF_BYTES]:
        return ContentType.PDF
    return None
