-- $1 team, $2 run
SELECT criteria FROM run_documents WHERE team_id = $1 AND run_id = $2
