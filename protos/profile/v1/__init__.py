"""Version 1 of the profile contract."""
