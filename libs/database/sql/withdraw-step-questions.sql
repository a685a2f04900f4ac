-- $1 run, $2 step
UPDATE questions SET status = 'withdrawn' WHERE run_id = $1 AND step_key = $2 AND status = 'open' RETURNING id, step_key, category, text
