"""Names for the identifiers that travel through every room, so that no two can be swapped unseen."""

from typing import NewType

TenantId = NewType("TenantId", str)
"""A customer of this installation; the wall between two of them is absolute."""

ProjectId = NewType("ProjectId", str)
"""One site or one study of a tenant; owns bills and one load profile."""

BillId = NewType("BillId", str)
"""One uploaded document."""

JobId = NewType("JobId", str)
"""One attempt, retries included, to read one bill."""

Position = NewType("Position", int)
"""A place in a journal: gap-free, from 1, in the order of commits. 0 stands before the first entry."""
