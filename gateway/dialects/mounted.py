"""The dialects that are mounted; this is the one line that a new one adds outside its own folder (``docs/dialects.md``)."""

from gateway.dialects.aurora import AURORA
from gateway.dialects.bayou import BAYOU
from gateway.dialects.dialect import Dialect
from gateway.dialects.energyprint import ENERGYPRINT
from gateway.dialects.utilityapi import UTILITYAPI

DIALECTS: tuple[Dialect, ...] = (AURORA, BAYOU, ENERGYPRINT, UTILITYAPI)
