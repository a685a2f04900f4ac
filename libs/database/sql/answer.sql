-- The first answer wins: compare-and-set on `open`. $1 run, $2 question, $3 answer, $4 by
UPDATE questions SET status = 'answered', answer = $3, answered_by = $4, answered_at = clock_timestamp()
WHERE id = $2 AND run_id = $1 AND status = 'open'
RETURNING id, step_key, category, text, answer, budget
