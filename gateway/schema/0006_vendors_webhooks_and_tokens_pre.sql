-- Webhooks in another vendor's words. An event is rendered for a delivery at its first attempt; every later one sends the same bytes.

ALTER TABLE endpoint
    -- A dialect's format; empty: our own envelope.
    ADD COLUMN format text NOT NULL DEFAULT '' CHECK (length(format) <= 40),
    -- Where its maker reached this service: the base of links, where the settings name none.
    ADD COLUMN base_url text NOT NULL DEFAULT '' CHECK (length(base_url) <= 2000);

CREATE TABLE rendering (
    delivery_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    body bytea NOT NULL,
    -- Documents whose contents the body holds: when one is deleted, the body goes.
    bill_ids uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES delivery (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX rendering_of_bills ON rendering USING gin (bill_ids);
SELECT runtime.protect('gateway.rendering');

-- Tokens that a dialect's login gives count in the era they were given in; revoking them all begins another.
CREATE TABLE dialect_era (
    tenant_id uuid NOT NULL,
    dialect text NOT NULL,
    era bigint NOT NULL,
    PRIMARY KEY (tenant_id, dialect)
);
SELECT runtime.protect('gateway.dialect_era');
