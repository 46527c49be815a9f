"""The ledger: accounts and what hangs on them."""
