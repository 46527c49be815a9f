-- A project may have all of its bills put together instead of one of them.

ALTER TABLE project DROP CONSTRAINT project_rule_check;
ALTER TABLE project ADD CONSTRAINT project_rule_check
    CHECK (rule IN ('last_parsed', 'last_uploaded', 'latest_period', 'pinned', 'merged'));
