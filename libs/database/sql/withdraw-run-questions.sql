-- Blockers that are no step's. $1 run
UPDATE questions SET status = 'withdrawn' WHERE run_id = $1 AND step_key IS NULL AND status = 'open' RETURNING id, step_key, category, text
