-- The ledger: what completions made of bills, the accounts and meters they belong to, and each project's load profile.
-- Accounts and meters have ids made from their normalised numbers, so that a replay makes the same ones.
-- Every id but a project's is made by our own rooms, so it is a key by itself; tenant_id stands beside it for the wall.

-- How far the journal of completions has been folded: one row, whose lock makes folds take turns.
CREATE TABLE cursor (
    journal text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO cursor (journal) VALUES ('ingest.completion');

-- A project as far as profile knows it: ingest owns projects, so a row appears with the first completion or policy.
CREATE TABLE project (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    rule text NOT NULL DEFAULT 'last_parsed'
        CHECK (rule IN ('last_parsed', 'last_uploaded', 'latest_period', 'pinned')),
    pinned_bill_id uuid,
    active_bill_id uuid,
    -- Grows by one with each change of the profile, also when the profile goes.
    version bigint NOT NULL DEFAULT 0,
    -- The load profile as a message, without its version; null where there is none.
    profile bytea,
    PRIMARY KEY (tenant_id, project_id),
    CHECK ((rule = 'pinned') = (pinned_bill_id IS NOT NULL))
);
SELECT runtime.protect('project');

-- One uploaded document: its newest success, its newest failure, or that it is gone (a row without either: a tombstone).
CREATE TABLE bill (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    project_id uuid NOT NULL,
    received_at timestamptz,
    read_at timestamptz,
    read_position bigint,
    -- Whether the reading shows a month for a load profile, and the day after the last one of its own energy.
    usable boolean NOT NULL DEFAULT false,
    latest_day date,
    -- The few numbers that a load profile is made from, so that nobody parses a whole reading to choose a bill.
    contribution text,
    failed_at timestamptz,
    failed_position bigint,
    failure_reason text,
    deleted_at timestamptz,
    PRIMARY KEY (bill_id),
    CHECK ((read_at IS NULL) = (contribution IS NULL)),
    CHECK (deleted_at IS NULL OR (read_at IS NULL AND failed_at IS NULL))
);
CREATE INDEX bill_last_parsed ON bill (project_id, usable, read_at, read_position) WHERE read_at IS NOT NULL;
CREATE INDEX bill_last_uploaded ON bill (project_id, usable, received_at, read_at, read_position)
    WHERE read_at IS NOT NULL;
CREATE INDEX bill_latest_period ON bill (project_id, usable, coalesce(latest_day, '-infinity'), read_at, read_position)
    WHERE read_at IS NOT NULL;
SELECT runtime.protect('bill');

-- The readings of a bill as they came, apart from the bill so that its row stays slim.
CREATE TABLE reading (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    readings bytea NOT NULL,
    PRIMARY KEY (bill_id),
    FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE
);
SELECT runtime.protect('reading');

-- A customer's account with a utility, matched by issuer and the letters and digits of its number.
CREATE TABLE account (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    issuer_id text NOT NULL,
    issuer_name text NOT NULL,
    number text NOT NULL,
    number_normalised text NOT NULL,
    -- When the first completion that named it was recorded; and by which completion its printed forms stand.
    created_at timestamptz NOT NULL,
    printed_at timestamptz NOT NULL,
    printed_position bigint NOT NULL,
    PRIMARY KEY (account_id),
    UNIQUE (tenant_id, issuer_id, number_normalised)
);
SELECT runtime.protect('account');

CREATE TABLE meter (
    tenant_id uuid NOT NULL,
    meter_id uuid NOT NULL,
    account_id uuid NOT NULL,
    commodity text NOT NULL,
    number text NOT NULL,
    number_normalised text NOT NULL,
    service_point text NOT NULL,
    tariff text NOT NULL,
    supplier text NOT NULL,
    -- The meter of the same account whose energy this one states again (supply beside distribution).
    associated_meter_id uuid,
    printed_at timestamptz NOT NULL,
    printed_position bigint NOT NULL,
    PRIMARY KEY (meter_id),
    FOREIGN KEY (account_id) REFERENCES account ON DELETE CASCADE
);
CREATE INDEX meter_of_account ON meter (account_id);
SELECT runtime.protect('meter');

-- One statement of a document: the ledger's own bill. A correction is another statement that names the one it replaces.
CREATE TABLE statement (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    -- From 1, in the order of the document's pages; corrections go on from there.
    ordinal integer NOT NULL,
    project_id uuid NOT NULL,
    account_id uuid,
    kind text NOT NULL,
    statement_date date,
    due_date date,
    start_date date,
    end_date date,
    currency text,
    previous_balance numeric,
    payments numeric,
    adjustments numeric,
    new_charges numeric,
    amount_due numeric,
    rebill boolean NOT NULL DEFAULT false,
    -- The document whose statement this one corrects; the corrected one is archived, never overwritten.
    original_utility_bill_id uuid,
    archived_at timestamptz,
    archive_reason text,
    PRIMARY KEY (bill_id, ordinal),
    FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE,
    FOREIGN KEY (account_id) REFERENCES account,
    CHECK ((archived_at IS NULL) = (archive_reason IS NULL))
);
CREATE INDEX statement_of_account ON statement (account_id, project_id);
CREATE INDEX statement_of_project ON statement (project_id, account_id);
SELECT runtime.protect('statement');

-- Which meters a statement shows, and over which days: a meter's active span is their union.
CREATE TABLE statement_meter (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    meter_id uuid NOT NULL,
    start_date date,
    end_date date,
    read_kind text NOT NULL,
    PRIMARY KEY (bill_id, ordinal, meter_id),
    FOREIGN KEY (bill_id, ordinal) REFERENCES statement ON DELETE CASCADE,
    FOREIGN KEY (meter_id) REFERENCES meter
);
CREATE INDEX statement_meter_of_meter ON statement_meter (meter_id);
SELECT runtime.protect('statement_meter');

CREATE TABLE usage (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    line integer NOT NULL,
    meter_id uuid,
    commodity text NOT NULL,
    kind text NOT NULL,
    amount numeric NOT NULL,
    unit text NOT NULL,
    start_date date,
    end_date date,
    label text NOT NULL,
    measured boolean NOT NULL,
    estimated boolean NOT NULL,
    PRIMARY KEY (bill_id, ordinal, line),
    FOREIGN KEY (bill_id, ordinal) REFERENCES statement ON DELETE CASCADE
);
CREATE INDEX usage_of_meter ON usage (meter_id, start_date) WHERE meter_id IS NOT NULL;
SELECT runtime.protect('usage');

CREATE TABLE charge (
    tenant_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    line integer NOT NULL,
    meter_id uuid,
    commodity text,
    kind text NOT NULL,
    description text NOT NULL,
    section text NOT NULL,
    amount numeric NOT NULL,
    currency text NOT NULL,
    quantity numeric,
    unit text,
    rate numeric,
    start_date date,
    end_date date,
    PRIMARY KEY (bill_id, ordinal, line),
    FOREIGN KEY (bill_id, ordinal) REFERENCES statement ON DELETE CASCADE
);
CREATE INDEX charge_of_meter ON charge (meter_id, start_date) WHERE meter_id IS NOT NULL;
SELECT runtime.protect('charge');

-- A change of one field by a person: who, when, why, and what stood there before.
CREATE TABLE amendment (
    tenant_id uuid NOT NULL,
    amendment_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    ordinal integer NOT NULL,
    field text NOT NULL,
    before text,
    after text,
    amended_by text NOT NULL,
    amended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL,
    PRIMARY KEY (amendment_id),
    FOREIGN KEY (bill_id, ordinal) REFERENCES statement ON DELETE CASCADE
);
CREATE INDEX amendment_of_bill ON amendment (bill_id, ordinal, amended_at);
SELECT runtime.protect('amendment');

SELECT runtime.create_journal('profile', 'change');
