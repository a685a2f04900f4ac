-- $1 run, $2 step, $3 attempt, $4 category, $5 text, $6 options
INSERT INTO questions (team_id, run_id, step_key, attempt, category, text, options)
SELECT team_id, id, $2, $3, $4::question_category, $5, $6 FROM runs WHERE id = $1
RETURNING id
