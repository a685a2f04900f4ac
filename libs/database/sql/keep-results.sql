-- The newest results document takes the place of the one before, with the state of each criterion that it shows.
-- $1 run, $2 text, $3 criteria as JSON
INSERT INTO run_documents (run_id, team_id, results, criteria) SELECT id, team_id, $2, $3::jsonb FROM runs WHERE id = $1
ON CONFLICT (run_id) DO UPDATE SET results = excluded.results, criteria = excluded.criteria, updated_at = clock_timestamp()
