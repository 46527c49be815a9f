-- A deleted project stays as a tombstone beside those of its bills: its id and its times, nothing of what it was called.
ALTER TABLE project ADD COLUMN deleted_at timestamptz;
