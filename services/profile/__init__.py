"""Profile: owns the ledger, the months and the load profile. Folds completions in time order and answers with numbers."""
