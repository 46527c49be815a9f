-- Who follows a journal, and how far they have saved that they came: what lies behind all of them may be pruned.
CREATE TABLE runtime.journal_reader (
    journal text NOT NULL REFERENCES runtime.journal_head,
    reader text NOT NULL,
    position bigint NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (journal, reader)
);
