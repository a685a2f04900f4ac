-- A compare-and-set move of a step. An approval is for the findings that were there: whoever works on the step again needs another one.
-- $1 run, $2 key, $3 from, $4 to, $5 retry count (null keeps it)
UPDATE steps
SET status = $4::step_status, retry_count = coalesce($5::integer, retry_count),
    approved_by = CASE WHEN $4::step_status IN ('in_progress', 'needs_review') THEN NULL ELSE approved_by END,
    started_at = CASE WHEN $4::step_status = 'in_progress' THEN coalesce(started_at, clock_timestamp()) ELSE started_at END,
    finished_at = CASE WHEN $4::step_status IN ('completed', 'skipped') THEN clock_timestamp() END
WHERE run_id = $1 AND key = $2 AND status = ANY ($3::step_status[])
RETURNING *
