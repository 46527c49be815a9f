-- The least number that a record of a reading that waits may have: above those under which earlier ones of the bill were shown.

ALTER TABLE held ADD COLUMN least_revision integer NOT NULL DEFAULT 0;
