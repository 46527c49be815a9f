"""Version 1 of the values contract."""
