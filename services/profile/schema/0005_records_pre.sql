-- The ledger's face to the outside: a record a statement as it was read or corrected, never changed once written, only archived.
-- The tables of statements, usages and charges hold the newest record of each in rows, for months and sums.

ALTER TABLE statement ADD COLUMN revision integer NOT NULL DEFAULT 0;
ALTER TABLE statement DROP COLUMN original_utility_bill_id;
CREATE INDEX statement_by_date ON statement (project_id, account_id, statement_date) WHERE account_id IS NOT NULL;
CREATE INDEX statement_by_period ON statement (project_id, account_id, start_date, end_date) WHERE account_id IS NOT NULL;

CREATE TABLE record (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    -- 0 as first read; grows by one each time the document is read to another result or a person corrects it.
    revision integer NOT NULL,
    project_id uuid NOT NULL,
    account_id uuid,
    -- The days that the list by days goes by: the period, else the statement date alone.
    first_day date,
    after_day date,
    recorded_at timestamptz NOT NULL,
    archived_at timestamptz,
    archive_reason text CHECK (archive_reason IN ('corrected', 'reread', 'rebilled', 'duplicate')),
    -- The record of another document that stands in this one's place, as bill/ordinal.
    rival_bill_id uuid,
    rival_ordinal integer,
    -- The message that is answered, without what the other columns say.
    body bytea NOT NULL,
    metadata text NOT NULL DEFAULT '{}',
    PRIMARY KEY (bill_id, ordinal, revision),
    FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE,
    CHECK ((archived_at IS NULL) = (archive_reason IS NULL))
);
CREATE INDEX record_newest ON record (tenant_id, recorded_at DESC, bill_id DESC, ordinal DESC, revision DESC);
CREATE INDEX record_of_project ON record (project_id, recorded_at DESC, bill_id DESC, ordinal DESC, revision DESC);
CREATE INDEX record_of_account ON record (account_id, recorded_at DESC, bill_id DESC, ordinal DESC, revision DESC)
    WHERE account_id IS NOT NULL;
CREATE INDEX record_replaced_by ON record (rival_bill_id, rival_ordinal) WHERE rival_bill_id IS NOT NULL;
SELECT runtime.protect('record');

CREATE TABLE record_meter (
    tenant_id uuid NOT NULL,
    meter_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (bill_id, ordinal, revision, meter_id),
    FOREIGN KEY (bill_id, ordinal, revision) REFERENCES record ON DELETE CASCADE
);
CREATE INDEX record_of_meter ON record_meter
    (meter_id, recorded_at DESC, bill_id DESC, ordinal DESC, revision DESC);
SELECT runtime.protect('record_meter');

-- Corrections outlive the statement they were made on: when the document is read again, they are made again.
ALTER TABLE amendment DROP CONSTRAINT amendment_bill_id_ordinal_fkey;
ALTER TABLE amendment ADD FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE;
ALTER TABLE amendment ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE amendment ADD COLUMN revision integer NOT NULL DEFAULT 0;
ALTER TABLE amendment ADD COLUMN added_line boolean NOT NULL DEFAULT false;
ALTER TABLE amendment ADD COLUMN request_id text NOT NULL DEFAULT '';
ALTER TABLE amendment ADD COLUMN request_hash text NOT NULL DEFAULT '';
ALTER TABLE amendment ADD COLUMN set_aside boolean NOT NULL DEFAULT false;
DROP INDEX amendment_of_bill;
CREATE INDEX amendment_of_bill ON amendment (bill_id, ordinal, number DESC);
CREATE INDEX amendment_of_request ON amendment (tenant_id, request_id) WHERE request_id <> '';

ALTER TABLE account ADD COLUMN metadata text NOT NULL DEFAULT '{}';
ALTER TABLE account ADD COLUMN updated_at timestamptz;
CREATE INDEX account_newest ON account (tenant_id, created_at DESC, account_id DESC);
ALTER TABLE meter ADD COLUMN metadata text NOT NULL DEFAULT '{}';
ALTER TABLE meter ADD COLUMN created_at timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE meter ADD COLUMN updated_at timestamptz;
ALTER TABLE meter ADD COLUMN point_normalised text NOT NULL DEFAULT '';
CREATE INDEX meter_newest ON meter (tenant_id, created_at DESC, meter_id DESC);
CREATE INDEX meter_by_number ON meter (tenant_id, number_normalised) WHERE number_normalised <> '';
CREATE INDEX meter_by_point ON meter (tenant_id, point_normalised) WHERE point_normalised <> '';
CREATE INDEX statement_meter_days ON statement_meter (meter_id, end_date DESC);

-- Documents of a project with a reading, and those without one whose reading failed: told when all are ready.
ALTER TABLE project ADD COLUMN bills_parsed integer NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN bills_unparsed integer NOT NULL DEFAULT 0;
UPDATE project SET bills_parsed = counted.parsed, bills_unparsed = counted.unparsed
FROM (
    SELECT tenant_id, project_id, count(read_at) AS parsed,
        count(*) FILTER (WHERE read_at IS NULL AND failed_at IS NOT NULL) AS unparsed
    FROM bill GROUP BY tenant_id, project_id
) AS counted
WHERE counted.tenant_id = project.tenant_id AND counted.project_id = project.project_id;
