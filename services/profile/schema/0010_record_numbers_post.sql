-- The bill keeps it now.

ALTER TABLE held DROP COLUMN least_revision;
