"""The days on which the meters were read, as the period of a bill: where it names none, and where its lines go further."""

from dataclasses import replace
from itertools import permutations

from services.parser.understand.fields import calendar
from services.parser.understand.fields.guess import Guess
from services.parser.understand.fields.spans import Span, resolve
from services.parser.understand.metering.registers import MeterRead, meter_total, outer_reads
from services.parser.understand.sight import Sight

READ_SCORE = 0.8
"""How surely the days of the readings bound the period."""


def with_reads(sight: Sight, dates: calendar.Calendar, meters: list[MeterRead]) -> calendar.Calendar:
    """Take the period from the days of the readings where the page names none."""
    if dates.period is not None and dates.period.score >= 0.45:
        return dates
    for meter in meters:
        if len(meter.dates) == 2:
            near = dates.statement or dates.due
            span = resolve(meter.dates[0], meter.dates[1], near.value if near else None)
            if span is not None and dates.period is not None and _same(span, dates.period.value):
                return replace(dates, period=replace(dates.period, score=READ_SCORE))
            if span is not None:
                period = Guess(span, meter.dates[0], READ_SCORE)
                return replace(
                    dates, period=period, period_tokens=meter.dates, days=calendar.printed_days(sight, [], period)
                )
    return dates


def over_change(dates: calendar.Calendar, meters: list[MeterRead]) -> calendar.Calendar:
    """Return the period over both meters where one took the place of the other within it and the period found is of one.

    So it is over all lines of one meter, where a new price parts them.
    """
    period = dates.period.value if dates.period else None
    spans = [(read, span) for read in meters if len(read.dates) == 2 and (span := resolve(*read.dates, None))]
    for read, span in spans:
        lines = meter_total(read)[0]
        parted = len(lines) > 1 and outer_reads(lines)[0] is not None
        if parted and period and span.start <= period.start and period.end <= span.end and period != span:
            return replace(dates, period=Guess(span, read.dates[0], READ_SCORE), period_tokens=read.dates, days=None)
    for (old, before), (new, after) in permutations(spans, 2):
        alike = (old.commodity, meter_total(old)[1]) == (new.commodity, meter_total(new)[1])
        if not alike or period not in (before, after) or before.end != after.start:
            continue  # meters of two services may be read in turn
        whole = Guess(Span(before.start, after.end), old.dates[0], READ_SCORE)
        return replace(dates, period=whole, period_tokens=(old.dates[0], new.dates[1]), days=None)
    return dates


def _same(read: Span, printed: Span) -> bool:
    """Tell whether a printed period is that of two readings, its first day the one after the older of them."""
    return abs((read.start - printed.start).days) <= 1 and abs((read.end - printed.end).days) <= 1
