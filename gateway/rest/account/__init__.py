"""The tenant's own affairs: keys."""
