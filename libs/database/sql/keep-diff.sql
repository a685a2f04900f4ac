-- The newest diff takes the place of the one before. $1 run, $2 text
INSERT INTO run_documents (run_id, team_id, diff) SELECT id, team_id, $2 FROM runs WHERE id = $1
ON CONFLICT (run_id) DO UPDATE SET diff = excluded.diff, updated_at = clock_timestamp()
