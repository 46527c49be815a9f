"""The dialects: other vendors' APIs over the same records, so that their clients change nothing but the base URL.

A dialect is one folder of pure renderers and thin routes, and one line in ``mounted.py``.
"""
