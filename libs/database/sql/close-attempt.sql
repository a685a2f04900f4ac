-- Ends the open attempt of a run, if there is one. $1 run, $2 outcome, $3 detail
UPDATE attempts SET outcome = $2::attempt_outcome, detail = $3, finished_at = clock_timestamp()
WHERE run_id = $1 AND outcome IS NULL
RETURNING step_key, number, started_at, finished_at
