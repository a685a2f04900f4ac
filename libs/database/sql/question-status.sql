-- $1 run, $2 question
SELECT status FROM questions WHERE run_id = $1 AND id = $2
