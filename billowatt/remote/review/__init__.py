"""The review of what is in doubt: what there is to look at, and the going through it with a person."""
