-- $1 run, $2 step, $3 attempt, $4 kind, $5 prompt
WITH next AS (UPDATE runs SET turn_count = turn_count + 1 WHERE id = $1 RETURNING id, team_id, turn_count)
INSERT INTO turns (run_id, number, team_id, step_key, attempt, kind, prompt)
SELECT id, turn_count, team_id, $2, $3, $4, $5 FROM next
RETURNING number
