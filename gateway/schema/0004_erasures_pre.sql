-- Receipts of erased tenants: what is left of them, and all the operator needs to prove it.
CREATE TABLE erasure (
    tenant_id uuid PRIMARY KEY,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    projects bigint NOT NULL DEFAULT 0,
    bills bigint NOT NULL DEFAULT 0,
    rows_removed bigint NOT NULL DEFAULT 0
);
SELECT runtime.protect('gateway.erasure');
