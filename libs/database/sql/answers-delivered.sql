-- $1 run, $2 questions
UPDATE questions SET delivered_at = clock_timestamp() WHERE run_id = $1 AND id = ANY ($2::uuid[]) AND delivered_at IS NULL
