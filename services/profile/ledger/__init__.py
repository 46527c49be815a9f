"""The ledger: accounts, meters, statements, charges and usages, as plain data made from readings."""
