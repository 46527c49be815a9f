"""The dialects: other vendors' APIs over the same records, so that their clients change nothing but the base URL.

A dialect is one folder of pure renderers and thin routes, and one line here; ``docs/dialects.md`` shows how one is added.
"""

from gateway.dialects.aurora import AURORA
from gateway.dialects.dialect import Dialect

DIALECTS: tuple[Dialect, ...] = (AURORA,)
