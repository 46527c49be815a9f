"""How many streams each tenant holds open in this process, of events and of jobs together."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from domain.ids import TenantId
from domain.refusals import LimitReached

STREAMS_PER_TENANT_MAX = 200
"""Each keeps a queue, a socket and, where it watches a job, a question twice a second."""


class Places:
    """The places for streams; one tenant's do not take another's."""

    def __init__(self) -> None:
        self._taken: Counter[TenantId] = Counter()

    @contextmanager
    def taken(self, tenant_id: TenantId) -> Iterator[None]:
        """Take a place for as long as a stream is open.

        Raises:
            LimitReached: the tenant has as many streams open here as it may have.
        """
        if self._taken[tenant_id] >= STREAMS_PER_TENANT_MAX:
            raise LimitReached("The tenant holds too many streams open.", limit_streams=STREAMS_PER_TENANT_MAX)
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken[tenant_id] -= 1
            if not self._taken[tenant_id]:
                del self._taken[tenant_id]
