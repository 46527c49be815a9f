-- A load profile that a user supplied in place of bills. What is made of it stands on the project, so that a fold never reads
-- a year of intervals; supplied_after is how far completions had been folded when it was supplied.

ALTER TABLE project
    ADD COLUMN supplied_profile bytea,
    ADD COLUMN supplied_after bigint,
    ADD COLUMN supplied_keep boolean,
    ADD COLUMN supplied_at timestamptz,
    ADD CONSTRAINT project_supplied_check CHECK (num_nulls(supplied_profile, supplied_after, supplied_keep, supplied_at) IN (0, 4));

-- The numbers as they were supplied, as a message.
CREATE TABLE supplied (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    numbers bytea NOT NULL,
    PRIMARY KEY (tenant_id, project_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project ON DELETE CASCADE
);
SELECT runtime.protect('supplied');
