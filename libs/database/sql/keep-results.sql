-- The newest results document takes the place of the one before. $1 run, $2 text
INSERT INTO run_documents (run_id, team_id, results) SELECT id, team_id, $2 FROM runs WHERE id = $1
ON CONFLICT (run_id) DO UPDATE SET results = excluded.results, updated_at = clock_timestamp()
