"""Projects and their numbers."""
