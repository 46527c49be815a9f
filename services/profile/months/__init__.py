"""Calendar months: periods made to agree with each other, shared out over days, summed by month. Pure and exact.

``overlaps`` settles which of several periods stand; ``proration`` shares one out by days or by weights; ``calendarise`` sums a
meter's periods by month, fast; ``degree_days`` makes weights from temperatures; ``rounding`` is done once, at the edge.
"""
