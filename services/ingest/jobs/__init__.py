"""Jobs: who reads which bill next, what a lease allows, and what comes of it."""
