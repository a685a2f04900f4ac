-- The next attempt of a step: numbers go on and are never reused.
-- $1 run, $2 step, $3 is fix, $4 executor, $5 fencing token
INSERT INTO attempts (team_id, run_id, step_key, number, round, is_fix, executor_id, fencing_token)
SELECT s.team_id, s.run_id, s.key, 1 + coalesce((SELECT max(a.number) FROM attempts a WHERE a.run_id = s.run_id AND a.step_key = s.key), 0), s.round, $3, $4, $5
FROM steps s WHERE s.run_id = $1 AND s.key = $2
RETURNING number
