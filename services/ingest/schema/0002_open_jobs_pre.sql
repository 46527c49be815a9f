-- How many jobs of projects are open, counted so that of several that end at once exactly the last one finds none.

CREATE INDEX job_open_of_project ON job (project_id) WHERE state IN ('queued', 'leased');

-- Whoever ends a job counts behind the lock of its project, held to the commit: each statement of a volatile function sees what
-- was committed before it began, so whoever waited sees that the other one's job is closed. An upload need not wait: its job
-- counts or comes later, and says so itself. More than a thousand are not counted.
CREATE FUNCTION ingest.jobs_open(projects uuid[]) RETURNS TABLE (project_id uuid, jobs integer)
LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
BEGIN
    PERFORM FROM ingest.project WHERE project.project_id = ANY (projects) ORDER BY project.project_id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT asked.id, (
        SELECT count(*)::integer FROM (
            SELECT FROM ingest.job WHERE job.project_id = asked.id AND job.state IN ('queued', 'leased') LIMIT 1000
        ) AS counted
    ) FROM unnest(projects) AS asked (id);
END
$$;
