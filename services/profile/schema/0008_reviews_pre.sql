-- Readings that wait for a person before they take effect, what people decided about bills, and values that they found right.

ALTER TABLE project
    ADD COLUMN hold text NOT NULL DEFAULT 'never' CHECK (hold IN ('never', 'by_rule', 'always')),
    -- Actions of audit rules by their names, a JSON object; those that are not named do as they always do.
    ADD COLUMN audit_rules text NOT NULL DEFAULT '{}',
    ADD COLUMN bills_held integer NOT NULL DEFAULT 0;

-- The newest reading that waits, by its place in time; what it says stands apart, so that nothing that counts can meet it.
ALTER TABLE bill
    ADD COLUMN waiting_at timestamptz,
    ADD COLUMN waiting_position bigint,
    ADD COLUMN rejected boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT bill_waiting_check CHECK (deleted_at IS NULL OR waiting_at IS NULL),
    ADD CONSTRAINT bill_rejected_check CHECK (waiting_at IS NOT NULL OR NOT rejected);
CREATE INDEX bill_waiting_of_project ON bill (project_id, rejected, waiting_at DESC, bill_id DESC) WHERE waiting_at IS NOT NULL;
CREATE INDEX bill_waiting_of_tenant ON bill (tenant_id, rejected, waiting_at DESC, bill_id DESC) WHERE waiting_at IS NOT NULL;

CREATE TABLE held (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    project_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    read_position bigint NOT NULL,
    readings bytea NOT NULL,
    -- What the audit rules found, as a message.
    reasons bytea NOT NULL,
    held_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (bill_id),
    FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE
);
SELECT runtime.protect('held');

CREATE TABLE decision (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    decision text NOT NULL CHECK (decision IN ('confirmed', 'rejected')),
    -- The reading that it is about.
    read_at timestamptz NOT NULL,
    read_position bigint NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL,
    PRIMARY KEY (bill_id, number),
    FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE
);
SELECT runtime.protect('decision');

CREATE TABLE confirmed_value (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    -- The value's path in its reading, and what it said: a reading that says something else there was not confirmed.
    path text NOT NULL,
    value text NOT NULL,
    confirmed_by text NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (bill_id, ordinal, path),
    FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE
);
SELECT runtime.protect('confirmed_value');

-- Corrections of a reading that waits count for that reading alone, until it takes effect.
ALTER TABLE amendment ADD COLUMN held boolean NOT NULL DEFAULT false;
