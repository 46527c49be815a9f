"""Every SQL statement of the ledger, a module for each thing that is kept."""
