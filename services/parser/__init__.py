"""Parser: bytes in, readings out. Owns no table, keeps nothing, and is the only room that opens a hostile file.

``see`` turns a file into pages of words with boxes; ``understand`` turns pages into readings with proofs; ``child`` is the
bounded process in which both run; ``worker`` pulls leases from ingest and sends outcomes back.
"""
