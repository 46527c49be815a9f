-- Webhooks: where to, what, and every try to bring it there. A lane of deliveries is an endpoint.

CREATE TABLE endpoint (
    endpoint_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES runtime.tenant,
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 200),
    -- Empty: every type of event.
    events text[] NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled')),
    -- person, gone (it answered 410) or failing (for days).
    disabled_reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The breaker: how often in a row it failed, since when, and when the next probe may go.
    failures_in_row int NOT NULL DEFAULT 0,
    failing_since timestamptz,
    resume_at timestamptz NOT NULL DEFAULT '-infinity',
    -- Gone for its tenant; the rows go once nothing of it is under way.
    deleted_at timestamptz,
    UNIQUE (tenant_id, endpoint_id)
) WITH (fillfactor = 70);
CREATE INDEX endpoint_of_tenant ON endpoint (tenant_id, created_at DESC, endpoint_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX endpoint_deleted ON endpoint (deleted_at) WHERE deleted_at IS NOT NULL;
SELECT runtime.protect('gateway.endpoint');

-- More than one is live while a secret is being rotated.
CREATE TABLE endpoint_secret (
    secret_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    secret bytea NOT NULL CHECK (length(secret) BETWEEN 24 AND 64),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoint (tenant_id, endpoint_id) ON DELETE CASCADE
);
CREATE INDEX endpoint_secret_of_endpoint ON endpoint_secret (endpoint_id, created_at DESC);
SELECT runtime.protect('gateway.endpoint_secret');

-- The bytes are those that every delivery sends, frozen when it happened; null once what it tells of was deleted.
CREATE TABLE event (
    event_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES runtime.tenant,
    project_id uuid,
    bill_id uuid,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, event_id)
);
CREATE INDEX event_oldest ON event (created_at);
CREATE INDEX event_of_bill ON event (bill_id) WHERE bill_id IS NOT NULL;
SELECT runtime.protect('gateway.event');

CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    lane uuid NOT NULL,
    event_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    ready_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts int NOT NULL DEFAULT 0,
    fencing_token bigint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    leased_by text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    -- Why it was given up: exhausted, endpoint_disabled, erased or gone.
    failure_reason text NOT NULL DEFAULT '',
    UNIQUE (lane, event_id),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, lane) REFERENCES endpoint (tenant_id, endpoint_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, event_id) REFERENCES event (tenant_id, event_id) ON DELETE CASCADE
) WITH (fillfactor = 70);
SELECT runtime.index_leases('gateway.delivery');
CREATE INDEX delivery_newest ON delivery (lane, created_at DESC, id DESC);
CREATE INDEX delivery_of_event ON delivery (event_id);
SELECT runtime.protect('gateway.delivery');

CREATE TABLE attempt (
    delivery_id uuid NOT NULL,
    fencing_token bigint NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamptz NOT NULL,
    latency_ms int NOT NULL,
    status int,
    error text NOT NULL DEFAULT '',
    response_head bytea NOT NULL DEFAULT '' CHECK (length(response_head) <= 2048),
    PRIMARY KEY (delivery_id, fencing_token),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES delivery (tenant_id, id) ON DELETE CASCADE
);
SELECT runtime.protect('gateway.attempt');

-- How far the changes of profile were turned into events.
CREATE TABLE follow_cursor (
    follower text PRIMARY KEY,
    position bigint NOT NULL
);
INSERT INTO follow_cursor (follower, position) VALUES ('changes', 0);
