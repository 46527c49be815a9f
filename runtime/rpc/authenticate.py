"""Proving callers where a database is at hand: service tokens by their signature, API keys by their record.

Found keys are remembered for a few seconds, so that a busy key costs one lookup in that time and a revoked one is shut
out soon. Unknown keys are not remembered: nobody may fill the memory with guesses.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from domain.refusals import BadKey
from runtime.keys import find_key
from runtime.postgres import Database
from runtime.rpc.identity import Caller, ServiceTokens, is_service_token

REMEMBERED_SECONDS = 3.0
"""Longest time for which a revoked key still works."""

REMEMBERED_MAX = 10_000


class KeyAuthenticator:
    """Accepts service tokens and API keys."""

    def __init__(
        self, database: Database, tokens: ServiceTokens, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._remembered: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def caller(self, bearer: str) -> Caller:
        """Return the caller that a token or key proves.

        Raises:
            BadKey: it is unknown, expired or revoked.
            StoreUnavailable: the database that knows the keys is away.
        """
        if is_service_token(bearer):
            return self._tokens.check(bearer)
        digest = hashlib.sha256(bearer.encode("utf-8", "surrogateescape")).digest()
        forgotten_at, caller = self._remembered.get(digest, (0.0, None))
        if caller is not None and self._clock() < forgotten_at:
            return caller
        asked_at = self._clock()
        record = await find_key(self._database, bearer)
        if record is None:
            self._remembered.pop(digest, None)
            raise BadKey
        caller = Caller(record.tenant_id, is_service=False, scopes=record.scopes, key_id=record.key_id)
        self._remembered[digest] = (asked_at + REMEMBERED_SECONDS, caller)
        self._remembered.move_to_end(digest)
        while len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return caller
