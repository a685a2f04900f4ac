-- $1 run
UPDATE questions SET status = 'withdrawn' WHERE run_id = $1 AND status = 'open' RETURNING id, step_key, category, text
