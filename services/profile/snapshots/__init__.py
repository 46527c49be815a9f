"""Snapshots: a property's energy, cost and carbon per square foot over twelve months, beside the twelve before."""
