"""Soaks: long runs that lie, stall and kill, and then count what was lost."""
