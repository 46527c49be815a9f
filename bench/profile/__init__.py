"""Measures what profile makes of bills: months, hours, folds, replays, growth; and tests the filling rule on homes.

``python -m bench.profile`` runs all of it but growth (``bench.profile.scale``), which fills a database first.
"""
