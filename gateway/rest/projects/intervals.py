"""The intervals of a year as the contract tells them: whole numbers of a ten thousandth of a kWh, one behind the other."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from protos.profile.v1 import profile_pb2

ENERGY_UNITS_PER_KWH = 10_000


def starts(hours: profile_pb2.GetHoursResponse) -> Iterator[datetime]:
    """Yield when each interval starts, local standard time."""
    step, at = timedelta(minutes=hours.interval_minutes), datetime(hours.year, 1, 1)  # noqa: DTZ001 local, without zone
    for _ in hours.energies:
        if hours.leave_out_leap_day and (at.month, at.day) == (2, 29):
            at += timedelta(days=1)
        yield at
        at += step
