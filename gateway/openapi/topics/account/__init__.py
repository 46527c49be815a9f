"""The tenant's own affairs and the operator's."""
