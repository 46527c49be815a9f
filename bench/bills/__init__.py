"""Synthetic bills with exact truth, so that the reader can be measured on layouts that nobody tuned it on.

Everything here is invented: utilities, customers, addresses, numbers. ``python -m bench.bills --help`` lists the commands.
"""
