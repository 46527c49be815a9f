"""Version 1 of the parser contract."""
