"""Axes of months: the line itself, the years of its months, and months that initials spell."""
