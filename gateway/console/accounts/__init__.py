"""The pages of accounts: the list, and one account with the calendar of what its bills cover."""
