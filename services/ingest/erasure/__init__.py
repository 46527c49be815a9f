"""Deleting whole projects, and all that a tenant has."""
