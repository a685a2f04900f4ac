-- $1 run
SELECT count(*)::integer AS open FROM questions WHERE run_id = $1 AND status = 'open' AND category = 'blocker'
