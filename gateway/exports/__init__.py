"""Exports: the ledger in the formats that energy people use, streamed, so that no export is too large for memory."""
