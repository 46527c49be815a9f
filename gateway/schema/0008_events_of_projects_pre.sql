-- Erasing a project looks for its events.

CREATE INDEX event_of_project ON event (project_id) WHERE project_id IS NOT NULL;
