"""Corrections by people: which fields there are, what a correction does to a reading, and how it outlives another reading."""
