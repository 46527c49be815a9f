"""Ingest: takes bills in, hands them to parsers, records what came of them.

The room owns projects, bills, jobs and the journal of completions. ``receive.py`` is the door, ``desk.py`` deals with those who
work, ``bills.py`` with those who ask; ``store.py`` holds every SQL statement, ``servicer.py`` and ``work.py`` speak gRPC.
"""
