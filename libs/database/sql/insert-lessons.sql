-- What a step taught, in the step's own transaction; told twice, kept once. $1 run, $2 step, $3 round, $4 commit, $5 rows as JSON
INSERT INTO lessons (team_id, project_id, run_id, step_key, round, position, what, evidence, commit_sha)
SELECT r.team_id, r.project_id, r.id, $2, $3, l.position, l.what, l.evidence, $4
FROM runs r, jsonb_to_recordset($5::jsonb) AS l (position integer, what text, evidence text)
WHERE r.id = $1
ON CONFLICT DO NOTHING
