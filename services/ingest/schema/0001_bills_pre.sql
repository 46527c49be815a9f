-- Projects, bills, jobs, remembered requests, and the journal of what came of each bill.

CREATE TABLE project (
    project_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    external_id text NOT NULL CHECK (length(external_id) <= 200),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, project_id)
);
CREATE INDEX project_newest ON project (tenant_id, created_at DESC, project_id DESC);
SELECT runtime.protect('ingest.project');

-- A deleted bill stays as a tombstone: who it was, when it came and went, and nothing of what it said.
CREATE TABLE bill (
    bill_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    file_name text NOT NULL,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    sha256 text NOT NULL,
    object_key text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duplicate_of uuid,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'succeeded', 'failed')),
    job_id uuid NOT NULL,
    failure_reason text NOT NULL DEFAULT '',
    failure_detail text NOT NULL DEFAULT '',
    completed_at timestamptz,
    completion_position bigint NOT NULL DEFAULT 0,
    deleted_at timestamptz,
    UNIQUE (tenant_id, bill_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, project_id)
) WITH (fillfactor = 85);
CREATE INDEX bill_newest ON bill (tenant_id, project_id, received_at DESC, bill_id DESC) WHERE deleted_at IS NULL;
-- An object key holds the tenant and the hash, so it finds the bills with the same bytes as well. Tombstones have none.
-- Not partial: two partial indexes with one condition look alike to a plan that is made while the table is empty.
CREATE INDEX bill_of_object ON bill (object_key, project_id, received_at);
SELECT runtime.protect('ingest.bill');

CREATE TABLE job (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    lane uuid NOT NULL,
    project_id uuid NOT NULL,
    bill_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    ready_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts int NOT NULL DEFAULT 0,
    fencing_token bigint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    leased_by text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    pages_done int NOT NULL DEFAULT 0,
    pages_total int NOT NULL DEFAULT 0,
    failure_reason text NOT NULL DEFAULT '',
    failure_detail text NOT NULL DEFAULT '',
    FOREIGN KEY (tenant_id, bill_id) REFERENCES bill (tenant_id, bill_id)
);
SELECT runtime.index_leases('ingest.job');
-- At most one reading of a bill is under way.
CREATE UNIQUE INDEX job_open ON job (bill_id) WHERE state IN ('queued', 'leased');
CREATE INDEX job_with_detail ON job (bill_id) WHERE failure_detail <> '';
SELECT runtime.protect('ingest.job');

-- What was answered to a request_id, for a day.
CREATE TABLE request (
    tenant_id uuid NOT NULL,
    call text NOT NULL,
    request_id text NOT NULL,
    fingerprint text NOT NULL,
    project_id uuid NOT NULL,
    bill_id uuid,
    job_id uuid,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, call, request_id)
);
CREATE INDEX request_oldest ON request (created_at);
SELECT runtime.protect('ingest.request');

SELECT runtime.create_journal('ingest', 'completion');
