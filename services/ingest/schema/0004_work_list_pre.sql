-- What asks for a person: how many doubts the reading left, whether somebody has dealt with them, and how urgent that makes the bill.

ALTER TABLE bill
    ADD COLUMN doubts integer NOT NULL DEFAULT 0 CHECK (doubts >= 0),
    ADD COLUMN settled_at timestamptz,
    -- 3: it could not be read. 2: its reading is doubted. 1: it is being read. 0: nothing is asked of anybody.
    ADD COLUMN urgency smallint NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN state = 'pending' THEN 1
            WHEN settled_at IS NOT NULL THEN 0
            WHEN state = 'failed' THEN 3
            WHEN doubts > 0 THEN 2
            ELSE 0
        END
    ) STORED;
CREATE INDEX bill_most_urgent ON bill (tenant_id, urgency DESC, received_at DESC, bill_id DESC) WHERE deleted_at IS NULL;
