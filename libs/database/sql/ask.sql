-- $1 run, $2 step, $3 attempt, $4 category, $5 text, $6 options, $7 the budget that it is about
INSERT INTO questions (team_id, run_id, step_key, attempt, category, text, options, budget)
SELECT team_id, id, $2, $3, $4::question_category, $5, $6, $7 FROM runs WHERE id = $1
RETURNING id
