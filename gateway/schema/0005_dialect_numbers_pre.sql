-- Dialects whose ids are whole numbers, or the caller's own words: which number, and which word, stands for which of our ids.
-- A number is given when an id is first shown and never again to another; it says nothing of how many there are before it.

CREATE TABLE dialect_number (
    number bigint GENERATED ALWAYS AS IDENTITY (START WITH 1001) PRIMARY KEY,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    external_id text,
    UNIQUE (tenant_id, kind, id)
);
CREATE UNIQUE INDEX dialect_number_of_external_id ON dialect_number (tenant_id, kind, external_id)
    WHERE external_id IS NOT NULL;
SELECT runtime.protect('dialect_number');
