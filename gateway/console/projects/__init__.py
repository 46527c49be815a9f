"""The pages of a project: its bills, its twelve months, its hours."""
