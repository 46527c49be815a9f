"""Taking away projects and tenants, with a receipt; and giving a tenant all it has before that."""
