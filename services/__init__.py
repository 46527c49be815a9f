"""The rooms that own the work: ingest takes bills in, parser reads them, profile turns readings into numbers."""
