"""The dialects: other vendors' APIs over the same records, so that their clients change nothing but the base URL.

A dialect is one folder of pure renderers and thin routes, and one line here; ``docs/dialects.md`` shows how one is added.
"""

from gateway.dialects.aurora import AURORA
from gateway.dialects.bayou import BAYOU
from gateway.dialects.dialect import Dialect
from gateway.dialects.energyprint import ENERGYPRINT
from gateway.dialects.utilityapi import UTILITYAPI

DIALECTS: tuple[Dialect, ...] = (AURORA, BAYOU, ENERGYPRINT, UTILITYAPI)
