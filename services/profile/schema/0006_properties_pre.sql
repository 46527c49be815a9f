-- Properties: the buildings and sites that meters serve. A project maps to one, made when its first bill is posted or when it is
-- first asked for; its id is made from the project's, so a replay makes the same one.

CREATE TABLE property (
    tenant_id uuid NOT NULL,
    property_id uuid NOT NULL,
    external_id text NOT NULL DEFAULT '',
    name text NOT NULL DEFAULT '',
    floor_area_sq_ft numeric,
    street_address text NOT NULL DEFAULT '',
    city text NOT NULL DEFAULT '',
    region text NOT NULL DEFAULT '',
    postal_code text NOT NULL DEFAULT '',
    country text NOT NULL DEFAULT '',
    latitude numeric,
    longitude numeric,
    primary_use text NOT NULL DEFAULT '',
    year_built integer,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    grid_region text NOT NULL DEFAULT '',
    metadata text NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    request_id text NOT NULL DEFAULT '',
    request_hash text NOT NULL DEFAULT '',
    PRIMARY KEY (property_id)
);
CREATE INDEX property_newest ON property (tenant_id, created_at DESC, property_id DESC);
CREATE UNIQUE INDEX property_of_request ON property (tenant_id, request_id) WHERE request_id <> '';
SELECT runtime.protect('property');

CREATE TABLE property_project (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    property_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, project_id),
    FOREIGN KEY (property_id) REFERENCES property ON DELETE CASCADE
);
CREATE INDEX project_of_property ON property_project (property_id, project_id);
SELECT runtime.protect('property_project');

-- Mean temperatures of days [degrees Fahrenheit], as a caller supplied them.
CREATE TABLE temperature (
    tenant_id uuid NOT NULL,
    property_id uuid NOT NULL,
    day date NOT NULL,
    mean_f numeric NOT NULL,
    PRIMARY KEY (property_id, day),
    FOREIGN KEY (property_id) REFERENCES property ON DELETE CASCADE
);
SELECT runtime.protect('temperature');

-- What lists of accounts and meters look up for each on a page.
CREATE INDEX statement_latest ON statement (account_id, statement_date DESC NULLS LAST) WHERE account_id IS NOT NULL;
CREATE INDEX statement_first ON statement (account_id, start_date) WHERE account_id IS NOT NULL;
CREATE INDEX statement_last ON statement (account_id, end_date DESC NULLS LAST) WHERE account_id IS NOT NULL;
CREATE INDEX statement_meter_first ON statement_meter (meter_id, start_date);
CREATE INDEX meter_associated ON meter (associated_meter_id) WHERE associated_meter_id IS NOT NULL;
CREATE INDEX statement_of_project_last ON statement (project_id, end_date);

-- Steps from one account to the next in the index: a project of a hundred thousand statements has a handful of accounts.
CREATE FUNCTION accounts_of_project(project uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SET search_path = '' AS $$
    WITH RECURSIVE shown AS (
        (SELECT account_id FROM profile.statement
        WHERE project_id = project AND account_id IS NOT NULL ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT (SELECT account_id FROM profile.statement
            WHERE project_id = project AND account_id > shown.account_id ORDER BY account_id LIMIT 1)
        FROM shown WHERE shown.account_id IS NOT NULL
    )
    SELECT account_id FROM shown WHERE account_id IS NOT NULL
$$;
