-- Stores what a step came to, with its move to `completed`.
-- $1 run, $2 key, $3 from, $4 commit, $5 summary, $6 files, $7 lessons, $8 deviations
UPDATE steps
SET status = 'completed', finished_at = clock_timestamp(), commit_sha = $4, summary = $5, files_modified = $6, lessons = $7, deviations = $8,
    started_at = coalesce(started_at, clock_timestamp())
WHERE run_id = $1 AND key = $2 AND status = ANY ($3::step_status[])
RETURNING *
