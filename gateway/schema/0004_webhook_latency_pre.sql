-- How long an endpoint took to answer, the last time a success was noted: a slow one gets fewer attempts at a time.

ALTER TABLE endpoint ADD COLUMN latency_ms int;
