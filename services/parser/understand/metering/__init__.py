"""Metering: meters and their registers, the usage that is billed, and the months of the past."""
