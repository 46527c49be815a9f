"""The ledger over gRPC: lists and single things, corrections, calendars, comparisons."""
