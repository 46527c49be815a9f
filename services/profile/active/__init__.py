"""Which bill of a project is in effect: chosen from the tables, by a policy that people change; the load profile follows."""
