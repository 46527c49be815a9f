"""The hours of a year out of twelve months: each month's energy laid over the hours by a day's typical course.

``day_courses`` holds 576 weights a class of customer (12 months x weekday and weekend x 24 hours); ``year`` spreads the months.
Built on request in well under a millisecond, never stored.
"""
