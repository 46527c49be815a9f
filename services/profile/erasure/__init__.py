"""Taking away all that is kept of a project or a tenant that ingest has deleted."""
