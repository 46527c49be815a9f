"""Version 1 of the ingest contract."""
