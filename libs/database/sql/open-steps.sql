-- Steps that a cancelled run leaves open go back to `pending`. $1 run
UPDATE steps SET status = 'pending' WHERE run_id = $1 AND status IN ('in_progress', 'blocked', 'needs_review')
