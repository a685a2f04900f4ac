-- $1 run, $2 key, $3 by
UPDATE steps SET approved_by = $3 WHERE run_id = $1 AND key = $2 AND status = 'needs_review' RETURNING key
