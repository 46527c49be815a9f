"""Bills: taken in, listed, retrieved, read again, deleted; and their jobs."""
