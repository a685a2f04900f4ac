-- Asked anew with what was used since. $1 run
UPDATE questions SET status = 'withdrawn' WHERE run_id = $1 AND budget IS NOT NULL AND status = 'open' RETURNING id, step_key, category, text
