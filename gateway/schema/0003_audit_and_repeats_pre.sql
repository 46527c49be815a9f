-- Who wrote what, and what was answered to requests that may come twice.

-- A row stands before its write is made, so no write goes without one; the answer is noted behind it.
-- tenant_id is null where the operator did something that is no one tenant's.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tenant_id uuid,
    -- Null: the operator.
    key_id uuid,
    operation text NOT NULL,
    method text NOT NULL,
    path text NOT NULL CHECK (length(path) <= 2048),
    request_id text NOT NULL,
    address text NOT NULL,
    -- Null: not answered yet, or cut off before it was.
    status int,
    reason text NOT NULL DEFAULT ''
) WITH (fillfactor = 85);
CREATE INDEX audit_newest ON audit (tenant_id, at DESC, audit_id DESC);
CREATE INDEX audit_oldest ON audit (at);
SELECT runtime.protect('gateway.audit');

-- The first answer to an Idempotency-Key, written in the transaction that made what it tells of; sealed, as it may hold a secret.
CREATE TABLE repeat (
    tenant_id uuid NOT NULL,
    operation text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    status int NOT NULL,
    location text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, operation, idempotency_key)
);
CREATE INDEX repeat_oldest ON repeat (created_at);
SELECT runtime.protect('gateway.repeat');
